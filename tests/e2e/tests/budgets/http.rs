//! What people do over HTTP, and slots that are far from midnight at any hour of the day.

use super::{campaign::Campaign, tick};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, World};
use reqwest::Method;
use serde_json::{Value, json};

pub const SCHEDULER: &str = "/functions/v1/shopee-ads-scheduler";
const RULES: &str = "/v1/budget-rules";

/// Stores a shop's campaigns as a sync would, since a schedule over HTTP must be of one that is known.
pub async fn listed(shop: Shop<'_>) -> Result<()> {
    let truth = Value::from(shop.campaigns_at_shopee().await?);
    let insert = "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, ad_type, name, status)
        SELECT $1, c.campaign_id, c.ad_type, c.name, c.status
        FROM jsonb_to_recordset($2) AS c (campaign_id bigint, ad_type text, name text, status text)";
    shop.world.db.execute(insert, &[&shop.id, &truth]).await?;
    Ok(())
}

/// Moves a shop to a region whose clock is some hours from midnight, so that a slot may begin before now and end after it.
pub async fn by_day(shop: Shop<'_>) -> Result<()> {
    let moved = "UPDATE apishopee_shops SET region =
          (SELECT region FROM unnest(ARRAY['BR', 'SG']) AS region
           ORDER BY abs(extract(hour FROM now() AT TIME ZONE ads_region_time_zone(region)) - 11.5) LIMIT 1)
        WHERE shop_id = $1";
    ensure!(shop.world.db.execute(moved, &[&shop.id]).await? == 1, "no shop {shop}");
    Ok(())
}

/// The minute of the shop's day, so many minutes from now.
pub async fn minute(shop: Shop<'_>, ahead: i32) -> Result<i64> {
    let query = "SELECT (extract(hour FROM at) * 60 + extract(minute FROM at))::bigint
        FROM (SELECT (now() AT TIME ZONE ads_region_time_zone(region)) + make_interval(mins => $2) AS at
              FROM apishopee_shops WHERE shop_id = $1) AS moment";
    shop.world.value(query, &[&shop.id, &ahead]).await
}

/// The hours of a slot, by minutes of the day.
pub fn hours(start: i64, end: i64) -> Value {
    json!({ "hour_start": start / 60, "minute_start": start % 60, "hour_end": end / 60, "minute_end": end % 60 })
}

/// `body` with some fields changed.
pub fn with(mut body: Value, fields: Value) -> Value {
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    body
}

/// Makes a schedule of a campaign. Answers with its id.
pub async fn make(campaign: &Campaign<'_>, body: Value) -> Result<String> {
    let path = format!("/v1/shops/{}/budget-schedules", campaign.shop);
    let made = campaign
        .shop
        .world
        .post(&path, with(body, json!({ "campaign_id": campaign.id })))
        .await?
        .expect(201)?;
    Ok(made["id"].as_str().context("no id")?.to_owned())
}

pub async fn patch(world: &World, schedule: &str, body: Value) -> Result<()> {
    let path = format!("/v1/budget-schedules/{schedule}");
    world.patch(&path, &body).await?.expect(200)?;
    Ok(())
}

pub async fn delete(world: &World, schedule: &str) -> Result<()> {
    let path = format!("/v1/budget-schedules/{schedule}");
    world.delete(&path).await?.expect(200)?;
    Ok(())
}

/// The older function does what is asked. Answers with the schedule, if it names one.
pub async fn older(world: &World, call: Value) -> Result<String> {
    let body = world.post(SCHEDULER, call.clone()).await?.expect(200)?;
    ensure!(body["success"] == true, "{call}: {body}");
    Ok(body["schedule"]["id"].as_str().unwrap_or_default().to_owned())
}

pub async fn stop(shop: Shop<'_>) -> Result<()> {
    let body = shop.world.post(&format!("{RULES}/stop"), json!({ "shop_id": shop.id })).await?.expect(200)?;
    ensure!(body["enabled"] == false, "{body}");
    Ok(())
}

/// An admin puts the rules of a shop in the place of those that he has seen.
pub async fn put_rules(shop: Shop<'_>, body: Value) -> Result<()> {
    let seen = shop.world.get(&format!("{RULES}?shop_id={shop}")).await?.expect(200)?;
    let (name, tag) = match seen["version"].as_i64() {
        Some(version) if version > 0 => ("if-match", format!("\"{version}\"")),
        _ => ("if-none-match", "*".to_owned()),
    };
    let request = shop.world.request(Method::PUT, RULES).header(name, &tag);
    let request = request.token(&shop.world.stack.secrets.admin_token);
    request.json(&with(body, json!({ "shop_id": shop.id }))).send().await?.expect(200)?;
    Ok(())
}

/// Ticks, and waits until the shop was looked at after that, whole.
pub async fn look(shop: Shop<'_>) -> Result<()> {
    let now: i64 = shop.world.value("SELECT ads_unix_ms(now())", &[]).await?;
    tick(shop.world).await?;
    let looked = "SELECT holder IS NULL AND ads_unix_ms(looked_at) >= $2 FROM apishopee_ads_budget_leases
        WHERE shop_id = $1";
    shop.world.until("the look of a tick", looked, &[&shop.id, &now]).await
}
