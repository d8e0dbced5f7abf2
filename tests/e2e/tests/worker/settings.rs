//! GET /v1/settings: what holds for the deployment and for a shop, and where it comes from.

use anyhow::{Context, Result, ensure};
use e2e::{World, run};
use serde_json::Value;
use xtask::stack::Front;

async fn setting(world: &World, path: &str, name: &str) -> Result<Value> {
    let items = world.items(path).await?;
    items.iter().find(|item| item["name"] == name).cloned().context("no such setting")
}

#[test]
fn settings_are_shown_with_bounds_and_where_they_come_from() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        shop.settings("chunk_size = 40").await?;
        let own = format!("/v1/settings?shop_id={shop}");
        let size = setting(&world, &own, "chunk_size").await?;
        ensure!((&size["value"], &size["from"]) == (&40.into(), &"shop".into()), "{size}");
        ensure!(
            (&size["min"], &size["max"], &size["default"]) == (&1.into(), &150.into(), &100.into()),
            "{size}"
        );
        let all = setting(&world, "/v1/settings", "chunk_size").await?;
        ensure!(all["from"] != "shop" && all["value"] != 40, "{all}");
        let age = setting(&world, &own, "freshness_minutes").await?;
        ensure!(
            age["default"].is_null() && age["default_text"].as_str().is_some_and(|text| !text.is_empty()),
            "{age}"
        );
        ensure!(setting(&world, &own, "keep_runs_days").await?["scope"] == "deployment");
        world.get("/v1/settings?shop_id=999999999").await?.expect(404)?;
        world.get("/v1/settings?shop_id=x").await?.expect(400)?;
        Ok(())
    });
}
