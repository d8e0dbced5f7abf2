//! Budget schedules and guard rails over HTTP.

use crate::budget_calls::{BudgetShop, call, with};
use anyhow::{Context, ensure};
use e2e::run;
use reqwest::Method;
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_schedule_is_made_seen_changed_and_deleted() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let body = with(shop.body(8), json!({ "budget": 45.5, "days_of_week": [0, 6], "restore": true }));
        let made = shop.post("budget-schedules", body).await?.expect(201)?;
        ensure!(made["budget"] == "45.50" && made["restore"] == true, "{made}");
        ensure!(made["campaign_name"] == "Campaign 0" && made["is_active"] == true, "{made}");
        ensure!(made["created_by"].as_str().is_some_and(|by| by.starts_with("operator:")), "{made}");
        let one = format!("/v1/budget-schedules/{}", made["id"].as_str().context("id")?);
        ensure!(world.get(&one).await?.expect(200)? == made);

        shop.schedule(with(shop.body(9), json!({ "campaign_id": shop.campaign + 1 }))).await?;
        let page = world.get(&format!("{}?limit=1", shop.path())).await?.expect(200)?;
        ensure!(page["items"] == json!([made]), "{page}");
        let cursor = page["next_cursor"].as_str().context("cursor")?;
        let page = world.get(&format!("{}?limit=1&cursor={cursor}", shop.path())).await?.expect(200)?;
        ensure!(page["items"][0]["campaign_id"] == shop.campaign + 1, "{page}");
        let page = world
            .get(&format!("{}?campaign_id={}&active=true", shop.path(), shop.campaign))
            .await?
            .expect(200)?;
        ensure!(page["items"].as_array().map(Vec::len) == Some(1), "{page}");

        let patch = json!({ "budget": "60", "days_of_week": null, "minute_end": 30 });
        let changed = world.patch(&one, &patch).await?.expect(200)?;
        ensure!(changed["budget"] == "60.00" && changed["minute_end"] == 30, "{changed}");
        ensure!(changed["days_of_week"].is_null() && changed["restore"] == true, "{changed}");
        let gone = world.delete(&one).await?.expect(200)?;
        ensure!(gone["deleted"] == true, "{gone}");
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            world.request(method, &one).json(&json!({})).send().await?.expect(404)?;
        }
        let actions = "SELECT string_agg(action, ' ' ORDER BY at) FROM apishopee_ads_audit_log
            WHERE shop_id = $1 AND subject = $2";
        let id = made["id"].as_str().context("id")?;
        let told: String = world.value(actions, &[&shop.id, &id]).await?;
        ensure!(told == "budget_schedule.create budget_schedule.update budget_schedule.delete", "{told}");
        Ok(())
    });
}

#[test]
fn what_breaks_a_rule_is_refused_with_field_and_rule_and_nothing_is_stored() {
    run(Front::Worker, |world| async move {
        let (shop, other) = (BudgetShop::new(&world).await?, BudgetShop::new(&world).await?);
        shop.schedule(shop.body(8)).await?;
        let yesterday = shop.yesterday().await?;
        let cases = [
            (json!({ "budget": "19.99" }), "budget", "floor"),
            (json!({ "budget": 500.01 }), "budget", "ceiling"),
            (json!({ "budget": "0" }), "budget", "unlimited"),
            (json!({ "budget": 0 }), "budget", "unlimited"),
            (json!({ "budget": "0.00" }), "budget", "unlimited"),
            (json!({ "unlimited": true }), "unlimited", "allowed_values"),
            (json!({ "budget": "much" }), "budget", "not_a_number"),
            (json!({ "budget": true }), "budget", "not_a_number"),
            (json!({ "budget": "45.555" }), "budget", "too_many_decimals"),
            (json!({ "budget": 45.555 }), "budget", "too_many_decimals"),
            (json!({ "hour_start": 25 }), "hour_start", "allowed_values"),
            (json!({ "hour_start": "eight" }), "hour_start", "allowed_values"),
            (json!({ "hour_end": 25 }), "hour_end", "allowed_values"),
            (json!({ "hour_end": 24, "minute_end": 30 }), "minute_end", "allowed_values"),
            (json!({ "campaign_id": other.campaign }), "campaign_id", "campaign_of_another_shop"),
            (json!({ "campaign_id": 1 }), "campaign_id", "unknown_campaign"),
            (json!({ "campaign_id": shop.ended }), "campaign_id", "campaign_status"),
            (json!({ "specific_dates": [yesterday] }), "specific_dates", "past_date"),
            (json!({ "specific_dates": ["2026-2-1"] }), "specific_dates", "allowed_values"),
            (json!({ "hour_start": 8, "minute_start": 30 }), "hour_start", "overlap"),
            (json!({ "bugdet": 1 }), "bugdet", "allowed_values"),
        ];
        let allowed = with(shop.body(12), json!({}));
        for (fields, field, rule) in cases {
            let response = shop.post("budget-schedules", with(allowed.clone(), fields)).await?;
            let is_refused = [400, 422].contains(&response.status);
            let (named, broken) = (&response.body["field"], &response.body["rule"]);
            ensure!(is_refused && named == field && broken == rule, "{response}");
        }
        let literal = allowed.to_string().replace("\"45.50\"", "1e2");
        let operator = &world.stack.secrets.operator_token;
        let problem = call(&world, operator, Method::POST, &shop.path(), &[], literal).await?.expect(400)?;
        ensure!(problem["rule"] == "not_a_number", "{problem}");
        ensure!(shop.schedule_count().await? == 1, "something was stored");
        ensure!(shop.audited("budget_schedule%").await? == 1);
        world.post("/v1/shops/4294000001/budget-schedules", shop.body(8)).await?.expect(404)?;
        Ok(())
    });
}

#[test]
fn a_change_is_admitted_anew_and_a_broken_row_can_be_switched_off() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        shop.schedule(shop.body(8)).await?;
        let sleeping = with(shop.body(8), json!({ "minute_start": 30, "is_active": false }));
        let one = format!("/v1/budget-schedules/{}", shop.schedule(sleeping).await?);
        for (patch, field, rule) in [
            (json!({ "is_active": true }), "hour_start", "overlap"),
            (json!({ "budget": 1 }), "budget", "floor"),
            (json!({ "minute_start": 0 }), "hour_start", "same_start"),
            (json!({ "campaign_id": 5 }), "campaign_id", "allowed_values"),
            (json!({ "campaign_name": "x" }), "campaign_name", "allowed_values"),
        ] {
            let response = world.patch(&one, &patch).await?;
            ensure!(response.body["field"] == field && response.body["rule"] == rule, "{response}");
        }
        let same = world.get(&one).await?.expect(200)?;
        ensure!(same["is_active"] == false && same["budget"] == "45.50", "{same}");

        let broken =
            "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, hour_end, budget)
            VALUES ($1, $2, 22, 3, 45) RETURNING id::text";
        let id: String = world.value(broken, &[&shop.id, &shop.campaign]).await?;
        let one = format!("/v1/budget-schedules/{id}");
        let shown = world.get(&one).await?.expect(200)?;
        ensure!(shown["problem"]["field"] == "hour_end" && shown["is_active"] == true, "{shown}");
        let off = json!({ "is_active": false });
        let changed = world.patch(&one, &off).await?.expect(200)?;
        ensure!(changed["is_active"] == false, "{changed}");
        Ok(())
    });
}

#[test]
fn a_shop_whose_region_is_not_known_gets_no_schedule() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let id = shop.schedule(shop.body(8)).await?;
        let region: String =
            world.value("SELECT region FROM apishopee_shops WHERE shop_id = $1", &[&shop.id]).await?;
        let known = "UPDATE apishopee_shops SET region = $2 WHERE shop_id = $1";
        let one = format!("/v1/budget-schedules/{id}");
        for region in [None, Some(""), Some("US")] {
            world.db.execute(known, &[&shop.id, &region]).await?;
            shop.post("budget-schedules", shop.body(12)).await?.refused(409, "region_unknown")?;
            let patch = json!({ "budget": "60" });
            world.patch(&one, &patch).await?.refused(409, "region_unknown")?;
            world
                .get(&format!("/v1/shops/{}/budget-preview", shop.id))
                .await?
                .refused(409, "region_unknown")?;
            let shown = world.get(&format!("/v1/budget-rules?shop_id={}", shop.id)).await?.expect(200)?;
            let told = shown["problem"].as_str().unwrap_or_default();
            ensure!(shown["in_force"].is_null() && told.starts_with("region: "), "{shown}");
        }
        ensure!(shop.schedule_count().await? == 1);
        // Switching off and deleting need no clock.
        let off = json!({ "is_active": false });
        world.patch(&one, &off).await?.expect(200)?;
        world.delete(&one).await?.expect(200)?;
        world.db.execute(known, &[&shop.id, &Some(region.as_str())]).await?;
        shop.schedule(shop.body(12)).await?;
        Ok(())
    });
}

#[test]
fn of_many_that_overlap_at_the_same_time_one_is_made() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let path = shop.path();
        let body = |minute: i64| with(shop.body(8), json!({ "minute_start": minute }));
        let posts = tokio::join!(
            world.post(&path, body(0)),
            world.post(&path, body(10)),
            world.post(&path, body(20)),
            world.post(&path, body(30)),
            world.post(&path, body(40)),
        );
        let mut made = 0;
        for post in [posts.0, posts.1, posts.2, posts.3, posts.4] {
            let response = post?;
            ensure!(response.status == 201 || response.body["rule"] == "overlap", "{response}");
            made += i32::from(response.status == 201);
        }
        ensure!(made == 1 && shop.schedule_count().await? == 1, "{made} were made");

        // The same request sent again makes nothing new.
        let operator = &world.stack.secrets.operator_token;
        let key = [("idempotency-key", "one")];
        let mut ids = Vec::new();
        for status in [201, 200] {
            let text = shop.body(12).to_string();
            let made = call(&world, operator, Method::POST, &path, &key, text).await?.expect(status)?;
            ids.push(made["id"].clone());
        }
        ensure!(ids[0] == ids[1] && shop.schedule_count().await? == 2, "{ids:?}");
        Ok(())
    });
}

#[test]
fn the_preview_shows_the_hours_that_have_a_budget() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let id = shop.schedule(with(shop.body(8), json!({ "minute_end": 30 }))).await?;
        shop.schedule(with(shop.body(1), json!({ "campaign_id": shop.campaign + 1 }))).await?;
        let path = format!("/v1/shops/{}/budget-preview", shop.id);
        let page = world.get(&format!("{path}?days=2&limit=1")).await?.expect(200)?;
        ensure!(page["items"].as_array().map(Vec::len) == Some(1), "{page}");
        let table = &page["items"][0];
        ensure!(table["campaign_id"] == shop.campaign && table["campaign_name"] == "Campaign 0", "{table}");
        ensure!(table["dates"].as_array().map(Vec::len) == Some(2), "{table}");
        let expected = json!([
            { "hour": 8, "start": "08:00", "end": "09:00", "schedule_id": id, "budget": "45.50", "unlimited": false },
            { "hour": 9, "start": "09:00", "end": "09:30", "schedule_id": id, "budget": "45.50", "unlimited": false },
        ]);
        ensure!(table["dates"][0]["hours"] == expected, "{table}");
        let cursor = page["next_cursor"].as_str().context("cursor")?;
        let page = world.get(&format!("{path}?cursor={cursor}")).await?.expect(200)?;
        ensure!(page["items"][0]["campaign_id"] == shop.campaign + 1 && page["days"] == 7, "{page}");
        for (query, field) in
            [("days=8", "days"), ("days=0", "days"), ("limit=51", "limit"), ("campaign_id=x", "campaign_id")]
        {
            world.get(&format!("{path}?{query}")).await?.refused_field(400, field)?;
        }
        Ok(())
    });
}

#[test]
fn a_run_is_audited_and_the_log_is_filtered() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let path = format!("/v1/shops/{}/budgets/run", shop.id);
        for dry_run in [true, false] {
            let ran = world.post(&path, json!({ "dry_run": dry_run })).await?.expect(200)?;
            ensure!(ran["results"] == json!([]) && ran["dry_run"] == dry_run, "{ran}");
        }
        for (body, field) in [
            (json!({ "minutes": 60 }), "minutes"),
            (json!({ "schedule_id": "x", "minutes": 0 }), "minutes"),
            (json!({ "schedule_id": "x", "minutes": 1441 }), "minutes"),
        ] {
            world.post(&path, body.clone()).await?.refused_field(400, field)?;
        }
        let unknown = json!({ "schedule_id": "00000000-0000-4000-8000-000000000000" });
        world.post(&path, unknown).await?.expect(404)?;
        ensure!(shop.audited("budget.run").await? == 1, "only what was really asked for");

        let insert =
            "INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, new_budget, status, executed_at)
            SELECT $1, $2, 20 + n, CASE n WHEN 1 THEN 'failed' ELSE 'success' END, to_timestamp(1000 * n)
            FROM generate_series(1, 3) AS n";
        world.db.execute(insert, &[&shop.id, &shop.campaign]).await?;
        let logs = format!("/v1/shops/{}/budget-logs", shop.id);
        for (query, budgets) in [
            ("limit=2", json!(["23.00", "22.00"])),
            ("limit=2&cursor=2000000", json!(["21.00"])),
            ("status=failed", json!(["21.00"])),
            ("from=2000000&to=3000000", json!(["22.00"])),
            ("campaign_id=5", json!([])),
            ("schedule_id=0190a3c4-9d3f-7cde-8b11-0123456789ab", json!([])),
        ] {
            let rows = world.items(&format!("{logs}?{query}")).await?;
            let found: Vec<_> = rows.iter().map(|row| row["new_budget"].clone()).collect();
            ensure!(json!(found) == budgets, "{query}: {found:?}");
        }
        world.get(&format!("{logs}?status=done")).await?.refused_field(400, "status")?;
        world.get(&format!("{logs}?schedule_id=x")).await?.refused_field(400, "schedule_id")?;
        Ok(())
    });
}
