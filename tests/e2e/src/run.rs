//! One sync of a shop.

use crate::{Response, Shop};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt;

/// A run.
#[derive(Clone, Copy)]
pub struct Run<'w> {
    /// The shop that is synced.
    pub shop: Shop<'w>,
    /// Its number within the shop.
    pub generation: i64,
}

impl<'w> Run<'w> {
    /// The run with the id that the HTTP interface gives it.
    pub(crate) fn with_id(shop: Shop<'w>, id: &str) -> Result<Self> {
        let generation = id.strip_prefix(&format!("{shop}-")).and_then(|generation| generation.parse().ok());
        Ok(Self { shop, generation: generation.with_context(|| format!("{id} is no run of shop {shop}"))? })
    }

    /// Waits until it has this status.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until(&self, status: &str) -> Result<()> {
        let query = "SELECT status = $3 FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2";
        let what = format!("run {self} to be {status}");
        self.shop.world.until(&what, query, &[&self.shop.id, &self.generation, &status]).await
    }

    /// Waits until it has ended, however. Answers with its status.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_ended(&self) -> Result<String> {
        let query =
            "SELECT status <> 'running' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2";
        let key = [&self.shop.id as &(dyn tokio_postgres::types::ToSql + Sync), &self.generation];
        self.shop.world.until(&format!("the end of run {self}"), query, &key).await?;
        self.column("status").await
    }

    /// Its closing account.
    ///
    /// # Errors
    /// There is none yet.
    pub async fn receipt(&self) -> Result<Value> {
        self.column("receipt").await
    }

    /// What it says of its failure.
    ///
    /// # Errors
    /// It has not failed.
    pub async fn error(&self) -> Result<String> {
        self.column("error_message").await
    }

    async fn column<T: tokio_postgres::types::FromSqlOwned>(&self, name: &str) -> Result<T> {
        let query =
            format!("SELECT {name} FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2");
        self.shop.world.value(&query, &[&self.shop.id, &self.generation]).await
    }

    /// The run as the HTTP interface shows it.
    ///
    /// # Errors
    /// It does not show it.
    pub async fn shown(&self) -> Result<Value> {
        self.shop.world.get(&format!("/v1/runs/{self}")).await?.expect(200)
    }

    /// Asks something of it, as an operator: `pause`, `resume`, `cancel` or `retry`.
    ///
    /// # Errors
    /// No answer.
    pub async fn ask(&self, verb: &str) -> Result<Response> {
        self.shop.world.post(&format!("/v1/runs/{self}/{verb}"), json!({})).await
    }

    /// Waits until nobody works on its chunks and no call of its shop is under way.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_settled(&self) -> Result<()> {
        let is_settled = || async {
            let shown = self.shown().await?;
            let chunks = shown["chunks"].as_array().context("the run shows no chunks")?;
            let is_busy = |chunk: &Value| {
                ["queued", "leased"].contains(&chunk["state"]["state"].as_str().unwrap_or(""))
            };
            let calls = self.shop.calls().await?;
            Ok(!chunks.iter().any(is_busy) && calls.iter().all(|call| !call["duration_ms"].is_null()))
        };
        self.shop.world.eventually(&format!("nothing of run {self} under way"), is_settled).await
    }
}

impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shop, self.generation)
    }
}
