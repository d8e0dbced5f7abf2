//! Functions and the view that migrations replace, and what is built on them.

use super::{
    ask,
    catalog::Catalog,
    contract::{self, FUNCTIONS, FUNCTIONS_VERSION, VIEW, VIEW_COLUMNS, VIEW_VERSION},
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

const FUNCTIONS_NOW: &str = "
    SELECT to_jsonb(format('%s(%s) returns %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid)))::text
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'";

/// Views that are built on it.
const ON_VIEW: &str = "
    SELECT coalesce(jsonb_agg(DISTINCT r.ev_class::regclass::text), '[]')::text
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = to_regclass($1) AND r.ev_class <> d.refobjid";

pub(super) async fn check(db: &Postgres, catalog: &Catalog, pending: &[i32]) -> Result<Section> {
    let mut section = Section::new("Functions and views");
    if pending.contains(&FUNCTIONS_VERSION) {
        let names = serde_json::to_string(&FUNCTIONS)?;
        let old: Vec<String> = ask::rows(db, OLD_FUNCTIONS, &[Param::Text(&names)]).await?;
        for function in old {
            section.fact(format!("{function}: replaced"));
        }
    }
    if pending.contains(&VIEW_VERSION) && catalog.has(VIEW) {
        view(db, catalog, &mut section).await?;
    }
    if pending.is_empty() {
        // As after the way back, which leaves the history of migrations as it is.
        let now: Vec<String> = ask::rows(db, FUNCTIONS_NOW, &[]).await?;
        for function in contract::functions().filter(|ours| !now.iter().any(|theirs| theirs == ours)) {
            section.mend(
                format!("{function} is missing, although all migrations have been applied"),
                "DROP TABLE refinery_schema_history; -- then they are applied once more",
            );
        }
    }
    if section.findings.is_empty() {
        section.fact("nothing is replaced");
    }
    Ok(section)
}

async fn view(db: &Postgres, catalog: &Catalog, section: &mut Section) -> Result<()> {
    if in_place(catalog) {
        section.fact(format!("{VIEW}: replaced in place"));
        return Ok(());
    }
    section.fact(format!("{VIEW}: dropped and made anew, as its columns differ"));
    let views: Vec<String> = ask::one(db, ON_VIEW, &[Param::Text(VIEW)]).await?;
    for view in views {
        let remedy = format!("keep the text of {view}, drop it, and make it again afterwards");
        section.mend(format!("{view} is built on {VIEW}, which has to be dropped"), remedy);
    }
    Ok(())
}

/// Whether ours only adds columns behind those that are there.
fn in_place(catalog: &Catalog) -> bool {
    let mut ours = VIEW_COLUMNS.iter();
    catalog.columns(VIEW).all(|theirs| {
        ours.next().is_some_and(|name| {
            *name == theirs.name
                && contract::columns("view")
                    .any(|column| column.table == VIEW && column.name == *name && column.kind == theirs.kind)
        })
    })
}
