//! One stack for all tests of a program, and what tests do with it.
#![forbid(unsafe_code)]

mod stacks;

pub use stacks::*;

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    future::Future,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};
use xtask::{
    demo::seed::{self, Shop},
    stack::Stack,
};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

static NEXT_SHOP: AtomicI64 = AtomicI64::new(1_000_001);

/// The tables that hold a shop's data and the state of its syncs, each with a column that puts its rows in order.
const TABLES: [(&str, &str); 10] = [
    ("apishopee_ads_sync_progress", "shop_id"),
    ("apishopee_ads_sync_status", "shop_id"),
    ("apishopee_ads_sync_runs", "generation"),
    ("apishopee_ads_sync_queue", "id"),
    ("apishopee_ads_audit_log", "id"),
    ("apishopee_ads_alerts", "id"),
    ("apishopee_ads_campaign_data", "campaign_id"),
    ("apishopee_ads_performance_daily", "id"),
    ("apishopee_ads_performance_hourly", "id"),
    ("apishopee_ads_shop_performance_hourly", "id"),
];

/// What a test works with.
pub struct World {
    /// The running system, shared with the other tests of the program.
    pub stack: &'static Stack,
    /// A connection of the test's own.
    pub db: Client,
}

impl World {
    /// A new shop with this many campaigns.
    ///
    /// # Errors
    /// The fake or Postgres refuses.
    pub async fn shop(&self, campaigns: u32) -> Result<i64> {
        let shop = Shop::new(NEXT_SHOP.fetch_add(1, Ordering::Relaxed), campaigns);
        seed::shops(self.stack, std::slice::from_ref(&shop), 11).await?;
        Ok(shop.id)
    }

    /// Inserts a row into the queue table as an operator would.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn insert_job(&self, shop_id: i64, sync_type: &str, params: Value) -> Result<String> {
        let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, sync_params, priority) \
                      VALUES ($1, $2, $3, 10) RETURNING id::text";
        Ok(self.db.query_one(insert, &[&shop_id, &sync_type, &params]).await?.get(0))
    }

    /// POST as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<(u16, Value)> {
        self.stack.worker.call(Method::POST, path, Some(&body)).await
    }

    /// GET as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> Result<(u16, Value)> {
        self.stack.worker.call(Method::GET, path, None).await
    }

    /// Starts a realtime run by HTTP. Answers with its id.
    ///
    /// # Errors
    /// It was not accepted.
    pub async fn sync(&self, shop_id: i64) -> Result<String> {
        let (status, body) = self.post(&format!("/v1/shops/{shop_id}/sync"), json!({})).await?;
        let id = body.pointer("/run/id").and_then(Value::as_str);
        match (status, id) {
            (202, Some(id)) => Ok(id.to_owned()),
            _ => bail!("the sync was not accepted: {status} {body}"),
        }
    }

    /// Waits until a query answers with a row whose first column is true.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until(&self, what: &str, query: &str, values: &[&(dyn ToSql + Sync)]) -> Result<()> {
        let waiting = async {
            loop {
                let row = self.db.query_opt(query, values).await?;
                if row.is_some_and(|row| row.get::<_, Option<bool>>(0) == Some(true)) {
                    return Ok::<_, tokio_postgres::Error>(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("waited in vain: {what}"))??;
        Ok(())
    }

    /// Waits until something holds that is not to be seen in Postgres.
    ///
    /// # Errors
    /// It does not happen in time, or looking fails.
    pub async fn eventually<F: Future<Output = Result<bool>>>(
        &self,
        what: &str,
        holds: impl Fn() -> F,
    ) -> Result<()> {
        let waiting = async {
            while !holds().await? {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("waited in vain: {what}"))?
    }

    /// The first column of the one row that a query answers with.
    ///
    /// # Errors
    /// Postgres refuses, or there is not one row.
    pub async fn value<T: FromSqlOwned>(&self, query: &str, values: &[&(dyn ToSql + Sync)]) -> Result<T> {
        Ok(self.db.query_one(query, values).await?.try_get(0)?)
    }

    /// Changes settings: of a shop, or of the deployment (0). `assignments` are SQL, for example `max_attempts = 1`.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn settings(&self, shop_id: i64, assignments: &str) -> Result<()> {
        let insert =
            "INSERT INTO apishopee_ads_sync_settings (shop_id) VALUES ($1) ON CONFLICT (shop_id) DO NOTHING";
        self.db.execute(insert, &[&shop_id]).await?;
        let update = format!("UPDATE apishopee_ads_sync_settings SET {assignments} WHERE shop_id = $1");
        self.db.execute(&update, &[&shop_id]).await?;
        Ok(())
    }

    /// Adds something that goes wrong at the fake.
    ///
    /// # Errors
    /// The fake refuses.
    pub async fn fault(&self, fault: Value) -> Result<()> {
        seed::control(self.stack, Method::POST, "/_mock/faults", &fault).await.map(drop)
    }

    /// The ids of a shop's campaigns, in the order of the plan.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn campaign_ids(&self, shop_id: i64) -> Result<Vec<i64>> {
        let path = format!("/_mock/shops/{shop_id}/truth?kind=campaigns");
        let truth = seed::control(self.stack, Method::GET, &path, &Value::Null).await?;
        let rows = truth.as_array().context("the truth is no list")?;
        let ids = rows.iter().map(|row| row["campaign_id"].as_i64().context("a campaign has no id"));
        let mut ids = ids.collect::<Result<Vec<i64>>>()?;
        // A complete plan is in the order of the ids.
        ids.sort_unstable();
        Ok(ids)
    }

    /// Asks something of a run, as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn ask(&self, run: &str, verb: &str) -> Result<(u16, Value)> {
        self.post(&format!("/v1/runs/{run}/{verb}"), json!({})).await
    }

    /// Waits until nobody works on a run's chunks and no call of its shop is under way.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_settled(&self, shop_id: i64, run: &str) -> Result<()> {
        self.eventually("nothing of the run under way", || async {
            let (_, body) = self.get(&format!("/v1/runs/{run}")).await?;
            let chunks = body["chunks"].as_array().context("the run shows no chunks")?;
            let busy = ["queued", "leased"];
            let idle = !chunks
                .iter()
                .any(|chunk| busy.contains(&chunk["state"]["state"].as_str().unwrap_or_default()));
            Ok(idle && self.calls(shop_id).await?.iter().all(|call| !call["duration_ms"].is_null()))
        })
        .await
    }

    /// Every row that there is about a shop, to be compared with what there is later.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn rows_of(&self, shop_id: i64) -> Result<Value> {
        let mut all = serde_json::Map::new();
        for (table, order) in TABLES {
            let rows = format!(
                "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.{order}), '[]') FROM {table} t WHERE shop_id = $1"
            );
            all.insert(table.to_owned(), self.value(&rows, &[&shop_id]).await?);
        }
        Ok(all.into())
    }

    /// Waits until a shop's newest run has this status.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_run(&self, shop_id: i64, status: &str) -> Result<()> {
        let query = "SELECT status = $2 FROM apishopee_ads_sync_runs WHERE shop_id = $1 ORDER BY generation DESC LIMIT 1";
        self.until(&format!("run of shop {shop_id} {status}"), query, &[&shop_id, &status]).await
    }

    /// Waits until a job has this status. Answers with its message.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_job(&self, job: &str, status: &str) -> Result<Option<String>> {
        let query = "SELECT status = $2 FROM apishopee_ads_sync_queue WHERE id::text = $1";
        self.until(&format!("job {status}"), query, &[&job, &status]).await?;
        let message = "SELECT error_message FROM apishopee_ads_sync_queue WHERE id::text = $1";
        Ok(self.db.query_one(message, &[&job]).await?.get(0))
    }

    /// The number of a shop's rows in a table.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn count(&self, table: &str, shop_id: i64) -> Result<i64> {
        let query = format!("SELECT count(*) FROM {table} WHERE shop_id = $1");
        Ok(self.db.query_one(&query, &[&shop_id]).await?.get(0))
    }

    /// Checks every row of a shop's newest run against the fake's truth.
    ///
    /// # Errors
    /// A row is wrong.
    pub async fn check_rows(&self, shop_id: i64, campaigns: u32) -> Result<()> {
        let shop = Shop::new(shop_id, campaigns);
        let run = xtask::demo::run_row(self.stack, &shop).await?;
        let rows = xtask::demo::rows(self.stack, &shop, &run).await?;
        anyhow::ensure!(rows.wrong == 0 && rows.right >= u64::from(campaigns), "wrong rows: {rows:?}");
        Ok(())
    }

    /// The calls that the fake has served for a shop.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn calls(&self, shop_id: i64) -> Result<Vec<Value>> {
        let path = format!("/_mock/calls?shop={shop_id}");
        let calls = seed::control(self.stack, Method::GET, &path, &Value::Null).await?;
        let calls = calls.get("calls").cloned().unwrap_or(calls);
        calls.as_array().cloned().context("the calls are no list")
    }
}
