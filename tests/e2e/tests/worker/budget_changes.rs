//! A change takes effect at once: no tick of the budget scheduler runs in these tests.

use crate::budget_calls::{BudgetShop, with};
use anyhow::{Context, Result};
use e2e::{World, run};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Waits until a budget of this schedule was looked at: its campaign is not at Shopee, which is a line in the log.
async fn until_looked_at(world: &World, schedule: &str) -> Result<()> {
    let line = "SELECT count(*) > 0 FROM apishopee_ads_budget_logs WHERE schedule_id = $1::text::uuid";
    world.until(&format!("schedule {schedule} was looked at"), line, &[&schedule]).await
}

fn all_day(shop: &BudgetShop, place: i64) -> Value {
    with(shop.body(0), json!({ "campaign_id": shop.campaign + place, "hour_end": 24 }))
}

#[test]
fn what_is_made_changed_and_switched_over_http_is_looked_at_now() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let made = shop.schedule(all_day(&shop, 0)).await?;
        until_looked_at(&world, &made).await?;
        let sleeping = shop.schedule(with(all_day(&shop, 1), json!({ "is_active": false }))).await?;
        let one = format!("/v1/budget-schedules/{sleeping}");
        let awake = json!({ "is_active": true });
        world.patch(&one, &awake).await?.expect(200)?;
        until_looked_at(&world, &sleeping).await?;
        let create = json!({ "action": "create", "shop_id": shop.id, "campaign_id": shop.campaign + 2, "hour_start": 0,
            "hour_end": 24, "budget": 45.5 });
        let body = world.post("/functions/v1/shopee-ads-scheduler", create).await?.expect(200)?;
        until_looked_at(&world, body["schedule"]["id"].as_str().context("id")?).await
    });
}

/// The look at the moment of the change comes too early for it.
#[test]
fn a_slot_that_begins_soon_after_the_change_is_looked_at_when_it_begins() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let soon = "SELECT (extract(hour FROM at) * 60 + extract(minute FROM at))::bigint
            FROM (SELECT (now() AT TIME ZONE ads_region_time_zone(region)) + interval '1 minute' AS at
              FROM apishopee_shops WHERE shop_id = $1) AS soon";
        let start: i64 = world.value(soon, &[&shop.id]).await?;
        let end = (start + 20).min(24 * 60);
        let times = json!({ "hour_start": start / 60, "minute_start": start % 60, "hour_end": end / 60, "minute_end": end % 60 });
        let made = shop.schedule(with(shop.body(0), times)).await?;
        until_looked_at(&world, &made).await
    });
}

#[test]
fn what_is_changed_in_sql_is_looked_at_after_the_next_tick_of_the_queue() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let insert =
            "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget) VALUES ($1, $2, 45)
            RETURNING id::text";
        let made: String = world.value(insert, &[&shop.id, &shop.campaign]).await?;
        world.post("/v1/queue/process", json!({})).await?.expect(202)?;
        until_looked_at(&world, &made).await?;
        let noted = "SELECT count(*) = 0 FROM apishopee_ads_budget_changes WHERE shop_id = $1";
        world.until("the note is gone", noted, &[&shop.id]).await
    });
}
