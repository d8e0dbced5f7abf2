//! [`Db`] over tokio-postgres.

use crate::{
    Db, DbError, Param, Statement,
    checksum::{checksum, with_check},
};
use std::error::Error;
use tokio_postgres::types::{ToSql, Type};

/// A client of tokio-postgres. Only unnamed statements with declared types are used: nothing is looked up or
/// left behind on the server, so consecutive statements may reach different backends.
pub struct Postgres(pub tokio_postgres::Client);

impl Db for Postgres {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        if params.is_empty() {
            return self.unchecked(statement.sql, params).await;
        }
        let sql = with_check(statement, params);
        let sum = checksum(&sql, params);
        let sealed: Vec<Param<'_>> = params.iter().copied().chain([Param::Text(&sum)]).collect();
        self.unchecked(&sql, &sealed).await
    }
}

impl Postgres {
    /// Runs SQL without a checksum, for databases that cannot verify one yet: those that are not migrated.
    ///
    /// # Errors
    /// As [`Db::rows`].
    pub async fn unchecked(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let typed: Vec<(&(dyn ToSql + Sync), Type)> = params.iter().map(typed).collect();
        let rows = self.0.query_typed(sql, &typed).await.map_err(|error| DbError::from(&error))?;
        rows.iter().map(|row| row.try_get(0).map_err(|error| DbError::from(&error))).collect()
    }
}

fn typed<'a>(param: &'a Param<'_>) -> (&'a (dyn ToSql + Sync), Type) {
    match param {
        Param::I64(value) => (value, Type::INT8),
        Param::I32(value) => (value, Type::INT4),
        Param::F64(value) => (value, Type::FLOAT8),
        Param::Text(value) => (value, Type::TEXT),
        Param::OptText(value) => (value, Type::TEXT),
        Param::OptI64(value) => (value, Type::INT8),
        Param::Bool(value) => (value, Type::BOOL),
    }
}

impl From<&tokio_postgres::Error> for DbError {
    /// Keeps the server's one-line message only: its detail may quote a whole row.
    fn from(error: &tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            let code = Some(server.code().code().to_owned());
            return Self { code, ..Self::new(server.message()) };
        }
        Self::new(match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        })
    }
}
