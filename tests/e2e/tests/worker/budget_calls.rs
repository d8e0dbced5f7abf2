//! What tests of budget schedules begin with.

use anyhow::{Context, Result, ensure};
use e2e::World;
use reqwest::Method;
use serde_json::{Value, json};

/// A shop with campaigns, as a sync would have left them, and rules: at least 20, at most 500.
pub struct BudgetShop {
    pub id: i64,
    /// The first of the campaigns that run.
    pub campaign: i64,
    /// One that has ended.
    pub ended: i64,
}

/// Calls with another token than the operator's, or another body than JSON.
pub async fn call(
    world: &World,
    token: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Result<(u16, Value)> {
    let mut request = world.stack.worker.http.request(method, format!("{}{path}", world.stack.worker.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.bearer_auth(token).body(body).send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    let body = serde_json::from_str(&text).with_context(|| format!("{path} answered {status}: {text}"))?;
    Ok((status, body))
}

impl BudgetShop {
    pub async fn new(world: &World) -> Result<Self> {
        let id = world.shop(1).await?;
        let campaign = id * 1_000;
        let insert = "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, ad_type, name, status)
            SELECT $1::bigint, $1::bigint * 1000 + n, 'auto', 'Campaign ' || n, CASE n WHEN 9 THEN 'ended' ELSE 'ongoing' END
            FROM generate_series(0, 9) AS n";
        world.db.execute(insert, &[&id]).await?;
        let rules = json!({ "shop_id": id, "floor": "20", "ceiling": 500 });
        let admin = &world.stack.secrets.admin_token;
        let anew = [("if-none-match", "*")];
        let (status, body) =
            call(world, admin, Method::PUT, "/v1/budget-rules", &anew, rules.to_string()).await?;
        ensure!(status == 200 && body["floor"] == "20.00" && body["ceiling"] == "500.00", "{status} {body}");
        Ok(Self { id, campaign, ended: campaign + 9 })
    }

    pub fn path(&self) -> String {
        format!("/v1/shops/{}/budget-schedules", self.id)
    }

    /// A body for the first campaign, from an hour to the next.
    pub fn body(&self, hour: i64) -> Value {
        json!({ "campaign_id": self.campaign, "hour_start": hour, "hour_end": hour + 1, "budget": "45.50" })
    }

    /// Makes a schedule; its id.
    pub async fn schedule(&self, world: &World, body: Value) -> Result<String> {
        let (status, made) = world.post(&self.path(), body).await?;
        ensure!(status == 201, "{status} {made}");
        Ok(made["id"].as_str().context("id")?.to_owned())
    }

    pub async fn count(&self, world: &World) -> Result<i64> {
        world.count("apishopee_scheduled_ads_budget", self.id).await
    }

    /// Yesterday by the shop's clock.
    pub async fn yesterday(&self, world: &World) -> Result<String> {
        let query = "SELECT ((now() AT TIME ZONE ads_region_time_zone(region))::date - 1)::text
            FROM apishopee_shops WHERE shop_id = $1";
        world.value(query, &[&self.id]).await
    }
}

/// `body` with some fields changed.
pub fn with(mut body: Value, fields: Value) -> Value {
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    body
}
