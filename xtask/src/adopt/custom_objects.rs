//! The installation's own columns, constraints, triggers and views on our tables. All of them are kept.

use super::{catalog::Catalog, expected_schema, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};

/// Why a required column of the installation blocks inserts.
const NO_VALUE: &str = "a row of ours has no value for it";

#[derive(Deserialize)]
struct Object {
    kind: String,
    table: String,
    name: String,
    text: String,
}

const OBJECTS: &str = "
    WITH ours AS (
      SELECT c.oid, c.relname FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))
    ), objects AS (
      SELECT 'constraint' AS kind, o.relname, k.conname AS name, pg_get_constraintdef(k.oid) AS text
      FROM pg_constraint k JOIN ours o ON o.oid = k.conrelid WHERE k.contype IN ('c', 'f', 'u', 'x')
      UNION ALL
      SELECT 'trigger', o.relname, t.tgname, t.tgfoid::regproc::text
      FROM pg_trigger t JOIN ours o ON o.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgfoid::regproc::text NOT IN ('ads_log_campaign_changes',
        'ads_note_budget_change', 'ads_count_budget_rules_version')
      UNION ALL
      SELECT DISTINCT 'view', o.relname, r.ev_class::regclass::text, ''
      FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN ours o ON o.oid = d.refobjid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    )
    SELECT jsonb_build_object('kind', kind, 'table', relname, 'name', name, 'text', text)::text
    FROM objects ORDER BY kind, relname COLLATE \"C\", name COLLATE \"C\"";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Of the installation's own, and staying");
    for table in expected_schema::tables() {
        custom_columns(catalog, table, &mut section);
    }
    let tables = serde_json::to_string(&expected_schema::tables())?;
    let objects: Vec<Object> = query::rows(db, OBJECTS, &[Param::Text(&tables)]).await?;
    for Object { kind, table, name, text } in &objects {
        let ours = expected_schema::checks().any(|(of, check)| of == table && check == text);
        match kind.as_str() {
            "constraint" if ours => {}
            "trigger" => section.warn(
                format!("trigger {name} of {table} calls {text}, for what we write too"),
                format!("if it calls the incumbent: ALTER TABLE {table} DISABLE TRIGGER {name};"),
            ),
            "view" if name == expected_schema::VIEW => {}
            "view" => section.info(format!("view {name}, which shows {table}")),
            _ => section.info(format!("{kind} {name} of {table}: {text}")),
        }
    }
    if section.findings.is_empty() {
        section.info("nothing");
    }
    Ok(section)
}

fn custom_columns(catalog: &Catalog, table: &str, section: &mut Section) {
    let ours: Vec<_> = expected_schema::columns("table").filter(|column| column.table == table).collect();
    let mut own = Vec::new();
    for column in catalog.columns(table).filter(|theirs| !ours.iter().any(|ours| ours.name == theirs.name)) {
        own.push(format!("{} {}", column.name, column.data_type));
        if column.not_null
            && !column.has_default
            && !column.generated
            && table != expected_schema::READ_ONLY_TABLE
        {
            section.block(
                format!("{table}.{} must have a value, and {NO_VALUE}", column.name),
                format!("ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL;", column.name),
            );
        }
    }
    if !own.is_empty() {
        section.info(format!("columns of {table}: {}", own.join(", ")));
    }
}
