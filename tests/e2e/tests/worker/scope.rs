//! A token for some shops reaches these, and nothing else.

use super::errors::ROUTES;
use anyhow::{Context, Result, ensure};
use e2e::{Response, World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{
    demo::seed,
    stack::{Front, secrets::OWN_SHOPS},
};

async fn send(world: &World, method: Method, path: &str, body: &Value) -> Result<Response> {
    let token = &world.stack.secrets.shops_token;
    let is_put = method == Method::PUT;
    let request = world.request(method, path).token(token);
    let request = if is_put { request.header("if-none-match", "*") } else { request };
    request.json(body).send().await
}

/// A body that a route reads and that names a shop.
fn body(path: &str, shop: i64) -> Value {
    match path {
        "/v1/settings" => json!({ "shop_id": shop, "values": { "chunk_size": 5 }, "reason": "a try" }),
        "/functions/v1/apishopee-ads-sync" => json!({ "shop_id": shop, "action": "sync" }),
        "/functions/v1/shopee-ads-scheduler" => json!({ "shop_id": shop, "action": "list" }),
        "/v1/budget-rules" | "/v1/budget-rules/stop" | "/v1/runs/cancel" | "/v1/runs/retry" => {
            json!({ "shop_id": shop })
        }
        _ => json!({}),
    }
}

/// The routes that are about the whole deployment: no shop can be named there.
const OF_DEPLOYMENT: [&str; 13] = [
    "/v1/live",
    "/v1/doctor",
    "/metrics",
    "/v1/queue/process",
    "/v1/dead-letters",
    "/v1/dead-letters/replay",
    "/v1/dead-letters/1/replay",
    "/v1/sinks",
    "/v1/sinks/1",
    "/v1/sinks/1/test",
    "/v1/sinks/1/messages",
    "/v1/drift",
    "/v1/apps/1",
];

#[test]
fn what_is_anothers_is_not_there_and_what_is_of_all_is_forbidden() {
    run(Front::Worker, |world| async move {
        for (method, path, _) in ROUTES {
            if path == "/v1/shops" {
                continue;
            }
            let with_shop = if method == "GET" && !path.contains("/1") {
                format!("{path}?shop_id=1")
            } else {
                path.to_owned()
            };
            let is_of_all = OF_DEPLOYMENT.contains(&path) || path == "/v1/sync-times";
            let asked = if is_of_all { path } else { &with_shop };
            let answer = send(&world, method.parse()?, asked, &body(path, 1)).await?;
            let expected = if is_of_all { 403 } else { 404 };
            ensure!(answer.status == expected, "{method} {asked}: {answer}, expected {expected}");
        }
        for path in [
            "/v1/runs",
            "/v1/queue",
            "/v1/alerts",
            "/v1/audit-log",
            "/v1/settings",
            "/v1/budget-rules",
            "/v1/calls",
        ] {
            let answer = send(&world, Method::GET, path, &json!({})).await?.refused(403, "forbidden")?;
            ensure!(answer["detail"].as_str().is_some_and(|detail| detail.contains("shop_id")), "{answer}");
        }
        Ok(())
    });
}

#[test]
fn its_own_shops_are_reached_under_its_name() {
    run(Front::Worker, |world| async move {
        let [own, _] = OWN_SHOPS;
        seed::shops(world.stack, &[seed::Shop::new(own, 3)], 11).await?;
        let other = world.shop(3).await?;
        let shops = send(&world, Method::GET, "/v1/shops", &json!({})).await?.expect(200)?;
        let items = shops["items"].as_array().context("no list")?;
        ensure!(items.len() == 1 && items[0]["shop_id"] == own, "{shops}");
        send(&world, Method::GET, &format!("/v1/shops/{other}"), &json!({}))
            .await?
            .refused(404, "not_found")?;

        let accepted =
            send(&world, Method::POST, &format!("/v1/shops/{own}/sync"), &json!({})).await?.expect(202)?;
        let run = accepted["run"]["href"].as_str().context("no run")?.to_owned();
        send(&world, Method::GET, &run, &json!({})).await?.expect(200)?;
        for path in ["/v1/runs", "/v1/queue", "/v1/audit-log", "/v1/budget-rules"] {
            send(&world, Method::GET, &format!("{path}?shop_id={own}"), &json!({})).await?.expect(200)?;
        }
        send(&world, Method::PATCH, "/v1/settings", &body("/v1/settings", own)).await?.expect(200)?;
        let by = "SELECT actor = 'admin:two-shops' FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action = 'settings.change'";
        ensure!(world.value::<bool>(by, &[&own]).await?, "the log does not name the token");
        let all = json!({ "values": { "chunk_size": 5 }, "reason": "a try" });
        send(&world, Method::PATCH, "/v1/settings", &all).await?.refused(403, "forbidden").map(drop)
    });
}

#[test]
fn every_answer_says_that_it_is_not_kept_guessed_or_framed() {
    run(Front::Worker, |world| async move {
        for path in ["/healthz", "/v1/shops", "/v1/nothing"] {
            let answer = world.get(path).await?;
            for (name, value) in [
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ] {
                ensure!(answer.header(name) == value, "{path}: {name}: {}", answer.header(name));
            }
            ensure!(
                answer.header("deprecation").is_empty()
                    && answer.header("access-control-allow-origin").is_empty()
            );
        }
        let older = world.post("/functions/v1/apishopee-ads-sync", json!({})).await?;
        ensure!(older.header("deprecation").starts_with('@'), "{older}");
        Ok(())
    });
}
