//! Questions to a database: unnamed statements, so that they work behind a pooler too, and errors that quote no row.

use crate::migrate;
use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;
use store::{Param, Postgres};

/// Connects.
///
/// # Errors
/// The address is wrong, or the server does not answer. The address may hold a password and is not repeated.
pub(super) async fn connect(url: &str) -> Result<Postgres> {
    Ok(Postgres(migrate::open(url).await?))
}

/// Connects for looking only: the server refuses to write, and all answers are of one moment.
///
/// # Errors
/// As [`connect`].
pub(super) async fn connect_to_look(url: &str) -> Result<Postgres> {
    let db = connect(url).await?;
    db.0.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    Ok(db)
}

/// Rows whose one column is a JSON text.
///
/// # Errors
/// What the server reports, without the details, which may quote a row.
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

/// The only row.
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

/// The number that a statement answers with. For text made of the fixed names of `contract.rs` only.
///
/// # Errors
/// What the server reports.
pub(super) async fn number(db: &Postgres, sql: &str) -> Result<i64> {
    let rows = db.0.query_typed(sql, &[]).await?;
    rows.first().context("the database gave no answer")?.try_get(0).context("no number")
}
