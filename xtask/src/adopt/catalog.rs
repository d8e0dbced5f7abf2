//! The database's current definition of the tables that the sync uses.

use super::{expected_schema, query};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};

/// A column as it exists.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Column {
    pub table: String,
    pub name: String,
    /// As `format_type` prints it.
    pub data_type: String,
    pub not_null: bool,
    /// It has a default or is an identity column.
    pub has_default: bool,
    /// It is a generated column.
    pub generated: bool,
    /// A view or a rule depends on it.
    pub has_dependents: bool,
}

const COLUMNS: &str = "
    SELECT jsonb_build_object('table', c.relname, 'name', a.attname, 'data_type', format_type(a.atttypid, a.atttypmod),
      'not_null', a.attnotnull, 'has_default', a.attidentity <> '' OR (a.atthasdef AND a.attgenerated = ''),
      'generated', a.attgenerated <> '', 'has_dependents', EXISTS (SELECT FROM pg_depend d
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
          AND d.classid = 'pg_rewrite'::regclass))::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))
    ORDER BY c.relname COLLATE \"C\", a.attnum";

/// A relation as it exists.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Relation {
    pub name: String,
    /// `pg_class.relkind`: `r` for a table, `v` for a view …
    pub kind: String,
    /// The owner's role.
    pub owner: String,
    /// The connected role may alter it.
    pub owned: bool,
}

const RELATIONS: &str = "
    SELECT jsonb_build_object('name', c.relname, 'kind', c.relkind, 'owner', pg_get_userbyid(c.relowner),
      'owned', pg_has_role(c.relowner, 'USAGE'))::text
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relname IN (SELECT jsonb_array_elements_text($1::jsonb))
    ORDER BY c.relname COLLATE \"C\"";

/// Those of the expected tables and the view that exist.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    pub relations: Vec<Relation>,
    columns: Vec<Column>,
}

impl Catalog {
    pub async fn read(db: &Postgres) -> Result<Self> {
        let names: Vec<_> = expected_schema::tables().into_iter().chain([expected_schema::VIEW]).collect();
        let names = serde_json::to_string(&names)?;
        Ok(Self {
            relations: query::rows(db, RELATIONS, &[Param::Text(&names)]).await?,
            columns: query::rows(db, COLUMNS, &[Param::Text(&names)]).await?,
        })
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    pub fn has(&self, table: &str) -> bool {
        self.relation(table).is_some()
    }

    /// The columns of a table, in order.
    pub fn columns<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Column> {
        self.columns.iter().filter(move |column| column.table == table)
    }

    pub fn column(&self, table: &str, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.table == table && column.name == name)
    }
}
