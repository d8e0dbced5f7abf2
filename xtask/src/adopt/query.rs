//! Database queries: unnamed statements, which also work behind a transaction-mode pooler, and errors that never quote
//! row contents.

use crate::migrate;
use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;
use store::{Param, Postgres};

/// Connects.
///
/// # Errors
/// The URL is invalid, or the server does not respond. The URL may contain a password and is not repeated.
pub(super) async fn connect(url: &str) -> Result<Postgres> {
    Ok(Postgres(migrate::open(url).await?))
}

/// Connects in a read-only, repeatable-read transaction: the server rejects writes, and all queries see one snapshot.
///
/// # Errors
/// As [`connect`].
pub(super) async fn connect_read_only(url: &str) -> Result<Postgres> {
    let db = connect(url).await?;
    db.0.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    Ok(db)
}

/// Fetches rows whose only column is JSON text.
///
/// # Errors
/// The server's error without its details, which may quote a row.
pub(super) async fn rows<T: DeserializeOwned>(
    db: &Postgres,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Vec<T>> {
    let texts = db.unchecked(sql, params).await?;
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|error| {
            anyhow!(
                "an answer of the database cannot be read at column {} ({:?})",
                error.column(),
                error.classify()
            )
        })
    };
    texts.iter().map(read).collect()
}

/// Fetches a single row.
///
/// # Errors
/// As [`rows`].
pub(super) async fn one<T: DeserializeOwned>(
    db: &Postgres,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<T> {
    rows(db, sql, params).await?.pop().context("the database gave no answer")
}

/// Fetches a single number. Only for SQL built from the fixed names of `expected_schema.rs`.
///
/// # Errors
/// The server's error.
pub(super) async fn number(db: &Postgres, sql: &str) -> Result<i64> {
    let rows = db.0.query_typed(sql, &[]).await?;
    rows.first().context("the database gave no answer")?.try_get(0).context("no number")
}
