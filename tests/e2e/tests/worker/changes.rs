//! What has changed in campaigns' settings, over HTTP.

use anyhow::{Context, Result, ensure};
use e2e::{World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

async fn list(world: &World, path: &str) -> Result<Vec<Value>> {
    let (status, body) = world.get(path).await?;
    ensure!(status == 200, "{status} {body}");
    body["items"].as_array().cloned().context("the changes are no list")
}

#[test]
fn a_changed_budget_is_told_with_its_run() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        let path = format!("/v1/shops/{shop}/changes");
        ensure!(list(&world, &path).await?.is_empty(), "what is new has not changed");

        let id = world.campaign_ids(shop).await?[1];
        let edit = json!({ "change": [{ "campaign_id": id, "name": "Renamed" }] });
        seed::control(world.stack, Method::POST, &format!("/_mock/shops/{shop}/campaigns"), &edit).await?;
        let second = world.sync(shop).await?;
        let ended =
            "SELECT status = 'completed' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        world.until("the second run", ended, &[&shop]).await?;
        ensure!(second == format!("{shop}-2"), "{second}");
        let changes = list(&world, &path).await?;
        let [change] = changes.as_slice() else { anyhow::bail!("one change was made: {changes:?}") };
        ensure!(change["campaign_id"] == id && change["field"] == "name", "{change}");
        ensure!(change["new_value"] == "Renamed" && change["generation"] == 2, "{change}");
        ensure!(list(&world, &format!("{path}?campaign_id={id}")).await? == changes);
        ensure!(list(&world, &format!("{path}?campaign_id={}", id + 1_000_000)).await?.is_empty());

        for (query, field) in
            [("campaign_id=x", "campaign_id"), ("campaign_id=-1", "campaign_id"), ("limit=0", "limit")]
        {
            let (status, body) = world.get(&format!("{path}?{query}")).await?;
            ensure!(status == 400 && body.to_string().contains(field), "{query}: {status} {body}");
        }
        Ok(())
    });
}
