//! A callback that is not what it must be: a plain status, a stable code, and no change.

use super::consent::{follow, links, seller};
use anyhow::{Result, ensure};
use e2e::{World, run_alone};
use reqwest::{Url, redirect::Policy};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Calls the callback with this query.
async fn callback(world: &World, query: &[(&str, &str)]) -> Result<(u16, Value)> {
    let url = Url::parse_with_params(&format!("{}/oauth/shopee/callback", world.stack.worker.url), query)?;
    let answer = world.stack.worker.http.get(url).send().await?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ensure!(kind == "application/problem+json", "{status} {kind}");
    Ok((status, answer.json().await?))
}

/// Calls it as the seller's browser does. Answers with the page.
async fn browse(world: &World, query: &[(&str, &str)]) -> Result<(u16, String)> {
    let url = Url::parse_with_params(&format!("{}/oauth/shopee/callback", world.stack.worker.url), query)?;
    let request =
        world.stack.worker.http.get(url).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ensure!(kind == "text/html; charset=utf-8", "{status} {kind}");
    Ok((status, answer.text().await?))
}

/// A state of the Worker's own making, from its link for a shop.
async fn state(world: &World, shop: i64) -> Result<String> {
    let [_, newer] = links(world, &format!("?shop_id={shop}")).await?;
    let url = Url::parse(&newer)?;
    let state = url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    state.ok_or_else(|| anyhow::anyhow!("the link has no state"))
}

/// The code that the fake's page gives for a shop, taken from the redirect without following it.
async fn code(world: &World, shop: i64) -> Result<String> {
    seller(world, json!({ "shop_id": shop })).await?;
    let [signed, _] = links(world, "").await?;
    let browser = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let answer = browser.get(signed).send().await?;
    let location = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
    let url = Url::parse(location)?;
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
    code.ok_or_else(|| anyhow::anyhow!("the redirect has no code"))
}

async fn row(world: &World, shop: i64) -> Result<Value> {
    world.value("SELECT to_jsonb(s) FROM apishopee_shops s WHERE shop_id = $1", &[&shop]).await
}

#[test]
fn a_callback_that_is_forged_or_cut_changes_nothing() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let id = shop.to_string();
        let (before, good) = (row(&world, shop).await?, state(&world, shop).await?);
        let (body, signature) = good.split_once('.').unwrap_or_default();
        let end = if signature.ends_with('0') { "1" } else { "0" };
        let forged = format!("{body}.{}{end}", &signature[..signature.len() - 1]);
        let foreign = format!("{}.{}", "7b7d".repeat(20), "00".repeat(32));
        let calls = world.calls(shop).await?.len();
        let code = "c0de";
        let cases: [(&[(&str, &str)], &str); 11] = [
            (&[("code", code), ("shop_id", &id)], "state"),
            (&[("code", code), ("shop_id", &id), ("state", "")], "state"),
            (&[("code", code), ("shop_id", &id), ("state", &forged)], "state"),
            (&[("code", code), ("shop_id", &id), ("state", &foreign)], "state"),
            (&[("code", code), ("shop_id", &id), ("state", "no state")], "state"),
            (&[("shop_id", &id), ("state", &good)], "code"),
            (&[("code", ""), ("shop_id", &id), ("state", &good)], "code"),
            (&[("code", code), ("state", &good)], "shop_id"),
            (&[("code", code), ("shop_id", &id), ("main_account_id", "7"), ("state", &good)], "shop_id"),
            (&[("code", code), ("shop_id", "x"), ("state", &good)], "shop_id"),
            (&[("code", code), ("main_account_id", "x"), ("state", &good)], "main_account_id"),
        ];
        for (query, field) in cases {
            let (status, problem) = callback(&world, query).await?;
            ensure!(status == 400 && problem["code"] == "invalid_field", "{query:?}: {status} {problem}");
            ensure!(problem["field"] == field, "{query:?}: {problem}");
        }
        let (status, problem) = callback(&world, &[("error", "access_denied"), ("state", &good)]).await?;
        ensure!(status == 409 && problem["code"] == "consent_refused", "{status} {problem}");
        ensure!(world.calls(shop).await?.len() == calls, "a bad callback reached Shopee");
        ensure!(row(&world, shop).await? == before, "a bad callback changed the shop");
        Ok(())
    });
}

#[test]
fn a_seller_who_refuses_is_told_so() {
    run_alone(Front::Worker, |world| async move {
        seller(&world, json!({ "refuse": true })).await?;
        for link in links(&world, "").await? {
            let (status, problem) = follow(&world, &link).await?;
            ensure!(status == 409 && problem["code"] == "consent_refused", "{status} {problem}");
        }
        Ok(())
    });
}

#[test]
fn codes_that_are_spent_unknown_or_of_another_shop_are_refused() {
    run_alone(Front::Worker, |world| async move {
        let (shop, other) = (world.shop(1).await?, world.shop(1).await?);
        let (id, before) = (shop.to_string(), row(&world, shop).await?);
        let good = state(&world, shop).await?;
        let (status, problem) =
            callback(&world, &[("code", "unknown"), ("shop_id", &id), ("state", &good)]).await?;
        ensure!(status == 409 && problem["code"] == "consent_not_usable", "{status} {problem}");
        // The link was made for a shop, and another one has consented.
        let good = state(&world, shop).await?;
        let others = code(&world, other).await?;
        let (status, problem) =
            callback(&world, &[("code", &others), ("shop_id", &other.to_string()), ("state", &good)]).await?;
        ensure!(status == 409 && problem["code"] == "consent_not_usable", "{status} {problem}");
        ensure!(problem["detail"].as_str().is_some_and(|text| text.contains(&id)), "{problem}");
        ensure!(row(&world, shop).await? == before, "the shop was changed");

        let (good, once) = (state(&world, shop).await?, code(&world, shop).await?);
        let query = [("code", once.as_str()), ("shop_id", &id), ("state", &good)];
        let url =
            Url::parse_with_params(&format!("{}/oauth/shopee/callback", world.stack.worker.url), query)?;
        let answer = world.stack.worker.http.get(url).send().await?;
        ensure!(answer.status().as_u16() == 200, "{}", answer.text().await?);
        let kept = row(&world, shop).await?;
        let (status, problem) = callback(&world, &query).await?;
        ensure!(status == 409 && problem["code"] == "consent_not_usable", "{status} {problem}");
        ensure!(row(&world, shop).await? == kept, "a spent code changed the shop");
        Ok(())
    });
}

#[test]
fn a_link_for_a_bad_shop_is_not_made() {
    run_alone(Front::Worker, |world| async move {
        for shop in ["0", "x", "99999999999"] {
            let (status, problem) = world.get(&format!("/oauth/shopee/start?shop_id={shop}")).await?;
            ensure!(status == 400 && problem["field"] == "shop_id", "{status} {problem}");
        }
        Ok(())
    });
}

#[test]
fn a_link_is_used_up_by_one_consent_and_who_asked_is_written_down() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let (id, good) = (shop.to_string(), state(&world, shop).await?);
        let once = code(&world, shop).await?;
        let (status, page) = browse(&world, &[("code", &once), ("shop_id", &id), ("state", &good)]).await?;
        ensure!(status == 200 && page.contains(&format!("Shop {shop} is connected")), "{status} {page}");
        let kept = row(&world, shop).await?;
        // Another consent, by whoever has found the link.
        let another = code(&world, shop).await?;
        let query = [("code", another.as_str()), ("shop_id", &id), ("state", &good)];
        let (status, problem) = callback(&world, &query).await?;
        ensure!(status == 409 && problem["code"] == "consent_not_usable", "{status} {problem}");
        ensure!(problem["detail"].as_str().is_some_and(|text| text.contains("used already")), "{problem}");
        let (status, page) = browse(&world, &query).await?;
        ensure!(
            status == 409 && page.contains("used already") && page.contains("Nothing was changed"),
            "{page}"
        );
        ensure!(row(&world, shop).await? == kept, "a used link changed the shop");
        let (_, log) = world.get(&format!("/v1/audit-log?shop_id={shop}")).await?;
        let told: Vec<_> = log["items"].as_array().into_iter().flatten().collect();
        let actions: Vec<_> = told.iter().filter_map(|entry| entry["action"].as_str()).collect();
        ensure!(actions == ["consent.adopt", "consent.start"], "{log}");
        let by_operator =
            |entry: &&Value| entry["actor"].as_str().is_some_and(|actor| actor.starts_with("operator:"));
        ensure!(told.iter().all(by_operator), "{log}");
        ensure!(told[0]["subject"] == told[1]["subject"], "{log}");
        Ok(())
    });
}

#[test]
fn a_main_account_without_the_expected_shop_is_refused() {
    run_alone(Front::Worker, |world| async move {
        let (shop, others) = (world.shop(1).await?, [world.shop(1).await?, world.shop(1).await?]);
        let mut before = Vec::new();
        for id in [shop, others[0], others[1]] {
            before.push(row(&world, id).await?);
        }
        seller(&world, json!({ "main_account_id": 7_979, "shops": others })).await?;
        let [signed, _] = links(&world, &format!("?shop_id={shop}")).await?;
        let (status, problem) = follow(&world, &signed).await?;
        ensure!(status == 409 && problem["code"] == "consent_not_usable", "{status} {problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        ensure!([shop, others[0], others[1]].iter().all(|id| detail.contains(&id.to_string())), "{problem}");
        for (id, before) in [shop, others[0], others[1]].into_iter().zip(before) {
            ensure!(row(&world, id).await? == before, "shop {id} was changed");
        }
        Ok(())
    });
}
