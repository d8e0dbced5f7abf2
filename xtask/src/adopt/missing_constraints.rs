//! Constraints that migrations do not add to columns that already exist. Rows that violate them are read as they are.

use super::{catalog::Catalog, expected_schema, query, report::Section};
use anyhow::Result;
use store::{Param, Postgres};

const CHECKS: &str = "
    SELECT jsonb_build_array(c.relname, pg_get_constraintdef(k.oid))::text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'c' AND c.relnamespace = current_schema()::regnamespace
      AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Looser than ours, and staying so");
    let tables = serde_json::to_string(&expected_schema::tables())?;
    let checks: Vec<(String, String)> = query::rows(db, CHECKS, &[Param::Text(&tables)]).await?;
    for table in expected_schema::tables() {
        let nullable: Vec<_> = expected_schema::columns("table")
            .filter(|ours| ours.table == table && ours.not_null)
            .filter(|ours| catalog.column(table, ours.name).is_some_and(|theirs| !theirs.not_null))
            .map(|ours| ours.name)
            .collect();
        if !nullable.is_empty() {
            section.info(format!("{table} may have NULL in {}", nullable.join(", ")));
        }
        let absent = expected_schema::checks()
            .filter(|(of, text)| *of == table && stays_missing(catalog, table, text))
            .filter(|(_, text)| !checks.iter().any(|(of, theirs)| of == table && theirs == text));
        for (_, text) in absent {
            section.info(format!("{table} has no {text}"));
        }
    }
    if section.findings.is_empty() {
        section.info("nothing");
    }
    Ok(section)
}

/// A check constraint is created with its columns; it is not added where all of its columns already exist.
fn stays_missing(catalog: &Catalog, table: &str, check: &str) -> bool {
    let words: Vec<_> = check.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    catalog.has(table)
        && expected_schema::columns("table")
            .filter(|column| column.table == table && words.contains(&column.name))
            .all(|column| catalog.column(table, column.name).is_some())
}
