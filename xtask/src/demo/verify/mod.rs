//! Verifies every row in Postgres against the rows that a perfect sync would have stored, as reported by the mock.

mod compare;
mod tables;

pub use compare::Rows;
pub(super) use tables::TABLES;

use self::{
    compare::{compare, key},
    tables::Days,
};
use super::seed::{self, Shop};
use crate::stack::Stack;
use anyhow::{Context, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

/// The stored result of a shop's newest run.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// `completed`, `failed`, …
    pub status: String,
    /// The receipt.
    pub receipt: Value,
    /// Number of completed chunk rows in the queue table, by stage.
    pub chunk_rows: BTreeMap<String, i64>,
}

/// The days that a run fetched, as in its receipt.
#[derive(Deserialize)]
struct Window {
    daily_from: String,
    daily_to: String,
    hourly: Vec<String>,
}

/// Reads the result of the newest run.
///
/// # Errors
/// There is no run, or Postgres does not respond.
pub async fn run(stack: &Stack, shop: &Shop) -> Result<RunRow> {
    let database = stack.database().await?;
    let select = "SELECT generation, status, receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1 \
                  ORDER BY generation DESC LIMIT 1";
    let row = database.query_one(select, &[&shop.id]).await.context("the shop has no run")?;
    let generation: i64 = row.get(0);
    let chunks = "SELECT stage, count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND generation = $2 \
                  AND is_chunk AND status = 'completed' GROUP BY stage";
    let chunks = database.query(chunks, &[&shop.id, &generation]).await?;
    Ok(RunRow {
        status: row.get(1),
        receipt: row.get::<_, Option<Value>>(2).unwrap_or_default(),
        chunk_rows: chunks.iter().map(|row| (row.get(0), row.get(1))).collect(),
    })
}

/// Compares all rows of a shop with the expected rows of the days that this run and earlier completed runs have fetched.
/// Rows of vanished campaigns are kept but not compared, since the mock no longer knows them.
///
/// # Errors
/// The mock or Postgres does not respond, or a receipt lacks the days.
pub async fn rows(stack: &Stack, shop: &Shop, run: &RunRow) -> Result<Rows> {
    let database = stack.database().await?;
    let (daily, hourly) = fetched_days(&database, shop, run).await?;
    let (http, shopee_url) = (&stack.worker.http, &stack.shopee.url());
    rows_of_days(&Source { database: &database, http, shopee_url }, shop, &daily, &hourly).await
}

/// Where stored and expected rows are read.
pub struct Source<'a> {
    /// The database.
    pub database: &'a Client,
    /// An HTTP client for the mock.
    pub http: &'a reqwest::Client,
    /// The mock's address.
    pub shopee_url: &'a str,
}

/// As [`rows`], for the given days, whatever has stored the rows.
///
/// # Errors
/// The mock or Postgres does not respond.
pub async fn rows_of_days(source: &Source<'_>, shop: &Shop, daily: &Ranges, hourly: &Ranges) -> Result<Rows> {
    let Source { database, http, shopee_url } = source;
    let mut sum = Rows::default();
    for table in &TABLES {
        let ranges: Vec<&(String, String)> = match table.days {
            Days::All => daily.iter().take(1).collect(),
            Days::Daily => daily.iter().collect(),
            Days::Hourly => hourly.iter().collect(),
        };
        let mut expected = BTreeMap::new();
        for (from, to) in ranges {
            let path = format!("/_mock/shops/{}/truth?kind={}&from={from}&to={to}", shop.id, table.kind);
            let answer = seed::control_at(http, shopee_url, Method::GET, &path, &Value::Null).await?;
            let rows = answer.as_array().context("the expected rows are not a list")?;
            // Days that two runs have fetched occur twice.
            expected
                .extend(rows.iter().filter_map(Value::as_object).map(|row| (key(table, row), row.clone())));
        }
        let vanished = "SELECT campaign_id FROM apishopee_ads_campaign_data WHERE shop_id = $1 AND vanished_at IS NOT NULL";
        let filter = if table.key.contains(&"campaign_id") {
            format!("AND campaign_id NOT IN ({vanished})")
        } else {
            String::new()
        };
        let select = format!("SELECT to_jsonb(t) FROM {} t WHERE shop_id = $1 {filter}", table.name);
        let stored = database.query(&select, &[&shop.id]).await?;
        let stored = stored.iter().map(|row| row.get::<_, Value>(0));
        let rows = compare(table, expected.values(), stored);
        sum.right += rows.right;
        sum.wrong += rows.wrong;
    }
    Ok(sum)
}

/// Date ranges, each by its first and last day, `YYYY-MM-DD`.
pub type Ranges = BTreeSet<(String, String)>;

/// The ranges of daily and hourly figures that a shop has rows of.
async fn fetched_days(database: &Client, shop: &Shop, run: &RunRow) -> Result<(Ranges, Ranges)> {
    let completed =
        "SELECT receipt -> 'window' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND status = 'completed'";
    let earlier = database.query(completed, &[&shop.id]).await?;
    let earlier = earlier.iter().map(|row| row.get::<_, Option<Value>>(0).unwrap_or_default());
    let current = run.receipt.get("window").cloned().unwrap_or_default();
    let (mut daily, mut hourly) = (Ranges::new(), Ranges::new());
    for window in earlier.chain([current]) {
        let window: Window = serde_json::from_value(window).context("the receipt lacks the days")?;
        daily.insert((window.daily_from, window.daily_to));
        hourly.extend(window.hourly.into_iter().map(|day| (day.clone(), day)));
    }
    Ok((daily, hourly))
}

/// Counts a shop's rows with a duplicate key, including chunk rows.
///
/// # Errors
/// Postgres does not respond.
pub async fn duplicates(stack: &Stack, shop: &Shop) -> Result<u64> {
    let database = stack.database().await?;
    let data = TABLES.iter().map(|table| (table.name, table.key.join(", "), "true"));
    let chunks = ("apishopee_ads_sync_queue", "generation, stage, chunk_index".to_owned(), "is_chunk");
    let mut sum = 0;
    for (table, key, filter) in data.chain([chunks]) {
        let count =
            format!("SELECT count(*) - count(DISTINCT ({key})) FROM {table} WHERE shop_id = $1 AND {filter}");
        sum += u64::try_from(database.query_one(&count, &[&shop.id]).await?.get::<_, i64>(0))?;
    }
    Ok(sum)
}
