//! A shop of a test: what is done with it, and what is known of it.

use crate::{Job, Progress, Run, World, progress};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt;
use xtask::demo::{self, seed};

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

/// A chunk of a run, as the queue table shows it.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Its campaigns.
    pub size: i32,
    /// `completed`, `failed`, …
    pub status: String,
}

/// A shop.
#[derive(Clone, Copy)]
pub struct Shop<'w> {
    /// Where it is.
    pub world: &'w World,
    /// Its id.
    pub id: i64,
    /// The campaigns with which it was made.
    pub campaigns: u32,
}

impl<'w> Shop<'w> {
    /// Starts a realtime run by HTTP.
    ///
    /// # Errors
    /// It was not accepted.
    pub async fn sync(&self) -> Result<Run<'w>> {
        self.sync_with(json!({})).await
    }

    /// Starts a run by HTTP, as the body says.
    ///
    /// # Errors
    /// It was not accepted.
    pub async fn sync_with(&self, body: Value) -> Result<Run<'w>> {
        let body = self.post("sync", body).await?.expect(202)?;
        Run::with_id(*self, body["run"]["id"].as_str().with_context(|| format!("no run: {body}"))?)
    }

    /// Starts a realtime run by HTTP and waits until it is completed.
    ///
    /// # Errors
    /// It was not accepted, or it does not complete in time.
    pub async fn sync_to_end(&self) -> Result<Run<'w>> {
        let run = self.sync().await?;
        run.until("completed").await?;
        Ok(run)
    }

    /// The run with this number.
    #[must_use]
    pub fn run(&self, generation: i64) -> Run<'w> {
        Run { shop: *self, generation }
    }

    /// The statuses of all its runs, in their order.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn runs(&self) -> Result<Vec<String>> {
        let query = "SELECT status FROM apishopee_ads_sync_runs WHERE shop_id = $1 ORDER BY generation";
        Ok(self.world.db.query(query, &[&self.id]).await?.iter().map(|row| row.get(0)).collect())
    }

    /// Waits until its newest run has this status. Answers with the run.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_run(&self, status: &str) -> Result<Run<'w>> {
        let newest = "FROM apishopee_ads_sync_runs WHERE shop_id = $1 ORDER BY generation DESC LIMIT 1";
        let what = format!("the newest run of shop {self} to be {status}");
        self.world.until(&what, &format!("SELECT status = $2 {newest}"), &[&self.id, &status]).await?;
        let generation = self.world.value(&format!("SELECT generation {newest}"), &[&self.id]).await?;
        Ok(self.run(generation))
    }

    /// Inserts a row into the queue table as an operator would.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn insert_job(&self, sync_type: &str, params: Value) -> Result<Job<'w>> {
        self.world.insert_job(self.id, sync_type, params).await
    }

    /// Its progress row.
    ///
    /// # Errors
    /// There is none.
    pub async fn progress(&self) -> Result<Progress> {
        self.find_progress().await?.with_context(|| format!("shop {self} has no progress row"))
    }

    async fn find_progress(&self) -> Result<Option<Progress>> {
        let query =
            format!("SELECT {} FROM apishopee_ads_sync_progress p WHERE shop_id = $1", progress::COLUMNS);
        Ok(self.world.db.query_opt(&query, &[&self.id]).await?.as_ref().map(Progress::from))
    }

    /// Waits until its progress row is as it should be.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_progress(&self, what: &str, holds: impl Fn(&Progress) -> bool) -> Result<()> {
        let holds = || async { Ok(self.find_progress().await?.is_some_and(|progress| holds(&progress))) };
        self.world.eventually(&format!("{what} in the progress row of shop {self}"), holds).await
    }

    /// The chunks of a stage, in their order, as the queue table shows them.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn chunks(&self, stage: &str) -> Result<Vec<Chunk>> {
        let query = "SELECT chunk_size, status FROM apishopee_ads_sync_queue \
                     WHERE shop_id = $1 AND is_chunk AND stage = $2 ORDER BY chunk_index";
        let rows = self.world.db.query(query, &[&self.id, &stage]).await?;
        Ok(rows.iter().map(|row| Chunk { size: row.get(0), status: row.get(1) }).collect())
    }

    /// The text of its open alert of a kind.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn alert(&self, kind: &str) -> Result<Option<String>> {
        let query =
            "SELECT text FROM apishopee_ads_alerts WHERE kind = $1 AND shop_id = $2 AND resolved_at IS NULL";
        Ok(self.world.db.query_opt(query, &[&kind, &self.id]).await?.map(|row| row.get(0)))
    }

    /// Waits for an alert: those of a run come after its row has ended. Answers with the text.
    ///
    /// # Errors
    /// It does not come in time.
    pub async fn until_alert(&self, kind: &str) -> Result<String> {
        let is_open = || async { Ok(self.alert(kind).await?.is_some()) };
        self.world.eventually(&format!("the alert {kind} of shop {self}"), is_open).await?;
        self.alert(kind).await?.with_context(|| format!("the alert {kind} of shop {self} is over already"))
    }

    /// Waits until no alert of a kind is open.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until_no_alert(&self, kind: &str) -> Result<()> {
        let is_over = || async { Ok(self.alert(kind).await?.is_none()) };
        self.world.eventually(&format!("the end of the alert {kind} of shop {self}"), is_over).await
    }

    /// How many entries the audit log has of it whose action is like this (`%` for anything).
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn audited(&self, action: &str) -> Result<i64> {
        let query = "SELECT count(*) FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action LIKE $2";
        self.world.value(query, &[&self.id, &action]).await
    }

    /// The number of its rows in a table.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn count(&self, table: &str) -> Result<i64> {
        self.world.value(&format!("SELECT count(*) FROM {table} WHERE shop_id = $1"), &[&self.id]).await
    }

    /// Every row that there is about it, to be compared with what there is later.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn rows(&self) -> Result<Value> {
        let mut all = serde_json::Map::new();
        for (table, order) in TABLES {
            let rows = format!(
                "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.{order}), '[]') FROM {table} t WHERE shop_id = $1"
            );
            all.insert(table.to_owned(), self.world.value(&rows, &[&self.id]).await?);
        }
        Ok(all.into())
    }

    /// Checks every row of its newest run against the fake's truth.
    ///
    /// # Errors
    /// A row is wrong.
    pub async fn check_rows(&self) -> Result<()> {
        self.check_rows_of(self.campaigns).await
    }

    /// As [`Self::check_rows`], for a shop that has another number of campaigns by now.
    ///
    /// # Errors
    /// A row is wrong.
    pub async fn check_rows_of(&self, campaigns: u32) -> Result<()> {
        let shop = seed::Shop::new(self.id, campaigns);
        let run = demo::run_row(self.world.stack, &shop).await?;
        let rows = demo::rows(self.world.stack, &shop, &run).await?;
        ensure!(rows.wrong == 0 && rows.right >= u64::from(campaigns), "wrong rows: {rows:?}");
        Ok(())
    }

    /// Changes its settings. `assignments` are SQL, for example `max_attempts = 1`.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn settings(&self, assignments: &str) -> Result<()> {
        self.world.settings_of(self.id, assignments).await
    }

    /// Changes its rows in a table. `assignments` are SQL, for example `region = NULL`.
    ///
    /// # Errors
    /// Postgres refuses, or there is no row.
    pub async fn update(&self, table: &str, assignments: &str) -> Result<()> {
        let update = format!("UPDATE {table} SET {assignments} WHERE shop_id = $1");
        let rows = self.world.db.execute(&update, &[&self.id]).await?;
        ensure!(rows > 0, "{table} has no row of shop {self}");
        Ok(())
    }

    /// POST to a path of the shop, as an operator: `sync`, `reset`, `budgets/run`.
    ///
    /// # Errors
    /// No answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<crate::Response> {
        self.world.post(&format!("/v1/shops/{self}/{path}"), body).await
    }

    /// The ids of its campaigns, in the order of the plan.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn campaign_ids(&self) -> Result<Vec<i64>> {
        let rows = self.campaigns_at_shopee().await?;
        let ids = rows.iter().map(|row| row["campaign_id"].as_i64().context("a campaign has no id"));
        let mut ids = ids.collect::<Result<Vec<i64>>>()?;
        // A complete plan is in the order of the ids.
        ids.sort_unstable();
        Ok(ids)
    }

    /// Its campaigns at the fake, in the order of the listing.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn campaigns_at_shopee(&self) -> Result<Vec<Value>> {
        self.at_the_fake("truth?kind=campaigns").await
    }

    /// The calls that the fake has served for it.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn calls(&self) -> Result<Vec<Value>> {
        let path = format!("/_mock/calls?shop={self}");
        let calls = seed::control(self.world.stack, Method::GET, &path, &Value::Null).await?;
        let calls = calls.get("calls").cloned().unwrap_or(calls);
        calls.as_array().cloned().context("the calls are no list")
    }

    /// The calls of one endpoint that the fake has served for it.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn calls_to(&self, endpoint: &str) -> Result<Vec<Value>> {
        let mut calls = self.calls().await?;
        calls.retain(|call| call["endpoint"] == endpoint);
        Ok(calls)
    }

    /// The edits of its budgets that the fake has taken.
    ///
    /// # Errors
    /// The fake does not answer.
    pub async fn edits(&self) -> Result<Vec<Value>> {
        self.at_the_fake("edits").await
    }

    /// Changes its campaigns at the fake.
    ///
    /// # Errors
    /// The fake refuses.
    pub async fn change_campaigns(&self, edit: Value) -> Result<()> {
        let path = format!("/_mock/shops/{self}/campaigns");
        seed::control(self.world.stack, Method::POST, &path, &edit).await.map(drop)
    }

    async fn at_the_fake(&self, what: &str) -> Result<Vec<Value>> {
        let path = format!("/_mock/shops/{self}/{what}");
        let list = seed::control(self.world.stack, Method::GET, &path, &Value::Null).await?;
        list.as_array().cloned().with_context(|| format!("{path} is no list"))
    }
}

impl fmt::Display for Shop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl fmt::Debug for Shop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shop {self}")
    }
}
