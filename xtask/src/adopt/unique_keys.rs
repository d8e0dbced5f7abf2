//! Unique keys that upserts rely on: present, created by a migration, or blocked by duplicate rows.

use super::{catalog::Catalog, expected_schema::UNIQUE_KEYS, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

#[derive(Deserialize)]
struct Index {
    table: String,
    columns: Vec<String>,
}

/// Indexes that `ON CONFLICT` can use, with their columns sorted by name.
const INDEXES: &str = "
    SELECT jsonb_build_object('table', c.relname, 'columns',
      (SELECT jsonb_agg(a.attname ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a
       WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::INT2[])[0:i.indnkeyatts - 1])))::text
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Keys");
    let indexes: Vec<Index> = query::rows(db, INDEXES, &[]).await?;
    for (table, columns, is_created) in UNIQUE_KEYS {
        let mut sorted = columns.to_vec();
        sorted.sort_unstable();
        if !catalog.has(table) || indexes.iter().any(|index| index.table == table && index.columns == sorted)
        {
            continue;
        }
        let key = format!("{table} ({})", columns.join(", "));
        // A column that a migration adds has the same value in all rows.
        let known: Vec<_> =
            columns.iter().copied().filter(|name| catalog.column(table, name).is_some()).collect();
        match duplicate_keys(db, table, &known).await? {
            0 if is_created => section.info(format!("{key} gets a unique index")),
            0 => section.block(
                format!("{key} has no unique index, and no migration makes one"),
                format!("ALTER TABLE {table} ADD UNIQUE ({});", columns.join(", ")),
            ),
            count => section.block(
                format!("{key} cannot be unique: {count} keys have several rows"),
                deduplicate_sql(table, &known),
            ),
        }
    }
    if section.findings.is_empty() {
        section.info("all there, under whatever names");
    }
    Ok(section)
}

async fn duplicate_keys(db: &Postgres, table: &str, columns: &[&str]) -> Result<i64> {
    if columns.is_empty() {
        return Ok(0);
    }
    let list = columns.join(", ");
    let filled: Vec<_> = columns.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let filled = filled.join(" AND ");
    let sql = format!(
        "SELECT count(*) FROM (SELECT FROM {table} WHERE {filled} GROUP BY {list} HAVING count(*) > 1) AS repeated"
    );
    query::number(db, &sql).await
}

fn deduplicate_sql(table: &str, columns: &[&str]) -> String {
    let side =
        |side: &str| columns.iter().map(|name| format!("{side}.{name}")).collect::<Vec<_>>().join(", ");
    format!(
        "decide which rows stay; to keep any one of each: DELETE FROM {table} a USING {table} b \
         WHERE ({}) = ({}) AND a.ctid < b.ctid;",
        side("a"),
        side("b")
    )
}
