//! The scheduler function that older callers know.

use crate::budget_calls::{BudgetShop, with};
use anyhow::{Context, ensure};
use e2e::run;
use serde_json::json;
use xtask::stack::Front;

const PATH: &str = "/functions/v1/shopee-ads-scheduler";

#[test]
fn schedules_are_kept_in_the_older_words() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let create = json!({ "action": "create", "shop_id": shop.id, "campaign_id": shop.campaign, "ad_type": "auto",
            "campaign_name": "Mine", "hour_start": 8, "hour_end": 10, "budget": 45.5, "days_of_week": [], "specific_dates": [] });
        let body = world.post(PATH, create.clone()).await?.expect(200)?;
        ensure!(body["success"] == true, "{body}");
        let first = body["schedule"].clone();
        ensure!(
            first["budget"] == 45.5 && first["days_of_week"].is_null() && first["is_active"] == true,
            "{first}"
        );
        ensure!(first["campaign_name"] == "Mine" && first["created_at"].is_string(), "{first}");
        let again = with(create.clone(), json!({ "hour_end": 11, "budget": 50, "days_of_week": [1] }));
        let body = world.post(PATH, again).await?.expect(200)?;
        let second = &body["schedule"];
        ensure!(
            second["id"] == first["id"] && second["budget"] == 50.0 && second["hour_end"] == 11,
            "{body}"
        );
        ensure!(second["days_of_week"] == json!([1]) && shop.schedule_count().await? == 1, "{body}");

        let id = first["id"].as_str().context("id")?;
        let of = |action: &str| json!({ "action": action, "shop_id": shop.id, "schedule_id": id });
        let body = world
            .post(PATH, with(of("update"), json!({ "budget": 60.25, "is_active": false })))
            .await?
            .expect(200)?;
        ensure!(body["success"] == true && body["schedule"]["budget"] == 60.25, "{body}");
        ensure!(
            body["schedule"]["is_active"] == false && body["schedule"]["days_of_week"] == json!([1]),
            "{body}"
        );
        let body = world.post(PATH, json!({ "action": "list", "shop_id": shop.id })).await?.expect(200)?;
        ensure!(body["success"] == true && body["schedules"][0]["id"] == id, "{body}");
        let other = json!({ "action": "list", "shop_id": shop.id, "campaign_id": shop.campaign + 1 });
        ensure!(world.post(PATH, other).await?.expect(200)?["schedules"] == json!([]));
        ensure!(world.post(PATH, of("delete")).await?.expect(200)? == json!({ "success": true }));
        for action in ["delete", "update", "run-now"] {
            let body = world.post(PATH, of(action)).await?.expect(404)?;
            ensure!(body["success"] == false, "{action}: {body}");
        }
        let body = world.post(PATH, json!({ "action": "process", "shop_id": shop.id })).await?.expect(200)?;
        ensure!(body["success"] == true && body["results"] == json!([]), "{body}");
        ensure!(
            body["processed"] == 0 && body["failure_count"] == 0 && body["duration_ms"].is_number(),
            "{body}"
        );
        Ok(())
    });
}

#[test]
fn the_log_is_told_and_what_is_wrong_is_400() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let insert = "INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, old_budget, new_budget, status, executed_at)
            SELECT $1, $2, 20, 20 + n, 'success', to_timestamp(n) FROM generate_series(1, 3) AS n";
        world.db.execute(insert, &[&shop.id, &shop.campaign]).await?;
        let body = world
            .post(PATH, json!({ "action": "logs", "shop_id": shop.id, "limit": 2 }))
            .await?
            .expect(200)?;
        let logs = body["logs"].as_array().context("logs")?;
        let row = logs.first().context("a row")?;
        ensure!(logs.len() == 2 && row["new_budget"] == 23.0 && row["old_budget"] == 20.0, "{body}");
        ensure!(row["executed_at"] == "1970-01-01T00:00:03.000Z" && row["schedule_id"].is_null(), "{row}");

        let create = json!({ "action": "create", "shop_id": shop.id, "campaign_id": shop.campaign, "hour_start": 8,
            "hour_end": 10, "budget": 45.5 });
        let cases = [
            (json!({ "action": "explode", "shop_id": shop.id }), "action"),
            (json!({}), "action"),
            (json!({ "action": "list" }), "shop_id"),
            (json!({ "action": "delete", "shop_id": shop.id }), "schedule_id"),
            (json!({ "action": "create", "shop_id": shop.id }), "campaign_id"),
            (json!({ "action": "create", "shop_id": shop.id, "campaign_id": shop.campaign }), "hour_start"),
            (with(create.clone(), json!({ "budget": 1 })), "floor"),
            (with(create.clone(), json!({ "budget": 0 })), "budget: 0 is no budget"),
            (with(create.clone(), json!({ "budget": "0" })), "budget: 0 is no budget"),
            (with(create.clone(), json!({ "budget": "0", "unlimited": true })), "budget: 0 is no budget"),
            (with(create.clone(), json!({ "budget": "x" })), "budget"),
            (with(create.clone(), json!({ "hour_end": 7 })), "hour_end"),
            (with(create, json!({ "campaign_id": 5 })), "unknown"),
        ];
        for (body, word) in cases {
            let answer = world.post(PATH, body).await?.expect(400)?;
            let error = answer["error"].as_str().unwrap_or_default();
            ensure!(answer["success"] == false && error.contains(word), "{word}: {answer}");
        }
        ensure!(shop.schedule_count().await? == 0);
        Ok(())
    });
}

#[test]
fn the_cells_of_the_older_page_are_taken() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let cell = |start: (i64, i64), end: (i64, i64)| {
            json!({ "action": "create", "shop_id": shop.id, "campaign_id": shop.campaign, "hour_start": start.0,
                "minute_start": start.1, "hour_end": end.0, "minute_end": end.1, "budget": 20 + start.0 })
        };
        for cell in [
            cell((23, 30), (24, 30)),
            cell((10, 0), (11, 0)),
            cell((10, 30), (11, 30)),
            cell((11, 0), (12, 0)),
            // One that comes before those that are there.
            cell((9, 30), (10, 30)),
        ] {
            let body = world.post(PATH, cell.clone()).await?.expect(200)?;
            ensure!(body["success"] == true, "{cell}: {body}");
        }
        let page = world.get(&format!("/v1/shops/{}/budget-preview?days=1", shop.id)).await?.expect(200)?;
        let hours = page["items"][0]["dates"][0]["hours"].as_array().context("hours")?.clone();
        let seen: Vec<String> = hours
            .iter()
            .map(|hour| format!("{} {} {}", hour["start"], hour["end"], hour["budget"]).replace('"', ""))
            .collect();
        let expected = [
            "09:30 10:00 29.00",
            "10:00 10:30 30.00",
            "10:30 11:00 30.00",
            "11:00 11:30 31.00",
            "11:30 12:00 31.00",
            "23:30 24:00 43.00",
        ];
        ensure!(seen == expected, "{seen:?}");
        let wide = cell((10, 15), (11, 45));
        let body = world.post(PATH, wide).await?.expect(400)?;
        ensure!(body["success"] == false, "it is no cell: {body}");
        Ok(())
    });
}
