//! A budget of 0 is Shopee's word for no limit, and is never typed.

use super::{
    ZONE,
    campaign::{campaign_at_50, edits},
    http::{SCHEDULER, listed},
    tick, until_logged,
};
use anyhow::ensure;
use e2e::run_within_a_day;
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_schedule_that_is_changed_to_0_is_refused_and_stays_as_it_is() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        listed(first.shop).await?;
        let slot = first.schedule_all_day("80").await?;
        let path = format!("/v1/budget-schedules/{slot}");
        let before = world.get(&path).await?.expect(200)?;
        for budget in [json!(0), json!("0"), json!("0.00"), json!(0.0)] {
            let update = json!({ "action": "update", "shop_id": first.shop.id, "schedule_id": slot, "budget": budget });
            let body = world.post(SCHEDULER, update).await?.expect(400)?;
            let error = body["error"].as_str().unwrap_or_default();
            ensure!(body["success"] == false && error.contains("budget"), "{budget}: {body}");
            for more in [json!({ "budget": budget }), json!({ "budget": budget, "unlimited": false })] {
                world.patch(&path, &more).await?.refused_field(422, "budget")?;
            }
            ensure!(world.get(&path).await?.expect(200)? == before, "{budget} was stored");
        }
        tick(&world).await?;
        first.until_budget(80.0).await?;
        until_logged(first.shop, 1).await?;
        ensure!(edits(first.shop).await?.len() == 1 && first.budget_now().await? == 80.0);
        Ok(())
    });
}
