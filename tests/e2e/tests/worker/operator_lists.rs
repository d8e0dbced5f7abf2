//! What operators find and change by HTTP.

use anyhow::{Context, Result, ensure};
use e2e::{World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

#[test]
fn a_shop_that_was_synced_shows_its_campaigns_its_figures_and_its_run() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(12).await?;
        shop.sync().await?;
        shop.until_run("completed").await?;
        let path = format!("/v1/shops/{shop}/campaigns?limit=5");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = world.get(&format!("{path}{cursor}")).await?.expect(200)?;
            let items = page["items"].as_array().context("no list")?;
            seen.extend(items.iter().filter_map(|campaign| campaign["campaign_id"].as_i64()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        ensure!(seen.len() == 12 && all == 12, "{all} shown, {} of them different", seen.len());

        let days = world.get(&format!("/v1/shops/{shop}/figures")).await?.expect(200)?;
        ensure!(days["items"].as_array().is_some_and(|days| !days.is_empty()), "{days}");
        let calls = world.items(&format!("/v1/calls?shop_id={shop}")).await?;
        // What is asked of the shop itself is not a call of the run.
        let of_run = |call: &&Value| call["endpoint"].as_str().is_some_and(|name| name.starts_with("ads/"));
        let made = shop.calls().await?.iter().filter(of_run).count();
        ensure!(calls.len() == 1 && calls[0]["calls"] == made, "{calls:?}, Shopee counts {made}");
        let runs = world.items(&format!("/v1/runs?shop_id={shop}&status=completed&kind=realtime")).await?;
        ensure!(runs.len() == 1 && runs[0]["generation"] == 1, "{runs:?}");
        ensure!(world.items(&format!("/v1/runs?shop_id={shop}&status=failed")).await?.is_empty());
        ensure!(!world.items("/v1/sync-times").await?.is_empty());
        world.items(&format!("/v1/shops/{shop}/unlisted-spend")).await?;
        for gone in ["campaigns", "figures", "unlisted-spend"] {
            world.get(&format!("/v1/shops/999999999/{gone}")).await?.expect(404)?;
        }
        Ok(())
    });
}

#[test]
fn a_row_that_waits_is_cancelled_once() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let job = world.insert_job(shop.id, "realtime", json!({})).await?;
        job.update("scheduled_at = now() + interval '1 day'").await?;
        let listed = world.items(&format!("/v1/queue?shop_id={shop}&status=pending")).await?;
        ensure!(listed.len() == 1 && listed[0]["id"] == job.id, "{listed:?}");
        let path = format!("/v1/queue/{job}/cancel");
        world.post(&path, json!({})).await?.expect(200)?;
        ensure!(job.until("failed").await?.starts_with("cancelled by operator:"));
        world.post(&path, json!({})).await?.refused(409, "job_ended")?;
        world.post("/v1/queue/nothing/cancel", json!({})).await?.refused(404, "not_found")?;
        ensure!(shop.audited("queue.cancel").await? == 1);
        Ok(())
    });
}

#[test]
fn an_alert_is_acknowledged_and_muted_while_it_is_open() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let raise = "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text) VALUES ('run_failed', $1, 'warning', 'x') \
                     RETURNING id::text";
        let id: String = world.value(raise, &[&shop.id]).await?;
        let seen = world.post(&format!("/v1/alerts/{id}/acknowledge"), json!({})).await?.expect(200)?;
        ensure!(seen["acknowledged_by"].as_str().is_some_and(|by| by.starts_with("operator:")), "{seen}");
        let mute = format!("/v1/alerts/{id}/mute");
        let muted = world.post(&mute, json!({ "minutes": 90 })).await?.expect(200)?;
        ensure!(muted["muted_until_ms"].is_i64(), "{muted}");
        for minutes in [json!(-1), json!(43_201), json!("90"), json!(1.5), Value::Null] {
            world.post(&mute, json!({ "minutes": minutes })).await?.refused_field(400, "minutes")?;
        }
        world.post(&mute, json!({})).await?.refused_field(400, "minutes")?;
        let listed =
            world.items(&format!("/v1/alerts?shop_id={shop}&severity=warning&kind=run_failed")).await?;
        ensure!(listed.len() == 1 && listed[0]["id"] == id, "{listed:?}");
        world
            .db
            .execute("UPDATE apishopee_ads_alerts SET resolved_at = now() WHERE id::text = $1", &[&id])
            .await?;
        world.post(&mute, json!({ "minutes": 5 })).await?.refused(409, "alert_closed")?;
        world.post("/v1/alerts/7/mute", json!({ "minutes": 5 })).await?.refused(404, "not_found")?;
        Ok(())
    });
}

async fn change_settings(world: &World, body: Value) -> Result<e2e::Response> {
    let request = world.request(Method::PATCH, "/v1/settings").token(&world.stack.secrets.admin_token);
    request.json(&body).send().await
}

#[test]
fn an_admin_changes_settings_within_their_ranges() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let change = |values: Value| json!({ "shop_id": shop.id, "values": values, "reason": "it is small" });
        let now = change_settings(&world, change(json!({ "chunk_size": 33 }))).await?.expect(200)?;
        let size =
            now["items"].as_array().and_then(|all| all.iter().find(|item| item["name"] == "chunk_size"));
        ensure!(size.is_some_and(|size| size["value"] == 33 && size["from"] == "shop"), "{now}");
        for (values, status, field) in [
            (json!({ "chunk_size": 20, "no_such": 1 }), 400, "values.no_such"),
            (json!({ "chunk_size": 0 }), 422, "values.chunk_size"),
            (json!({ "chunk_size": "20" }), 400, "values"),
            (json!({ "keep_runs_days": 5 }), 400, "values.keep_runs_days"),
            (json!({}), 400, "values"),
        ] {
            let answer = change_settings(&world, change(values.clone())).await?;
            let told = answer.body["field"].as_str().unwrap_or_default().to_owned();
            ensure!(
                answer.status == status && told.starts_with(field.split('.').next().unwrap_or(field)),
                "{values}: {answer}"
            );
        }
        change_settings(&world, json!({ "values": { "chunk_size": 20 }, "reason": " " }))
            .await?
            .refused_field(400, "reason")?;
        change_settings(
            &world,
            json!({ "shop_id": 999_999_999, "values": { "chunk_size": 20 }, "reason": "x" }),
        )
        .await?
        .refused(404, "not_found")?;
        let size: i32 = world
            .value("SELECT chunk_size FROM apishopee_ads_sync_settings WHERE shop_id = $1", &[&shop.id])
            .await?;
        ensure!(size == 33, "{size}: nothing that was refused is half done");
        change_settings(&world, change(json!({ "chunk_size": null }))).await?.expect(200)?;
        ensure!(shop.audited("settings.change").await? == 2);
        Ok(())
    });
}

#[test]
fn what_a_list_is_filtered_by_is_checked() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        for (path, field) in [
            ("/v1/runs?status=done".to_owned(), "status"),
            ("/v1/runs?kind=all".to_owned(), "kind"),
            ("/v1/runs?from=-1".to_owned(), "from"),
            ("/v1/runs?to=99999999999999999999".to_owned(), "to"),
            ("/v1/runs?shop_id=9007199254740993".to_owned(), "shop_id"),
            ("/v1/runs?colour=red".to_owned(), "colour"),
            ("/v1/runs?limit=0".to_owned(), "limit"),
            ("/v1/queue?limit=10000".to_owned(), "limit"),
            ("/v1/queue?cursor=x".to_owned(), "cursor"),
            ("/v1/alerts?severity=bad".to_owned(), "severity"),
            ("/v1/alerts?kind=".to_owned(), "kind"),
            (format!("/v1/shops/{shop}/campaigns?sort=name"), "sort"),
            (format!("/v1/shops/{shop}/campaigns?order=up"), "order"),
            (format!("/v1/shops/{shop}/campaigns?cursor=7"), "cursor"),
            (format!("/v1/shops/{shop}/campaigns?search=%00"), "search"),
            (format!("/v1/shops/{shop}/campaigns?from=2026-02-30&to=2026-03-01"), "from"),
            (format!("/v1/shops/{shop}/campaigns?from=2026-03-01"), "to"),
            (format!("/v1/shops/{shop}/figures?from=2026-03-02&to=2026-03-01"), "from"),
            (format!("/v1/shops/{shop}/figures?by=hour&from=2026-01-01&to=2026-03-01"), "from"),
            (format!("/v1/shops/{shop}/figures?by=week"), "by"),
            (format!("/v1/shops/{shop}/figures?campaign_id=0"), "campaign_id"),
            ("/v1/calls?from=2020-01-01&to=2026-01-01".to_owned(), "from"),
        ] {
            world.get(&path).await?.refused_field(400, field).with_context(|| path.clone())?;
        }
        Ok(())
    });
}
