//! Constraints of ours that columns which are there already do not get. Such rows are read as they are.

use super::{ask, catalog::Catalog, contract, report::Section};
use anyhow::Result;
use store::{Param, Postgres};

const CHECKS: &str = "
    SELECT jsonb_build_array(c.relname, pg_get_constraintdef(k.oid))::text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'c' AND c.relnamespace = current_schema()::regnamespace
      AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Looser than ours, and staying so");
    let tables = serde_json::to_string(&contract::tables())?;
    let checks: Vec<(String, String)> = ask::rows(db, CHECKS, &[Param::Text(&tables)]).await?;
    for table in contract::tables() {
        let nullable: Vec<_> = contract::columns("table")
            .filter(|ours| ours.table == table && ours.not_null)
            .filter(|ours| catalog.column(table, ours.name).is_some_and(|theirs| !theirs.not_null))
            .map(|ours| ours.name)
            .collect();
        if !nullable.is_empty() {
            section.fact(format!("{table} may have NULL in {}", nullable.join(", ")));
        }
        let absent = contract::checks()
            .filter(|(of, text)| *of == table && stays_away(catalog, table, text))
            .filter(|(_, text)| !checks.iter().any(|(of, theirs)| of == table && theirs == text));
        for (_, text) in absent {
            section.fact(format!("{table} has no {text}"));
        }
    }
    if section.findings.is_empty() {
        section.fact("nothing");
    }
    Ok(section)
}

/// A check comes with its column; where all columns that it names are there, it does not.
fn stays_away(catalog: &Catalog, table: &str, check: &str) -> bool {
    let words: Vec<_> = check.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    catalog.has(table)
        && contract::columns("table")
            .filter(|column| column.table == table && words.contains(&column.name))
            .all(|column| catalog.column(table, column.name).is_some())
}
