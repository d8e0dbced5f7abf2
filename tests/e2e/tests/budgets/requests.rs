//! Budgets that somebody asks for.

use super::{
    ZONE,
    campaign::{campaign_at_50, campaigns, edits, ensure_once},
    fast,
    http::SCHEDULER,
    log, tick,
};
use anyhow::{Context, ensure};
use e2e::{run_apart_within_a_day, run_within_a_day};
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_dry_run_tells_what_would_be_written_and_a_run_writes_it() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        first.schedule_all_day("81.50").await?;
        second.schedule_all_day("3").await?;
        let path = format!("/v1/shops/{shop}/budgets/run");
        let body = world.post(&path, json!({ "dry_run": true })).await?.expect(200)?;
        let results = body["results"].as_array().context("no results")?.clone();
        ensure!(results.len() == 2, "{body}");
        let of = |id: i64| results.iter().find(|done| done["campaign_id"] == id).cloned().unwrap_or_default();
        let why = of(first.id)["reason"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("dry_run:") && why.contains("81.50"), "{why}");
        let why = of(second.id)["reason"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("floor:"), "{why}");
        ensure!(edits(shop).await?.is_empty() && log(shop).await?.is_empty(), "it wrote something");

        let body = world.post(&path, json!({})).await?.expect(200)?;
        ensure!(body["results"].as_array().is_some_and(|done| done.len() == 2), "{body}");
        ensure!(first.budget_now().await? == 81.5 && edits(shop).await?.len() == 1);
        // What is done is not done again; what was refused is told again.
        let body = world.post(&path, json!({})).await?.expect(200)?;
        ensure!(body["results"].as_array().is_some_and(|done| done.len() == 1), "{body}");
        ensure_once(&edits(shop).await?)
    });
}

#[test]
fn a_schedule_is_run_at_once_whatever_the_time_is() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let first = all.first().context("no campaign")?;
        // Never open: a date that is long over.
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, specific_dates) \
                      VALUES ($1, $2, 64, '{2020-01-01}') RETURNING id::text";
        let id: String = world.db.query_one(insert, &[&shop.id, &first.id]).await?.get(0);
        let call = json!({ "action": "run-now", "shop_id": shop.id, "schedule_id": id });
        let body = world.post(SCHEDULER, call.clone()).await?.expect(200)?;
        ensure!(body["success"] == true && body["budget"] == 64.0, "{body}");
        ensure!(first.budget_now().await? == 64.0);
        let body = world.post(SCHEDULER, call).await?.expect(200)?;
        ensure!(body["success"] == true && edits(shop).await?.len() == 1, "{body}");
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["action"] == "now") && lines.len() == 2, "{lines:?}");

        // Nothing is due, since the schedule has no slot now.
        let process = json!({ "action": "process", "shop_id": shop.id });
        let body = world.post(SCHEDULER, process).await?.expect(200)?;
        ensure!(body["success"] == true && body["processed"] == 0, "{body}");
        let body = world.post(SCHEDULER, json!({ "action": "process" })).await?.expect(200)?;
        ensure!(body["success"] == true && body["processed"].as_i64() >= Some(1), "{body}");
        let body = world
            .post(SCHEDULER, json!({ "action": "logs", "shop_id": shop.id, "limit": 1 }))
            .await?
            .expect(200)?;
        ensure!(body["logs"].as_array().is_some_and(|logs| logs.len() == 1), "{body}");
        let unknown = json!({ "action": "run-now", "shop_id": shop.id, "schedule_id": "00000000-0000-4000-8000-000000000000" });
        let body = world.post(SCHEDULER, unknown).await?.expect(404)?;
        ensure!(body["success"] == false, "{body}");
        Ok(())
    });
}

#[test]
fn a_request_that_fails_is_told_at_once_with_its_reason() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        first.schedule_all_day("70").await?;
        shop.update("apishopee_shops", "refresh_token = 'spent', token_expires_at = now()").await?;
        world
            .fault(
                json!({ "kind": "status", "status": 500, "match": { "endpoint": "auth/access_token/get" } }),
            )
            .await?;
        let response = shop.post("budgets/run", json!({})).await?;
        let detail = response.body["detail"].as_str().unwrap_or_default();
        ensure!(response.status >= 500 && detail.contains("HTTP status 500"), "{response}");
        let alert = shop.alert("budget_failed").await?.context("nobody is told")?;
        ensure!(alert.contains("HTTP status 500"), "{alert}");
        shop.update("apishopee_shops", "refresh_token = NULL, token_expires_at = NULL").await?;
        tick(&world).await?;
        first.until_budget(70.0).await?;
        shop.until_no_alert("budget_failed").await
    });
}

#[test]
fn a_dead_letter_of_budgets_is_replayed() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        first.schedule_all_day("71").await?;
        let insert = "INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) \
                      VALUES ('ads-budget', gen_random_uuid()::text, $1, 'every delivery failed') RETURNING id::text";
        let body = json!({ "v": 1, "shop_id": shop.id }).to_string();
        let id: String = world.value(insert, &[&body]).await?;
        let answer = world.post(&format!("/v1/dead-letters/{id}/replay"), json!({})).await?.expect(202)?;
        ensure!(answer["replayed"] == true, "{answer}");
        first.until_budget(71.0).await
    });
}
