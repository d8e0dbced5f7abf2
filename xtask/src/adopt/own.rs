//! What the installation has of its own on our tables. All of it stays.

use super::{ask, catalog::Catalog, contract, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};

/// Tables that are written to without their own columns.
const WRITTEN: &str = "a row of ours has no value for it";

#[derive(Deserialize)]
struct Thing {
    kind: String,
    table: String,
    name: String,
    text: String,
}

const THINGS: &str = "
    WITH ours AS (
      SELECT c.oid, c.relname FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))
    ), things AS (
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
    FROM things ORDER BY kind, relname COLLATE \"C\", name COLLATE \"C\"";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Of the installation's own, and staying");
    for table in contract::tables() {
        columns(catalog, table, &mut section);
    }
    let tables = serde_json::to_string(&contract::tables())?;
    let things: Vec<Thing> = ask::rows(db, THINGS, &[Param::Text(&tables)]).await?;
    for thing in &things {
        let Thing { kind, table, name, text } = thing;
        let ours = contract::checks().any(|(of, check)| of == table && check == text);
        match kind.as_str() {
            "constraint" if ours => {}
            "trigger" => section.mind(
                format!("trigger {name} of {table} calls {text}, for what we write too"),
                format!("if it calls the incumbent: ALTER TABLE {table} DISABLE TRIGGER {name};"),
            ),
            "view" if name == contract::VIEW => {}
            "view" => section.fact(format!("view {name}, which shows {table}")),
            _ => section.fact(format!("{kind} {name} of {table}: {text}")),
        }
    }
    if section.findings.is_empty() {
        section.fact("nothing");
    }
    Ok(section)
}

fn columns(catalog: &Catalog, table: &str, section: &mut Section) {
    let ours: Vec<_> = contract::columns("table").filter(|column| column.table == table).collect();
    let mut own = Vec::new();
    for column in catalog.columns(table).filter(|theirs| !ours.iter().any(|ours| ours.name == theirs.name)) {
        own.push(format!("{} {}", column.name, column.kind));
        if column.not_null && !column.filled && !column.computed && table != contract::ONLY_READ {
            section.mend(
                format!("{table}.{} must have a value, and {WRITTEN}", column.name),
                format!("ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL;", column.name),
            );
        }
    }
    if !own.is_empty() {
        section.fact(format!("columns of {table}: {}", own.join(", ")));
    }
}
