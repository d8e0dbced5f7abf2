//! What has changed in campaigns' settings, over HTTP.

use anyhow::ensure;
use e2e::run;
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_changed_budget_is_told_with_its_run() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        shop.sync_to_end().await?;
        let path = format!("/v1/shops/{shop}/changes");
        ensure!(world.items(&path).await?.is_empty(), "what is new has not changed");

        let id = shop.campaign_ids().await?[1];
        let edit = json!({ "change": [{ "campaign_id": id, "name": "Renamed" }] });
        shop.change_campaigns(edit).await?;
        let second = shop.sync_to_end().await?;
        ensure!(second.generation == 2, "{second}");
        let changes = world.items(&path).await?;
        let [change] = changes.as_slice() else { anyhow::bail!("one change was made: {changes:?}") };
        ensure!(change["campaign_id"] == id && change["field"] == "name", "{change}");
        ensure!(change["new_value"] == "Renamed" && change["generation"] == 2, "{change}");
        ensure!(world.items(&format!("{path}?campaign_id={id}")).await? == changes);
        ensure!(world.items(&format!("{path}?campaign_id={}", id + 1_000_000)).await?.is_empty());

        for (query, field) in
            [("campaign_id=x", "campaign_id"), ("campaign_id=-1", "campaign_id"), ("limit=0", "limit")]
        {
            let body = world.get(&format!("{path}?{query}")).await?.expect(400)?;
            ensure!(body.to_string().contains(field), "{query}: {body}");
        }
        Ok(())
    });
}
