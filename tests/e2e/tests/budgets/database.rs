//! What the database does to a budget: an older table's foreign key, and a lock that is waited for.

use super::{
    campaign::{campaign_at_50, campaigns, edits},
    log, tick, until_logged, until_reason,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart};
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_log_that_refers_to_schedules_keeps_its_lines_and_nobody_waits_for_a_deleted_one() {
    run_apart(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let second = campaigns(first.shop).await?.into_iter().nth(1).context("one campaign only")?;
        let key = "ALTER TABLE apishopee_ads_budget_logs ADD FOREIGN KEY (schedule_id)
                   REFERENCES apishopee_scheduled_ads_budget (id) ON DELETE SET NULL";
        world.db.batch_execute(key).await?;
        let slot = first.schedule_and_restore("80").await?;
        tick(&world).await?;
        first.until_budget(80.0).await?;
        until_logged(first.shop, 1).await?;
        let delete = "DELETE FROM apishopee_scheduled_ads_budget WHERE id::text = $1";
        ensure!(world.db.execute(delete, &[&slot]).await? == 1, "no schedule {slot}");
        second.schedule_all_day("90").await?;
        tick(&world).await?;
        first.until_budget(50.0).await?;
        second.until_budget(90.0).await?;
        until_logged(first.shop, 3).await?;
        let lines = log(first.shop).await?;
        let restored = lines.iter().find(|line| line["action"] == "restore").context("no line")?;
        ensure!(restored["schedule_id"].is_null() && restored["status"] == "success", "{lines:?}");
        Ok(())
    });
}

/// Waits until a statement that stores an edit waits for a lock.
async fn until_locked(world: &World) -> Result<()> {
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND query LIKE '%ads_budget_arm%')";
    world.until("an edit that waits for a lock", waits, &[]).await
}

#[test]
fn an_edit_that_waits_for_a_lock_while_somebody_stops_everything_is_not_sent() {
    run_apart(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = first.schedule_all_day("80").await?;
        tick(&world).await?;
        first.until_budget(80.0).await?;
        until_logged(first.shop, 1).await?;

        let other = world.stack.database().await?;
        other.batch_execute("BEGIN; SELECT FROM apishopee_ads_budget_state FOR UPDATE").await?;
        let more = "UPDATE apishopee_scheduled_ads_budget SET budget = 100 WHERE id::text = $1";
        world.db.execute(more, &[&slot]).await?;
        tick(&world).await?;
        until_locked(&world).await?;
        world.post("/v1/budget-rules/stop", json!({ "shop_id": first.shop.id })).await?.expect(200)?;
        other.batch_execute("COMMIT").await?;
        until_reason(first.shop, "kill_switch:%").await?;
        let edits = edits(first.shop).await?;
        ensure!(edits.len() == 1 && first.budget_now().await? == 80.0, "{edits:?}");
        Ok(())
    });
}
