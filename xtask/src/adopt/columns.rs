//! Tables and columns: what is made, what is of another type, what stands in the way.

use super::{
    ask,
    catalog::{self, Catalog},
    contract::{self, Column},
    report::{Section, Weight},
    types::{Fit, fit},
};
use anyhow::Result;
use store::Postgres;

/// Compares them. `pending`: the migrations that are still to come.
pub(super) async fn check(db: &Postgres, catalog: &Catalog, pending: &[i32]) -> Result<Section> {
    let mut section = Section::new("Tables and columns");
    for table in contract::tables() {
        let ours: Vec<_> = contract::columns("table").filter(|column| column.table == table).collect();
        match catalog.relation(table).map(|relation| relation.kind.as_str()) {
            None if pending.is_empty() => section.mend(
                format!("{table} is missing, although all migrations have been applied"),
                "restore it, or drop refinery_schema_history, so that they are applied once more",
            ),
            None => section.fact(format!("{table} is made")),
            Some("r" | "p") => of_table(db, catalog, pending, &ours, &mut section).await?,
            Some(_) => section.mend(
                format!("{table} is no table"),
                "rename it: a table of this name has to be made".to_owned(),
            ),
        }
    }
    if section.findings.is_empty() {
        section.fact("all as they must be");
    }
    Ok(section)
}

async fn of_table(
    db: &Postgres,
    catalog: &Catalog,
    pending: &[i32],
    ours: &[Column],
    section: &mut Section,
) -> Result<()> {
    let mut added = Vec::new();
    for column in ours {
        match catalog.column(column.table, column.name) {
            Some(theirs) => type_of(column, theirs, pending, section),
            None if column.name == "id" && !contract::NEED_ID.contains(&column.table) => {}
            None if pending.is_empty() || column.name == "id" => section.mend(
                format!("{}.{} is missing, and no migration adds it", column.table, column.name),
                add(column),
            ),
            None if contract::OURS.contains(&column.table) && pending.contains(&1) => {
                section.mend(
                    format!("{} is not ours: it has no column {}", column.table, column.name),
                    format!("ALTER TABLE {0} RENAME TO {0}_old;", column.table),
                );
                return Ok(());
            }
            None => {
                if column.not_null && !column.filled && !is_empty(db, column.table).await? {
                    let text = format!("{}.{} is missing, and rows need a value", column.table, column.name);
                    section.mend(text, "add the column and fill it; the migrations cannot know its values");
                }
                added.push(format!("{} {}", column.name, column.kind));
            }
        }
    }
    if let Some(table) = ours.first().map(|column| column.table).filter(|_| !added.is_empty()) {
        section.fact(format!("{table} gets {}", added.join(", ")));
    }
    Ok(())
}

async fn is_empty(db: &Postgres, table: &str) -> Result<bool> {
    Ok(ask::number(db, &format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT 1) AS one")).await? == 0)
}

fn add(column: &Column) -> String {
    let Column { table, name, kind, .. } = column;
    let default = if *name == "id" { " NOT NULL DEFAULT gen_random_uuid() UNIQUE" } else { "" };
    format!("ALTER TABLE {table} ADD COLUMN {name} {kind}{default};")
}

fn type_of(ours: &Column, theirs: &catalog::Column, pending: &[i32], section: &mut Section) {
    let Column { table, name, kind, .. } = *ours;
    let place = format!("{table}.{name}");
    if theirs.computed {
        let remedy = format!("ALTER TABLE {table} ALTER COLUMN {name} DROP EXPRESSION;");
        section.mend(format!("{place} is computed, so nothing can be written to it"), remedy);
    }
    if theirs.not_null && !theirs.filled && !ours.not_null && table != contract::ONLY_READ {
        let remedy = format!("ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL;");
        section.mend(format!("{place} must have a value, and ours may have none"), remedy);
    }
    let is = format!("{place} is {}, ours is {kind}", theirs.kind);
    match fit(kind, &theirs.kind) {
        // The `id` of most tables is used by nobody.
        _ if name == "id" && !contract::NEED_ID.contains(&table) => {}
        Fit::Serves => {}
        Fit::Narrow if contract::RATIOS.contains(&name) && pending.contains(&contract::WIDENING_VERSION) => {
            if theirs.used {
                let remedy = format!("a ratio that does not fit is refused; {}", WIDEN_BY_HAND);
                section.mind(format!("{is}; it stays, as a view shows it"), remedy);
            } else {
                section.fact(format!("{is}; it is widened"));
            }
        }
        Fit::Narrow => {
            let text = format!("{is}; it stays, and a value that does not fit is refused");
            let sealed = table == "apishopee_shops" && contract::SEALED.contains(&name);
            let weight = if sealed { Weight::Mend } else { Weight::Mind };
            section.add(weight, text, format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind};"));
        }
        Fit::Differs => {
            let remedy = format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind} USING {name}::{kind};");
            section.mend(is, remedy);
        }
    }
}

const WIDEN_BY_HAND: &str = "drop the view, widen the column, make the view again";
