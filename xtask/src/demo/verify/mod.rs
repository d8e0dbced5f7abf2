//! Comparing every row in Postgres with what the fake says a perfect sync would have stored.

use super::seed::{self, Shop};
use crate::stack::Stack;
use anyhow::{Context, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

/// What the newest run of a shop left behind.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// completed, failed, …
    pub status: String,
    /// The closing account.
    pub receipt: Value,
    /// Chunk rows of the queue table, by stage, that are completed.
    pub chunk_rows: BTreeMap<String, i64>,
}

/// How many rows are as they must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Equal to the truth.
    pub right: u64,
    /// Different, missing, or too many.
    pub wrong: u64,
}

/// One table, with the columns that name a row, and its kind of truth.
pub(super) struct Table {
    pub(super) name: &'static str,
    kind: &'static str,
    key: &'static [&'static str],
    /// Whether rows are compared for the run's hourly days, its daily days, or all.
    days: Days,
}

enum Days {
    All,
    Daily,
    Hourly,
}

pub(super) const TABLES: [Table; 6] = [
    Table { name: "apishopee_ads_campaign_data", kind: "campaigns", key: &["campaign_id"], days: Days::All },
    Table {
        name: "apishopee_ads_performance_daily",
        kind: "daily",
        key: &["campaign_id", "performance_date"],
        days: Days::Daily,
    },
    Table {
        name: "apishopee_ads_performance_hourly",
        kind: "hourly",
        key: &["campaign_id", "performance_date", "hour"],
        days: Days::Hourly,
    },
    Table {
        name: "apishopee_ads_shop_performance_daily",
        kind: "shop_daily",
        key: &["performance_date"],
        days: Days::Daily,
    },
    Table {
        name: "apishopee_ads_shop_performance_hourly",
        kind: "shop_hourly",
        key: &["performance_date", "hour"],
        days: Days::Hourly,
    },
    Table { name: "apishopee_ads_shop_balance", kind: "balance", key: &["shop_id"], days: Days::All },
];

/// Columns computed from others.
const RATIOS: [&str; 3] = ["ctr", "roas", "acos"];

/// The days that a run fetched, from its receipt.
#[derive(Deserialize)]
struct Window {
    daily_from: String,
    daily_to: String,
    hourly: Vec<String>,
}

/// Reads what the newest run left.
///
/// # Errors
/// There is no run, or Postgres does not answer.
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

/// Compares all rows of a shop with the truth of the days that it has fetched: in this run, and in those that have
/// completed before it. A campaign that has vanished has no truth any more, and its rows stay: they are not compared.
///
/// # Errors
/// The fake or Postgres does not answer, or a receipt names no days.
pub async fn rows(stack: &Stack, shop: &Shop, run: &RunRow) -> Result<Rows> {
    let database = stack.database().await?;
    let (daily, hourly) = days(&database, shop, run).await?;
    let mut sum = Rows::default();
    for table in &TABLES {
        let spans: Vec<&(String, String)> = match table.days {
            Days::All => daily.iter().take(1).collect(),
            Days::Daily => daily.iter().collect(),
            Days::Hourly => hourly.iter().collect(),
        };
        let mut truth = BTreeMap::new();
        for (from, to) in spans {
            let path = format!("/_mock/shops/{}/truth?kind={}&from={from}&to={to}", shop.id, table.kind);
            let answer = seed::control(stack, Method::GET, &path, &Value::Null).await?;
            let rows = answer.as_array().context("the truth is no list")?;
            // Days that two runs have fetched are told twice.
            truth.extend(rows.iter().filter_map(Value::as_object).map(|row| (key(table, row), row.clone())));
        }
        let gone = "SELECT campaign_id FROM apishopee_ads_campaign_data WHERE shop_id = $1 AND vanished_at IS NOT NULL";
        let which = if table.key.contains(&"campaign_id") {
            format!("AND campaign_id NOT IN ({gone})")
        } else {
            String::new()
        };
        let select = format!("SELECT to_jsonb(t) FROM {} t WHERE shop_id = $1 {which}", table.name);
        let stored = database.query(&select, &[&shop.id]).await?;
        let stored = stored.iter().map(|row| row.get::<_, Value>(0));
        let rows = compare(table, truth.values(), stored);
        sum.right += rows.right;
        sum.wrong += rows.wrong;
    }
    Ok(sum)
}

/// Spans of days, the first and the last of each.
type Spans = BTreeSet<(String, String)>;

/// The daily and the hourly days that a shop has rows of.
async fn days(database: &Client, shop: &Shop, run: &RunRow) -> Result<(Spans, Spans)> {
    let completed =
        "SELECT receipt -> 'window' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND status = 'completed'";
    let before = database.query(completed, &[&shop.id]).await?;
    let before = before.iter().map(|row| row.get::<_, Option<Value>>(0).unwrap_or_default());
    let this = run.receipt.get("window").cloned().unwrap_or_default();
    let (mut daily, mut hourly) = (Spans::new(), Spans::new());
    for window in before.chain([this]) {
        let window: Window = serde_json::from_value(window).context("the receipt names no days")?;
        daily.insert((window.daily_from, window.daily_to));
        hourly.extend(window.hourly.into_iter().map(|day| (day.clone(), day)));
    }
    Ok((daily, hourly))
}

/// Counts the rows of a shop that another row has the key of, the rows of its chunks included.
///
/// # Errors
/// Postgres does not answer.
pub async fn duplicates(stack: &Stack, shop: &Shop) -> Result<u64> {
    let database = stack.database().await?;
    let data = TABLES.iter().map(|table| (table.name, table.key.join(", "), "true"));
    let chunks = ("apishopee_ads_sync_queue", "generation, stage, chunk_index".to_owned(), "is_chunk");
    let mut sum = 0;
    for (table, key, which) in data.chain([chunks]) {
        let count =
            format!("SELECT count(*) - count(DISTINCT ({key})) FROM {table} WHERE shop_id = $1 AND {which}");
        sum += u64::try_from(database.query_one(&count, &[&shop.id]).await?.get::<_, i64>(0))?;
    }
    Ok(sum)
}

fn compare<'a>(
    table: &Table,
    truth: impl Iterator<Item = &'a Map<String, Value>>,
    stored: impl Iterator<Item = Value>,
) -> Rows {
    let mut stored: BTreeMap<String, Map<String, Value>> =
        stored.filter_map(|row| row.as_object().cloned()).map(|row| (key(table, &row), row)).collect();
    let mut rows = Rows::default();
    for expected in truth {
        let found = stored.remove(&key(table, expected));
        let right = found.as_ref().is_some_and(|found| {
            expected
                .iter()
                .all(|(column, value)| found.get(column).is_some_and(|stored| same(column, value, stored)))
        });
        if right {
            rows.right += 1;
            continue;
        }
        if rows.wrong == 0 {
            eprintln!("{}: expected {expected:?}, found {found:?}", table.name);
        }
        rows.wrong += 1;
    }
    if let Some(surplus) = stored.values().next() {
        eprintln!("{}: nobody expected {surplus:?}", table.name);
    }
    rows.wrong += stored.len() as u64;
    rows
}

fn key(table: &Table, row: &Map<String, Value>) -> String {
    table
        .key
        .iter()
        .map(|column| row.get(*column).map(ToString::to_string).unwrap_or_default() + "/")
        .collect()
}

/// Counters, money, names and days must be equal. Ratios are computed on both sides and stored with six digits.
fn same(column: &str, expected: &Value, stored: &Value) -> bool {
    let tolerance = if RATIOS.contains(&column) { 1e-6 } else { 0.0 };
    match (expected.as_f64(), stored.as_f64()) {
        (Some(expected), Some(stored)) => (expected - stored).abs() <= tolerance * expected.abs().max(1.0),
        _ => expected == stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn missing_different_and_surplus_rows_are_wrong() {
        let row = |id: i64, name: &str| json!({ "campaign_id": id, "name": name, "synced_at": "x" });
        let truth: Vec<Value> = [(1, "a"), (2, "b"), (3, "c")]
            .iter()
            .map(|(id, name)| json!({ "campaign_id": id, "name": name }))
            .collect();
        let stored = [row(1, "a"), row(2, "x"), row(9, "z")];
        let truth = truth.iter().filter_map(Value::as_object);
        assert_eq!(compare(&TABLES[0], truth, stored.into_iter()), Rows { right: 1, wrong: 3 });
    }

    #[test]
    fn only_ratios_may_differ_in_the_last_digit() {
        assert!(same("ctr", &json!(0.0353571428), &json!(0.035357)));
        assert!(!same("ctr", &json!(0.5), &json!(0.5001)));
        assert!(!same("impression", &json!(123_456), &json!(123_457)));
        assert!(!same("expense", &json!(20_000.01), &json!(20_000.02)));
        assert!(same("expense", &json!(7), &json!(7.0)));
        assert!(!same("roas_target", &Value::Null, &json!(0)));
    }
}
