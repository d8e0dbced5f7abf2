//! Guard rails over HTTP: two admins see each other's changes, a switch stays pressed, no limit is said by name.

use crate::budget_calls::{BudgetShop, call, with};
use anyhow::{Context, Result, ensure};
use e2e::{Response, World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

const RULES: &str = "/v1/budget-rules";

async fn put(world: &World, headers: &[(&str, &str)], body: Value) -> Result<Response> {
    call(world, &world.stack.secrets.admin_token, Method::PUT, RULES, headers, body.to_string()).await
}

/// Puts rules as they were seen last.
async fn put_seen(world: &World, shop_id: i64, body: Value) -> Result<Response> {
    let seen = world.get(&format!("{RULES}?shop_id={shop_id}")).await?.expect(200)?;
    let tag = format!("\"{}\"", seen["version"].as_i64().context("a version")?);
    put(world, &[("if-match", &tag)], with(json!({ "shop_id": shop_id }), body)).await
}

async fn etag(world: &World, path: &str) -> Result<String> {
    let response = world.get(path).await?;
    ensure!(!response.header("etag").is_empty(), "no ETag: {response}");
    Ok(response.header("etag").to_owned())
}

#[test]
fn rules_are_put_only_as_they_were_seen() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let of_shop = format!("{RULES}?shop_id={}", shop.id);
        let ceiling = |amount: &str| json!({ "shop_id": shop.id, "ceiling": amount });
        put(&world, &[], ceiling("60")).await?.refused(428, "condition_required")?;
        let seen = etag(&world, &of_shop).await?;
        let stored = put(&world, &[("if-match", &seen)], ceiling("60")).await?.expect(200)?;
        ensure!(stored["ceiling"] == "60.00" && stored["floor"].is_null(), "{stored}");
        // Another admin, who has seen the same, is told; so is one who believes that there is nothing.
        for (name, value) in [("if-match", seen.as_str()), ("if-none-match", "*"), ("if-match", "\"x\"")] {
            put(&world, &[(name, value)], ceiling("70")).await?.refused(412, "version_changed")?;
        }
        let now = etag(&world, &of_shop).await?;
        ensure!(now != seen && now == format!("\"{}\"", stored["version"]), "{now} {stored}");
        // The kill switch needs no version, and counts as a change.
        let stopped =
            world.post("/v1/budget-rules/stop", json!({ "shop_id": shop.id })).await?.expect(200)?;
        ensure!(stopped["enabled"] == false && stopped["ceiling"] == "60.00", "{stopped}");
        put(&world, &[("if-match", &now)], ceiling("70")).await?.expect(412)?;
        ensure!(shop.audited("budget_rules.put").await? == 2, "what was refused is not told as done");
        // The rows of a region and of the deployment have theirs.
        for query in ["region=ph", "region="] {
            let tag = etag(&world, &format!("{RULES}?{query}")).await?;
            let row = world.get(&format!("{RULES}?{query}")).await?.expect(200)?;
            ensure!(tag == format!("\"{}\"", row["version"]), "{tag} {row}");
        }
        Ok(())
    });
}

#[test]
fn a_stop_stays_until_it_is_released_by_name() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let of_shop = format!("{RULES}?shop_id={}", shop.id);
        let stop = json!({ "shop_id": shop.id });
        world.post("/v1/budget-rules/stop", stop.clone()).await?.expect(200)?;
        let row = put_seen(&world, shop.id, json!({ "dry_run": true, "floor": 20 })).await?.expect(200)?;
        ensure!(row["enabled"] == false && row["dry_run"] == true, "{row}");
        let row = put_seen(&world, shop.id, json!({ "ceiling": 200 })).await?.expect(200)?;
        ensure!(row["ceiling"] == "200.00" && row["floor"].is_null(), "{row}");
        ensure!(row["enabled"] == false && row["dry_run"] == true, "{row}");
        let shown = world.get(&of_shop).await?.expect(200)?;
        ensure!(shown["in_force"]["enabled"] == false && shown["in_force"]["dry_run"] == true, "{shown}");

        let on = json!({ "enabled": true, "dry_run": false });
        let body = with(stop, on.clone());
        // An operator stops, an admin releases.
        world.request(Method::PUT, RULES).json(&body).send().await?.expect(403)?;
        let row = put_seen(&world, shop.id, on).await?.expect(200)?;
        ensure!(row["enabled"] == true && row["dry_run"] == false, "{row}");
        let shown = world.get(&of_shop).await?.expect(200)?;
        ensure!(shown["in_force"]["enabled"] == true, "{shown}");
        for (fields, field) in [
            (json!({ "floor": 10, "ceiling": 9 }), "ceiling"),
            (json!({ "floor": 0 }), "floor"),
            (json!({ "shop_daily_total": "1e3" }), "shop_daily_total"),
            (json!({ "change_percent_day": 0 }), "change_percent_day"),
            (json!({ "region": "BR" }), "region"),
            (json!({ "roof": 1 }), "roof"),
            (json!({ "shop_id": 0, "floor": 10 }), "floor"),
            (json!({ "shop_id": 0, "region": "US" }), "region"),
        ] {
            put_seen(&world, shop.id, fields.clone()).await?.refused_field(400, field)?;
        }
        let anew = [("if-none-match", "*")];
        put(&world, &anew, json!({ "shop_id": 4_294_000_001_u64 })).await?.expect(404)?;
        let actions = "SELECT string_agg(action, ' ' ORDER BY at) FROM apishopee_ads_audit_log
            WHERE shop_id = $1 AND action LIKE 'budget_rules%'";
        let told: String = world.value(actions, &[&shop.id]).await?;
        let expected = ["put", "stop", "put", "put", "put"].map(|action| format!("budget_rules.{action}"));
        ensure!(told == expected.join(" "), "{told}");
        let page = world.get("/v1/budget-rules?limit=200").await?.expect(200)?;
        ensure!(
            page["items"].as_array().is_some_and(|rows| rows.iter().any(|row| row["shop_id"] == shop.id)),
            "{page}"
        );
        Ok(())
    });
}

#[test]
fn no_limit_is_said_by_name_where_a_rule_allows_it() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let mut body = with(shop.body(8), json!({ "unlimited": true }));
        body.as_object_mut().context("an object")?.remove("budget");
        let refused = |response: Response, rule: &str| {
            let problem = response.refused_field(422, "budget")?;
            ensure!(problem["rule"] == rule, "{rule}: {problem}");
            Ok(())
        };
        refused(shop.post("budget-schedules", body.clone()).await?, "ceiling")?;
        put_seen(&world, shop.id, json!({})).await?.expect(200)?;
        refused(shop.post("budget-schedules", body.clone()).await?, "unlimited")?;
        let row = put_seen(&world, shop.id, json!({ "allow_unlimited": true })).await?.expect(200)?;
        ensure!(row["allow_unlimited"] == true, "{row}");
        refused(
            shop.post("budget-schedules", with(body.clone(), json!({ "budget": "0", "unlimited": false })))
                .await?,
            "unlimited",
        )?;
        let made = shop.post("budget-schedules", body).await?.expect(201)?;
        ensure!(made["unlimited"] == true && made["budget"] == "0.00", "{made}");
        ensure!(made["problem"].is_null(), "{made}");

        // A budget takes its place, and the reverse.
        let one = format!("/v1/budget-schedules/{}", made["id"].as_str().context("id")?);
        let patch = async |fields: Value| world.patch(&one, &fields).await;
        let changed = patch(json!({ "budget": "45" })).await?.expect(200)?;
        ensure!(changed["unlimited"] == false && changed["budget"] == "45.00", "{changed}");
        let changed = patch(json!({ "unlimited": true })).await?.expect(200)?;
        ensure!(changed["unlimited"] == true && changed["budget"] == "0.00", "{changed}");
        refused(patch(json!({ "unlimited": false })).await?, "unlimited")?;
        // A row of 0 that somebody has written in SQL is shown as what it is.
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, budget)
            VALUES ($1, $2, 20, 0) RETURNING id::text";
        let id: String = world.value(insert, &[&shop.id, &shop.campaign]).await?;
        let shown = world.get(&format!("/v1/budget-schedules/{id}")).await?.expect(200)?;
        ensure!(shown["problem"]["field"] == "budget" && shown["unlimited"] == false, "{shown}");
        Ok(())
    });
}
