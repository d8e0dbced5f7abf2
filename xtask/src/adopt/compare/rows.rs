//! One shop's rows as a stream: the driver fetches more only as they are consumed.

use anyhow::Result;
use futures_util::TryStreamExt;
use std::pin::Pin;
use tokio_postgres::{
    Client, RowStream,
    types::{ToSql, Type},
};

/// A row: campaign and hour (0 where the table has none), and the values in column order.
pub(super) struct Entry {
    pub key: (i64, i64),
    pub values: Vec<String>,
}

/// Rows sorted by key.
pub(super) struct Rows(Pin<Box<RowStream>>);

impl Rows {
    pub async fn next(&mut self) -> Result<Option<Entry>> {
        let Some(row) = self.0.try_next().await? else { return Ok(None) };
        Ok(Some(Entry { key: (row.try_get(0)?, row.try_get(1)?), values: row.try_get(2)? }))
    }
}

pub(super) async fn read(client: &Client, sql: &str, shop: i64, day: Option<&str>) -> Result<Rows> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&shop, Type::INT8), (&day, Type::TEXT)];
    Ok(Rows(Box::pin(client.query_typed_raw(sql, params).await?)))
}
