//! Shops that are switched off, changed and deleted over HTTP.

use anyhow::{Result, ensure};
use e2e::{Response, World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

async fn ask(world: &World, method: Method, path: &str, body: Value) -> Result<Response> {
    world.request(method, path).token(&world.stack.secrets.admin_token).json(&body).send().await
}

#[test]
fn a_shop_that_is_off_is_asked_nothing_until_it_is_on_again() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(260).await?;
        let path = format!("/v1/shops/{shop}");
        let run = shop.sync().await?;
        let off = ask(&world, Method::PATCH, &path, json!({ "enabled": false })).await?.expect(200)?;
        ensure!(off["disabled_at_ms"].is_i64(), "{off}");
        ensure!(run.until_ended().await? != "running");
        run.until_settled().await?;
        let calls = shop.calls().await?.len();
        let refused = world.post(&format!("{path}/sync"), json!({})).await?.refused(409, "shop_disabled")?;
        ensure!(refused["detail"].as_str().is_some_and(|detail| detail.contains("enabled")), "{refused}");
        world.post(&format!("{path}/budgets/run"), json!({})).await?.refused(409, "shop_disabled")?;
        // Whoever writes SQL learns it from the row.
        let job = shop.insert_job("realtime", json!({})).await?;
        world.tick("*/5 * * * *").await?;
        ensure!(job.until("failed").await?.contains("the shop is off"));
        ensure!(shop.calls().await?.len() == calls, "Shopee was called");
        let on = ask(&world, Method::PATCH, &path, json!({ "enabled": true })).await?.expect(200)?;
        ensure!(on["disabled_at_ms"].is_null(), "{on}");
        shop.sync_to_end().await?.until("completed").await?;
        shop.check_rows().await?;
        Ok(())
    });
}

#[test]
fn a_shop_is_renamed_moved_and_deleted_after_a_second_look() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(12).await?;
        shop.sync_to_end().await?.until("completed").await?;
        let path = format!("/v1/shops/{shop}");
        let renamed = ask(&world, Method::PATCH, &path, json!({ "shop_name": " Nhà Ba ", "region": "th" }))
            .await?
            .expect(200)?;
        ensure!(renamed["shop_name"] == "Nhà Ba" && renamed["region"] == "TH", "{renamed}");
        for (body, field) in
            [(json!({ "shop_name": "" }), "shop_name"), (json!({ "region": "Mars" }), "region")]
        {
            ask(&world, Method::PATCH, &path, body).await?.refused_field(400, field)?;
        }
        ask(&world, Method::PATCH, &path, json!({})).await?.refused(400, "invalid_body")?;
        ask(&world, Method::DELETE, &path, json!({})).await?.refused_field(400, "confirm")?;
        ask(&world, Method::DELETE, &path, json!({ "confirm": 5 })).await?.refused_field(422, "confirm")?;
        ensure!(shop.count("apishopee_shops").await? == 1);
        let gone = ask(&world, Method::DELETE, &path, json!({ "confirm": shop.id, "data": true }))
            .await?
            .expect(200)?;
        ensure!(gone["is_gone"] == true && gone["rows"]["apishopee_ads_campaign_data"] == 12, "{gone}");
        for table in [
            "apishopee_shops",
            "apishopee_ads_campaign_data",
            "apishopee_ads_sync_runs",
            "apishopee_ads_sync_queue",
        ] {
            ensure!(shop.count(table).await? == 0, "{table} has rows");
        }
        ask(&world, Method::DELETE, &path, json!({ "confirm": shop.id })).await?.refused(404, "not_found")?;
        ask(&world, Method::PATCH, &path, json!({ "enabled": true })).await?.refused(404, "not_found")?;
        ensure!(shop.audited("shop.delete").await? == 1);
        Ok(())
    });
}
