//! What tests of budget schedules begin with.

use anyhow::{Context, Result, ensure};
use e2e::{Response, Shop, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::ops::Deref;

/// A shop with campaigns, as a sync would have left them, and rules: at least 20, at most 500.
#[derive(Clone, Copy)]
pub struct BudgetShop<'w> {
    pub shop: Shop<'w>,
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
) -> Result<Response> {
    let mut request = world.request(method, path).token(token);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.text(body).send().await
}

/// The shop that it is.
impl<'w> Deref for BudgetShop<'w> {
    type Target = Shop<'w>;

    fn deref(&self) -> &Shop<'w> {
        &self.shop
    }
}

impl<'w> BudgetShop<'w> {
    pub async fn new(world: &'w World) -> Result<Self> {
        let shop = world.shop(1).await?;
        let campaign = shop.id * 1_000;
        let insert = "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, ad_type, name, status)
            SELECT $1::bigint, $1::bigint * 1000 + n, 'auto', 'Campaign ' || n, CASE n WHEN 9 THEN 'ended' ELSE 'ongoing' END
            FROM generate_series(0, 9) AS n";
        world.db.execute(insert, &[&shop.id]).await?;
        let rules = json!({ "shop_id": shop.id, "floor": "20", "ceiling": 500 });
        let admin = &world.stack.secrets.admin_token;
        let anew = [("if-none-match", "*")];
        let body = call(world, admin, Method::PUT, "/v1/budget-rules", &anew, rules.to_string())
            .await?
            .expect(200)?;
        ensure!(body["floor"] == "20.00" && body["ceiling"] == "500.00", "{body}");
        Ok(Self { shop, campaign, ended: campaign + 9 })
    }

    pub fn path(&self) -> String {
        format!("/v1/shops/{}/budget-schedules", self.id)
    }

    /// A body for the first campaign, from an hour to the next.
    pub fn body(&self, hour: i64) -> Value {
        json!({ "campaign_id": self.campaign, "hour_start": hour, "hour_end": hour + 1, "budget": "45.50" })
    }

    /// Makes a schedule; its id.
    pub async fn schedule(&self, body: Value) -> Result<String> {
        let made = self.post("budget-schedules", body).await?.expect(201)?;
        Ok(made["id"].as_str().context("id")?.to_owned())
    }

    /// How many schedules are stored.
    pub async fn schedule_count(&self) -> Result<i64> {
        self.count("apishopee_scheduled_ads_budget").await
    }

    /// Yesterday by the shop's clock.
    pub async fn yesterday(&self) -> Result<String> {
        let query = "SELECT ((now() AT TIME ZONE ads_region_time_zone(region))::date - 1)::text
            FROM apishopee_shops WHERE shop_id = $1";
        self.world.value(query, &[&self.id]).await
    }
}

/// `body` with some fields changed.
pub fn with(mut body: Value, fields: Value) -> Value {
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    body
}
