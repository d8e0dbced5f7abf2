//! Budgets that somebody asks for.

use super::{
    ZONE, all_day, budget_of, campaigns, edits, ensure_once, fast, log, open_alert,
    people::{campaign_at_50, until_budget},
    tick,
};
use anyhow::{Context, ensure};
use e2e::{run_apart_within_a_day, run_within_a_day};
use serde_json::json;
use xtask::stack::Front;

const SCHEDULER: &str = "/functions/v1/shopee-ads-scheduler";

#[test]
fn a_dry_run_tells_what_would_be_written_and_a_run_writes_it() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(&world, shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        all_day(&world, first, "81.50", false).await?;
        all_day(&world, second, "3", false).await?;
        let path = format!("/v1/shops/{shop}/budgets/run");
        let (status, body) = world.post(&path, json!({ "dry_run": true })).await?;
        let results = body["results"].as_array().context("no results")?.clone();
        ensure!(status == 200 && results.len() == 2, "{status} {body}");
        let of = |id: i64| results.iter().find(|done| done["campaign_id"] == id).cloned().unwrap_or_default();
        let why = of(first.id)["reason"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("dry_run:") && why.contains("81.50"), "{why}");
        let why = of(second.id)["reason"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("floor:"), "{why}");
        ensure!(
            edits(&world, shop).await?.is_empty() && log(&world, shop).await?.is_empty(),
            "it wrote something"
        );

        let (status, body) = world.post(&path, json!({})).await?;
        ensure!(status == 200 && body["results"].as_array().is_some_and(|done| done.len() == 2), "{body}");
        ensure!(budget_of(&world, first).await? == 81.5 && edits(&world, shop).await?.len() == 1);
        // What is done is not done again; what was refused is told again.
        let (_, body) = world.post(&path, json!({})).await?;
        ensure!(body["results"].as_array().is_some_and(|done| done.len() == 1), "{body}");
        ensure_once(&edits(&world, shop).await?)
    });
}

#[test]
fn a_schedule_is_run_at_once_whatever_the_time_is() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(&world, shop).await?;
        let first = all.first().context("no campaign")?;
        // Never open: a date that is long over.
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, specific_dates) \
                      VALUES ($1, $2, 64, '{2020-01-01}') RETURNING id::text";
        let id: String = world.db.query_one(insert, &[&shop, &first.id]).await?.get(0);
        let call = json!({ "action": "run-now", "shop_id": shop, "schedule_id": id });
        let (status, body) = world.post(SCHEDULER, call.clone()).await?;
        ensure!(status == 200 && body["success"] == true && body["budget"] == 64.0, "{status} {body}");
        ensure!(budget_of(&world, first).await? == 64.0);
        let (_, body) = world.post(SCHEDULER, call).await?;
        ensure!(body["success"] == true && edits(&world, shop).await?.len() == 1, "{body}");
        let lines = log(&world, shop).await?;
        ensure!(lines.iter().all(|line| line["action"] == "now") && lines.len() == 2, "{lines:?}");

        // Nothing is due, since the schedule has no slot now.
        let process = json!({ "action": "process", "shop_id": shop });
        let (status, body) = world.post(SCHEDULER, process).await?;
        ensure!(status == 200 && body["success"] == true && body["processed"] == 0, "{body}");
        let (status, body) = world.post(SCHEDULER, json!({ "action": "process" })).await?;
        ensure!(status == 200 && body["success"] == true && body["processed"].as_i64() >= Some(1), "{body}");
        let (_, body) =
            world.post(SCHEDULER, json!({ "action": "logs", "shop_id": shop, "limit": 1 })).await?;
        ensure!(body["logs"].as_array().is_some_and(|logs| logs.len() == 1), "{body}");
        let unknown = json!({ "action": "run-now", "shop_id": shop, "schedule_id": "00000000-0000-4000-8000-000000000000" });
        let (status, body) = world.post(SCHEDULER, unknown).await?;
        ensure!(status == 404 && body["success"] == false, "{status} {body}");
        Ok(())
    });
}

#[test]
fn a_request_that_fails_is_told_at_once_with_its_reason() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        all_day(&world, &first, "70", false).await?;
        let stale =
            "UPDATE apishopee_shops SET refresh_token = 'spent', token_expires_at = now() WHERE shop_id = $1";
        world.db.execute(stale, &[&shop]).await?;
        world
            .fault(
                json!({ "kind": "status", "status": 500, "match": { "endpoint": "auth/access_token/get" } }),
            )
            .await?;
        let (status, body) = world.post(&format!("/v1/shops/{shop}/budgets/run"), json!({})).await?;
        let detail = body["detail"].as_str().unwrap_or_default();
        ensure!(status >= 500 && detail.contains("HTTP status 500"), "{status} {body}");
        let alert = open_alert(&world, "budget_failed", shop).await?.context("nobody is told")?;
        ensure!(alert.contains("HTTP status 500"), "{alert}");
        let fresh =
            "UPDATE apishopee_shops SET refresh_token = NULL, token_expires_at = NULL WHERE shop_id = $1";
        world.db.execute(fresh, &[&shop]).await?;
        tick(&world).await?;
        until_budget(&world, &first, 70.0).await?;
        world
            .eventually("no alert", || async {
                Ok(open_alert(&world, "budget_failed", shop).await?.is_none())
            })
            .await
    });
}

#[test]
fn a_dead_letter_of_budgets_is_replayed() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        all_day(&world, &first, "71", false).await?;
        let insert = "INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) \
                      VALUES ('ads-budget', gen_random_uuid()::text, $1, 'every delivery failed') RETURNING id::text";
        let body = json!({ "v": 1, "shop_id": shop }).to_string();
        let id: String = world.value(insert, &[&body]).await?;
        let (status, answer) = world.post(&format!("/v1/dead-letters/{id}/replay"), json!({})).await?;
        ensure!(status == 202 && answer["replayed"] == true, "{status} {answer}");
        until_budget(&world, &first, 71.0).await
    });
}
