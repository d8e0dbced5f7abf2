//! A budget of 0 is Shopee's word for no limit, and is never typed.

use super::{
    ZONE, all_day, budget_of, edits,
    hands::{SCHEDULER, listed},
    people::{campaign_at_50, until_budget},
    tick, until_logged,
};
use anyhow::ensure;
use e2e::run_within_a_day;
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

#[test]
fn a_schedule_that_is_changed_to_0_is_refused_and_stays_as_it_is() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        listed(&world, first.shop).await?;
        let slot = all_day(&world, &first, "80", false).await?;
        let path = format!("/v1/budget-schedules/{slot}");
        let (_, before) = world.get(&path).await?;
        for budget in [json!(0), json!("0"), json!("0.00"), json!(0.0)] {
            let update =
                json!({ "action": "update", "shop_id": first.shop, "schedule_id": slot, "budget": budget });
            let (status, body) = world.post(SCHEDULER, update).await?;
            let error = body["error"].as_str().unwrap_or_default();
            ensure!(
                status == 400 && body["success"] == false && error.contains("budget"),
                "{budget}: {status} {body}"
            );
            for more in [json!({ "budget": budget }), json!({ "budget": budget, "unlimited": false })] {
                let (status, body): (u16, Value) =
                    world.stack.worker.call(Method::PATCH, &path, Some(&more)).await?;
                ensure!(status == 422 && body["field"] == "budget", "{more}: {status} {body}");
            }
            ensure!(world.get(&path).await?.1 == before, "{budget} was stored");
        }
        tick(&world).await?;
        until_budget(&world, &first, 80.0).await?;
        until_logged(&world, first.shop, 1).await?;
        ensure!(edits(&world, first.shop).await?.len() == 1 && budget_of(&world, &first).await? == 80.0);
        Ok(())
    });
}
