//! One stack for all tests of a program, and what tests do with it.
#![forbid(unsafe_code)]

mod job;
mod progress;
mod response;
mod run;
mod shop;
mod stacks;

pub use job::Job;
pub use progress::Progress;
pub use response::{Request, Response, header};
pub use run::Run;
pub use shop::{Chunk, Shop};
pub use stacks::*;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;
use std::{
    borrow::Borrow,
    future::Future,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};
use xtask::{demo::seed, stack::Stack};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

static NEXT_SHOP: AtomicI64 = AtomicI64::new(1_000_001);

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
    pub async fn shop(&self, campaigns: u32) -> Result<Shop<'_>> {
        let id = NEXT_SHOP.fetch_add(1, Ordering::Relaxed);
        seed::shops(self.stack, &[seed::Shop::new(id, campaigns)], 11).await?;
        Ok(Shop { world: self, id, campaigns })
    }

    /// Inserts a row into the queue table as an operator would, also for a shop that does not exist.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn insert_job(&self, shop_id: i64, sync_type: &str, params: Value) -> Result<Job<'_>> {
        let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, sync_params, priority) \
                      VALUES ($1, $2, $3, 10) RETURNING id::text";
        Ok(Job::new(self, self.value(insert, &[&shop_id, &sync_type, &params]).await?))
    }

    /// Fires a tick of a cron.
    ///
    /// # Errors
    /// It failed.
    pub async fn tick(&self, cron: &str) -> Result<()> {
        self.stack.worker.tick(cron).await
    }

    /// A request that is not only a path and a body.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self, method, path)
    }

    /// GET as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> Result<Response> {
        self.request(Method::GET, path).send().await
    }

    /// POST as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn post(&self, path: &str, body: impl Borrow<Value>) -> Result<Response> {
        self.request(Method::POST, path).json(body.borrow()).send().await
    }

    /// PATCH as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn patch(&self, path: &str, body: impl Borrow<Value>) -> Result<Response> {
        self.request(Method::PATCH, path).json(body.borrow()).send().await
    }

    /// DELETE as an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn delete(&self, path: &str) -> Result<Response> {
        self.request(Method::DELETE, path).send().await
    }

    /// The items of a list that the HTTP interface shows.
    ///
    /// # Errors
    /// It shows no list.
    pub async fn items(&self, path: &str) -> Result<Vec<Value>> {
        let body = self.get(path).await?.expect(200)?;
        body["items"].as_array().cloned().with_context(|| format!("{path} is no list: {body}"))
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

    /// Changes the settings of the deployment. `assignments` are SQL, for example `app_calls_per_second = 50`.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn settings(&self, assignments: &str) -> Result<()> {
        self.settings_of(0, assignments).await
    }

    pub(crate) async fn settings_of(&self, shop_id: i64, assignments: &str) -> Result<()> {
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
}
