//! Budgets where syncs have all calls.

use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart_within_a_day};
use reqwest::Method;
use serde_json::Value;
use xtask::{demo::seed, stack::Front};

const SHOPS: usize = 12;
const CAMPAIGNS: u32 = 400;
/// Calls of syncs until turns are long: each shop's listing, and as many again.
const BUSY: usize = 2 * SHOPS;
/// Calls of syncs that may come before an edit at one call a second: for each of its own few calls those that have slots.
const BEFORE: usize = 20;

async fn calls(world: &World, shops: &[i64]) -> Result<usize> {
    let mut count = 0;
    for shop in shops {
        count += world.calls(*shop).await?.len();
    }
    Ok(count)
}

#[test]
fn a_budget_does_not_stand_in_line_behind_syncs() {
    run_apart_within_a_day(Front::Worker, "America/Sao_Paulo", |world| async move {
        let mut shops = Vec::new();
        for _ in 0..SHOPS {
            shops.push(world.shop(CAMPAIGNS).await?);
        }
        let budget_shop = world.shop(20).await?;
        world.settings(0, "app_calls_per_second = 1, shop_calls_per_second = 2").await?;
        for shop in &shops {
            world.sync(*shop).await?;
        }
        world.eventually("syncs to be busy", || async { Ok(calls(&world, &shops).await? >= BUSY) }).await?;

        let truth = format!("/_mock/shops/{budget_shop}/truth?kind=campaigns");
        let campaigns = seed::control(world.stack, Method::GET, &truth, &Value::Null).await?;
        let ongoing = campaigns.as_array().and_then(|all| all.iter().find(|one| one["status"] == "ongoing"));
        let campaign =
            ongoing.and_then(|one| one["campaign_id"].as_i64()).context("no campaign is ongoing")?;
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget) VALUES ($1, $2, 77000)";
        world.db.execute(insert, &[&budget_shop, &campaign]).await?;
        let before = calls(&world, &shops).await?;
        world.stack.worker.tick("0,30 * * * *").await?;
        let edits = format!("/_mock/shops/{budget_shop}/edits");
        world
            .eventually("the edit", || async {
                let edits = seed::control(world.stack, Method::GET, &edits, &Value::Null).await?;
                Ok(edits.as_array().is_some_and(|edits| !edits.is_empty()))
            })
            .await?;
        let between = calls(&world, &shops).await? - before;
        ensure!(between <= BEFORE, "{between} calls of syncs came before the edit");
        let busy: i64 = world
            .value("SELECT count(*) FROM apishopee_ads_sync_queue WHERE status = 'processing'", &[])
            .await?;
        ensure!(busy > 0, "the syncs were over, so that nothing was scarce");
        println!("{between} calls of syncs before the edit");
        Ok(())
    });
}
