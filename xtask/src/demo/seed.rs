//! Shops, in the fake Shopee and in Postgres.

use super::settings;
use crate::stack::{Stack, secrets};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Shops take turns in these regions.
const REGIONS: [&str; 4] = ["BR", "VN", "TW", "MX"];

/// A shop of the local stack.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its id.
    pub id: i64,
    /// How many campaigns it has.
    pub campaigns: u32,
}

impl Shop {
    /// A shop.
    #[must_use]
    pub fn new(id: i64, campaigns: u32) -> Self {
        Self { id, campaigns }
    }
}

/// Makes the shops, and stops the clock of their data, so that what is fetched can be compared later.
///
/// # Errors
/// The fake or Postgres refuses.
pub async fn shops(stack: &Stack, shops: &[Shop], seed: u64) -> Result<()> {
    let database = stack.database().await?;
    settings::rates(&database).await?;
    for (index, shop) in shops.iter().enumerate() {
        let region = REGIONS[index % REGIONS.len()];
        let token = secrets::word();
        let (name, campaigns) = (format!("Shop {}", shop.id), shop.campaigns);
        let body = json!({ "name": name, "region": region, "campaigns": campaigns, "seed": seed, "access_token": token });
        control(stack, reqwest::Method::PUT, &format!("/_mock/shops/{}", shop.id), &body).await?;
        let insert =
            "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token) VALUES ($1, $2, $3, $4)";
        database.execute(insert, &[&shop.id, &name, &region, &token]).await?;
    }
    behaviour(stack, &json!({ "data_as_of_ms": chrono::Utc::now().timestamp_millis() })).await
}

/// Sets how long the fake takes for a call.
///
/// # Errors
/// The fake refuses.
pub async fn latency(stack: &Stack, mean_ms: u32) -> Result<()> {
    behaviour(stack, &json!({ "latency_ms": { "mean": mean_ms, "jitter": mean_ms / 5 } })).await
}

/// Changes how the fake behaves.
///
/// # Errors
/// The fake refuses.
pub async fn behaviour(stack: &Stack, body: &Value) -> Result<()> {
    control(stack, reqwest::Method::PUT, "/_mock/behaviour", body).await.map(drop)
}

/// Calls the fake's control interface.
///
/// # Errors
/// The fake refuses.
pub async fn control(stack: &Stack, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
    let url = format!("{}{path}", stack.shopee.url());
    let mut request = stack.worker.http.request(method, url);
    if !body.is_null() {
        request = request.json(body);
    }
    let answer = request.send().await.context("the fake Shopee does not answer")?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{path} answered {status}: {text}");
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}
