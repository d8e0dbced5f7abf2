//! Keys that upserts rely on: there already, made, or kept from being made by rows that are there twice.

use super::{ask, catalog::Catalog, contract::KEYS, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

#[derive(Deserialize)]
struct Index {
    table: String,
    columns: Vec<String>,
}

/// Those that `ON CONFLICT` can use, with their columns by name.
const INDEXES: &str = "
    SELECT jsonb_build_object('table', c.relname, 'columns',
      (SELECT jsonb_agg(a.attname ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a
       WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::INT2[])[0:i.indnkeyatts - 1])))::text
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Keys");
    let indexes: Vec<Index> = ask::rows(db, INDEXES, &[]).await?;
    for (table, columns, made) in KEYS {
        let mut wanted = columns.to_vec();
        wanted.sort_unstable();
        if !catalog.has(table) || indexes.iter().any(|index| index.table == table && index.columns == wanted)
        {
            continue;
        }
        let key = format!("{table} ({})", columns.join(", "));
        // A column that is still to be added has the same value in all rows.
        let known: Vec<_> =
            columns.iter().copied().filter(|name| catalog.column(table, name).is_some()).collect();
        match repeated(db, table, &known).await? {
            0 if made => section.fact(format!("{key} gets a unique index")),
            0 => section.mend(
                format!("{key} has no unique index, and no migration makes one"),
                format!("ALTER TABLE {table} ADD UNIQUE ({});", columns.join(", ")),
            ),
            count => section.mend(
                format!("{key} cannot be unique: {count} keys have several rows"),
                keep_one(table, &known),
            ),
        }
    }
    if section.findings.is_empty() {
        section.fact("all there, under whatever names");
    }
    Ok(section)
}

async fn repeated(db: &Postgres, table: &str, columns: &[&str]) -> Result<i64> {
    if columns.is_empty() {
        return Ok(0);
    }
    let list = columns.join(", ");
    let filled: Vec<_> = columns.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let filled = filled.join(" AND ");
    let sql = format!(
        "SELECT count(*) FROM (SELECT FROM {table} WHERE {filled} GROUP BY {list} HAVING count(*) > 1) AS repeated"
    );
    ask::number(db, &sql).await
}

fn keep_one(table: &str, columns: &[&str]) -> String {
    let side =
        |side: &str| columns.iter().map(|name| format!("{side}.{name}")).collect::<Vec<_>>().join(", ");
    format!(
        "decide which rows stay; to keep any one of each: DELETE FROM {table} a USING {table} b \
         WHERE ({}) = ({}) AND a.ctid < b.ctid;",
        side("a"),
        side("b")
    )
}
