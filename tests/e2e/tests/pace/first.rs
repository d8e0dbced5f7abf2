//! Budgets where syncs have all calls.

use anyhow::{Context, Result, ensure};
use e2e::{Shop, run_apart_within_a_day};
use xtask::stack::Front;

const SHOPS: usize = 12;
const CAMPAIGNS: u32 = 400;
/// Calls of syncs until turns are long: each shop's listing, and as many again.
const BUSY: usize = 2 * SHOPS;
/// Calls of syncs that may come before an edit at one call a second: for each of its own few calls those that have slots.
const BEFORE: usize = 20;

async fn calls(shops: &[Shop<'_>]) -> Result<usize> {
    let mut count = 0;
    for shop in shops {
        count += shop.calls().await?.len();
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
        world.settings("app_calls_per_second = 1, shop_calls_per_second = 2").await?;
        for shop in &shops {
            shop.sync().await?;
        }
        world.eventually("syncs to be busy", || async { Ok(calls(&shops).await? >= BUSY) }).await?;

        let campaigns = budget_shop.campaigns_at_shopee().await?;
        let ongoing = campaigns.iter().find(|campaign| campaign["status"] == "ongoing");
        let campaign =
            ongoing.and_then(|one| one["campaign_id"].as_i64()).context("no campaign is ongoing")?;
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget) VALUES ($1, $2, 77000)";
        world.db.execute(insert, &[&budget_shop.id, &campaign]).await?;
        let before = calls(&shops).await?;
        world.tick("0,30 * * * *").await?;
        world.eventually("the edit", || async { Ok(!budget_shop.edits().await?.is_empty()) }).await?;
        let between = calls(&shops).await? - before;
        ensure!(between <= BEFORE, "{between} calls of syncs came before the edit");
        let busy: i64 = world
            .value("SELECT count(*) FROM apishopee_ads_sync_queue WHERE status = 'processing'", &[])
            .await?;
        ensure!(busy > 0, "the syncs were over, so that nothing was scarce");
        println!("{between} calls of syncs before the edit");
        Ok(())
    });
}
