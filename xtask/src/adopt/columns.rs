//! Tables and columns: which ones the migrations create, which have another type, and which block the take-over.

use super::{
    catalog::{self, Catalog},
    expected_schema::{self, Column},
    query,
    report::{Section, Severity},
    type_compatibility::{Compatibility, compatibility},
};
use anyhow::Result;
use store::Postgres;

/// Compares them with the expected schema. `pending`: versions of the migrations not applied yet.
pub(super) async fn check(db: &Postgres, catalog: &Catalog, pending: &[i32]) -> Result<Section> {
    let mut section = Section::new("Tables and columns");
    for table in expected_schema::tables() {
        let ours: Vec<_> = expected_schema::columns("table").filter(|column| column.table == table).collect();
        match catalog.relation(table).map(|relation| relation.kind.as_str()) {
            None if pending.is_empty() => section.block(
                format!("{table} is missing, although all migrations have been applied"),
                "restore it, or drop refinery_schema_history, so that they are applied once more",
            ),
            None => section.info(format!("{table} is made")),
            Some("r" | "p") => check_table(db, catalog, pending, &ours, &mut section).await?,
            Some(_) => section.block(
                format!("{table} is no table"),
                "rename it: a table of this name has to be made".to_owned(),
            ),
        }
    }
    if section.findings.is_empty() {
        section.info("all as they must be");
    }
    Ok(section)
}

async fn check_table(
    db: &Postgres,
    catalog: &Catalog,
    pending: &[i32],
    ours: &[Column],
    section: &mut Section,
) -> Result<()> {
    let mut added = Vec::new();
    for column in ours {
        match catalog.column(column.table, column.name) {
            Some(theirs) => check_type(column, theirs, pending, section),
            None if column.name == "id" && !expected_schema::TABLES_USING_ID.contains(&column.table) => {}
            None if pending.is_empty() || column.name == "id" => section.block(
                format!("{}.{} is missing, and no migration adds it", column.table, column.name),
                add_column_sql(column),
            ),
            None if expected_schema::OWN_TABLES.contains(&column.table) && pending.contains(&1) => {
                section.block(
                    format!("{} is not ours: it has no column {}", column.table, column.name),
                    format!("ALTER TABLE {0} RENAME TO {0}_old;", column.table),
                );
                return Ok(());
            }
            None => {
                if column.not_null && !column.has_default && !is_empty(db, column.table).await? {
                    let text = format!("{}.{} is missing, and rows need a value", column.table, column.name);
                    section.block(text, "add the column and fill it; the migrations cannot know its values");
                }
                added.push(format!("{} {}", column.name, column.data_type));
            }
        }
    }
    if let Some(table) = ours.first().map(|column| column.table).filter(|_| !added.is_empty()) {
        section.info(format!("{table} gets {}", added.join(", ")));
    }
    Ok(())
}

async fn is_empty(db: &Postgres, table: &str) -> Result<bool> {
    Ok(query::number(db, &format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT 1) AS one")).await? == 0)
}

fn add_column_sql(column: &Column) -> String {
    let Column { table, name, data_type, .. } = column;
    let default = if *name == "id" { " NOT NULL DEFAULT gen_random_uuid() UNIQUE" } else { "" };
    format!("ALTER TABLE {table} ADD COLUMN {name} {data_type}{default};")
}

fn check_type(ours: &Column, theirs: &catalog::Column, pending: &[i32], section: &mut Section) {
    let Column { table, name, data_type, .. } = *ours;
    let place = format!("{table}.{name}");
    if theirs.generated {
        let remedy = format!("ALTER TABLE {table} ALTER COLUMN {name} DROP EXPRESSION;");
        section.block(format!("{place} is computed, so nothing can be written to it"), remedy);
    }
    if theirs.not_null && !theirs.has_default && !ours.not_null && table != expected_schema::READ_ONLY_TABLE {
        let remedy = format!("ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL;");
        section.block(format!("{place} must have a value, and ours may have none"), remedy);
    }
    let difference = format!("{place} is {}, ours is {data_type}", theirs.data_type);
    match compatibility(data_type, &theirs.data_type) {
        // Nothing uses the `id` of the other tables.
        _ if name == "id" && !expected_schema::TABLES_USING_ID.contains(&table) => {}
        Compatibility::Compatible => {}
        Compatibility::Lossy
            if expected_schema::RATIOS.contains(&name)
                && pending.contains(&expected_schema::WIDENING_VERSION) =>
        {
            if theirs.has_dependents {
                let remedy = format!("a ratio that does not fit is refused; {}", WIDEN_BY_HAND);
                section.warn(format!("{difference}; it stays, as a view shows it"), remedy);
            } else {
                section.info(format!("{difference}; it is widened"));
            }
        }
        Compatibility::Lossy => {
            let text = format!("{difference}; it stays, and a value that does not fit is refused");
            let sealed = table == "apishopee_shops" && expected_schema::SEALED_COLUMNS.contains(&name);
            let severity = if sealed { Severity::Blocker } else { Severity::Warning };
            section.add(severity, text, format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {data_type};"));
        }
        Compatibility::Incompatible => {
            let remedy = format!(
                "ALTER TABLE {table} ALTER COLUMN {name} TYPE {data_type} USING {name}::{data_type};"
            );
            section.block(difference, remedy);
        }
    }
}

const WIDEN_BY_HAND: &str = "drop the view, widen the column, make the view again";
