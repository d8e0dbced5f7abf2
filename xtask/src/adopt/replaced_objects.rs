//! The functions and the view that migrations replace, and the views that depend on them.

use super::{
    catalog::Catalog,
    expected_schema::{self, FUNCTIONS, FUNCTIONS_VERSION, VIEW, VIEW_COLUMNS, VIEW_VERSION},
    query,
    report::Section,
};
use anyhow::Result;
use store::{Param, Postgres};

const OLD_FUNCTIONS: &str = "
    SELECT to_jsonb(format('%s returns %s', p.oid::regprocedure, pg_get_function_result(p.oid)))::text
    FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
      AND p.proname IN (SELECT jsonb_array_elements_text($1::jsonb))
    ORDER BY p.oid::regprocedure::text COLLATE \"C\"";

const CURRENT_FUNCTIONS: &str = "
    SELECT to_jsonb(format('%s(%s) returns %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid)))::text
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'";

/// Views that depend on the view.
const DEPENDENT_VIEWS: &str = "
    SELECT coalesce(jsonb_agg(DISTINCT r.ev_class::regclass::text), '[]')::text
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = to_regclass($1) AND r.ev_class <> d.refobjid";

pub(super) async fn check(db: &Postgres, catalog: &Catalog, pending: &[i32]) -> Result<Section> {
    let mut section = Section::new("Functions and views");
    if pending.contains(&FUNCTIONS_VERSION) {
        let names = serde_json::to_string(&FUNCTIONS)?;
        let old: Vec<String> = query::rows(db, OLD_FUNCTIONS, &[Param::Text(&names)]).await?;
        for function in old {
            section.info(format!("{function}: replaced"));
        }
    }
    if pending.contains(&VIEW_VERSION) && catalog.has(VIEW) {
        check_view(db, catalog, &mut section).await?;
    }
    if pending.is_empty() {
        // This is so after a rollback, which keeps the migration history.
        let current: Vec<String> = query::rows(db, CURRENT_FUNCTIONS, &[]).await?;
        for function in
            expected_schema::functions().filter(|ours| !current.iter().any(|theirs| theirs == ours))
        {
            section.block(
                format!("{function} is missing, although all migrations have been applied"),
                "DROP TABLE refinery_schema_history; -- then they are applied once more",
            );
        }
    }
    if section.findings.is_empty() {
        section.info("nothing is replaced");
    }
    Ok(section)
}

async fn check_view(db: &Postgres, catalog: &Catalog, section: &mut Section) -> Result<()> {
    if is_replaceable_in_place(catalog) {
        section.info(format!("{VIEW}: replaced in place"));
        return Ok(());
    }
    section.info(format!("{VIEW}: dropped and made anew, as its columns differ"));
    let views: Vec<String> = query::one(db, DEPENDENT_VIEWS, &[Param::Text(VIEW)]).await?;
    for view in views {
        let remedy = format!("keep the text of {view}, drop it, and make it again afterwards");
        section.block(format!("{view} is built on {VIEW}, which has to be dropped"), remedy);
    }
    Ok(())
}

/// Whether the new view only appends columns to the existing ones.
fn is_replaceable_in_place(catalog: &Catalog) -> bool {
    let mut ours = VIEW_COLUMNS.iter();
    catalog.columns(VIEW).all(|theirs| {
        ours.next().is_some_and(|name| {
            *name == theirs.name
                && expected_schema::columns("view").any(|column| {
                    column.table == VIEW && column.name == *name && column.data_type == theirs.data_type
                })
        })
    })
}
