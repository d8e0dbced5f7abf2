//! Creates shops in the fake Shopee and in Postgres.

use super::settings;
use crate::stack::{Stack, secrets};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Shops are assigned to these regions in turn.
const REGIONS: [&str; 4] = ["BR", "VN", "TW", "MX"];

/// Longer than any stack runs.
const STACK_LIFETIME_MAX: chrono::TimeDelta = chrono::TimeDelta::days(3);

/// A shop of the local stack.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its id.
    pub id: i64,
    /// Its number of campaigns.
    pub campaigns: u32,
}

impl Shop {
    /// Creates one.
    #[must_use]
    pub fn new(id: i64, campaigns: u32) -> Self {
        Self { id, campaigns }
    }
}

/// Creates the shops.
///
/// # Errors
/// The mock or Postgres rejects a request.
pub async fn shops(stack: &Stack, shops: &[Shop], seed: u64) -> Result<()> {
    let database = stack.database().await?;
    settings::rates(&database).await?;
    for (index, shop) in shops.iter().enumerate() {
        let region = REGIONS[index % REGIONS.len()];
        let token = secrets::random_hex();
        let (name, campaigns) = (format!("Shop {}", shop.id), shop.campaigns);
        let body = json!({ "name": name, "region": region, "campaigns": campaigns, "seed": seed, "access_token": token });
        control(stack, reqwest::Method::PUT, &format!("/_mock/shops/{}", shop.id), &body).await?;
        let insert =
            "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token) VALUES ($1, $2, $3, $4)";
        database.execute(insert, &[&shop.id, &name, &region, &token]).await?;
    }
    Ok(())
}

/// Makes the mock report complete figures for every day, including today and tomorrow, so that they do not change while the
/// stack runs: fetched rows can be compared later, and their number does not depend on the time of day.
///
/// # Errors
/// The mock rejects the request.
pub async fn whole_days(stack: &Stack) -> Result<()> {
    let later = stack.now() + STACK_LIFETIME_MAX;
    behaviour(stack, &json!({ "data_as_of_ms": later.timestamp_millis() })).await
}

/// Sets the mock's latency.
///
/// # Errors
/// The mock rejects the request.
pub async fn latency(stack: &Stack, mean_ms: u32) -> Result<()> {
    behaviour(stack, &json!({ "latency_ms": { "mean": mean_ms, "jitter": mean_ms / 5 } })).await
}

/// Changes the mock's behaviour.
///
/// # Errors
/// The mock rejects the request.
pub async fn behaviour(stack: &Stack, body: &Value) -> Result<()> {
    control(stack, reqwest::Method::PUT, "/_mock/behaviour", body).await.map(drop)
}

/// Calls the mock's control API.
///
/// # Errors
/// The mock rejects the request.
pub async fn control(stack: &Stack, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
    control_at(&stack.worker.http, &stack.shopee.url(), method, path, body).await
}

/// Calls the control API of the mock at an address.
///
/// # Errors
/// The mock rejects the request.
pub async fn control_at(
    http: &reqwest::Client,
    shopee_url: &str,
    method: reqwest::Method,
    path: &str,
    body: &Value,
) -> Result<Value> {
    let mut request = http.request(method, format!("{shopee_url}{path}"));
    if !body.is_null() {
        request = request.json(body);
    }
    let answer = request.send().await.context("the fake Shopee does not answer")?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{path} answered {status}: {text}");
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}
