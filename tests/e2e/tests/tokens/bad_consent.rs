//! A callback that is not what it must be: a plain status, a stable code, and no change.

use super::{
    consent::{follow, links, seller},
    row,
};
use anyhow::{Result, ensure};
use e2e::{Response, Shop, World, run_alone};
use reqwest::{Url, redirect::Policy};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Calls the callback with this query.
async fn callback(world: &World, query: &[(&str, &str)]) -> Result<Response> {
    let url = Url::parse_with_params(&format!("{}/oauth/shopee/callback", world.stack.worker.url), query)?;
    let answer = world.stack.worker.http.get(url.clone()).send().await?;
    let response = Response::read(url.into(), answer).await?;
    ensure!(response.header("content-type") == "application/problem+json", "{response}");
    Ok(response)
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
async fn state(shop: Shop<'_>) -> Result<String> {
    let [_, newer] = links(shop.world, &format!("?shop_id={shop}")).await?;
    let url = Url::parse(&newer)?;
    let state = url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    state.ok_or_else(|| anyhow::anyhow!("the link has no state"))
}

/// The code that the fake's page gives for a shop, taken from the redirect without following it.
async fn code(shop: Shop<'_>) -> Result<String> {
    seller(shop.world, json!({ "shop_id": shop.id })).await?;
    let [signed, _] = links(shop.world, "").await?;
    let browser = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let answer = browser.get(signed).send().await?;
    let location = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
    let url = Url::parse(location)?;
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
    code.ok_or_else(|| anyhow::anyhow!("the redirect has no code"))
}

#[test]
fn a_callback_that_is_forged_or_cut_changes_nothing() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let id = shop.to_string();
        let (before, good) = (row(shop).await?, state(shop).await?);
        let (body, signature) = good.split_once('.').unwrap_or_default();
        let end = if signature.ends_with('0') { "1" } else { "0" };
        let forged = format!("{body}.{}{end}", &signature[..signature.len() - 1]);
        let foreign = format!("{}.{}", "7b7d".repeat(20), "00".repeat(32));
        let calls = shop.calls().await?.len();
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
            let problem = callback(&world, query).await?.refused(400, "invalid_field")?;
            ensure!(problem["field"] == field, "{query:?}: {problem}");
        }
        callback(&world, &[("error", "access_denied"), ("state", &good)])
            .await?
            .refused(409, "consent_refused")?;
        ensure!(shop.calls().await?.len() == calls, "a bad callback reached Shopee");
        ensure!(row(shop).await? == before, "a bad callback changed the shop");
        Ok(())
    });
}

#[test]
fn a_seller_who_refuses_is_told_so() {
    run_alone(Front::Worker, |world| async move {
        seller(&world, json!({ "refuse": true })).await?;
        for link in links(&world, "").await? {
            follow(&world, &link).await?.refused(409, "consent_refused")?;
        }
        Ok(())
    });
}

#[test]
fn codes_that_are_spent_unknown_or_of_another_shop_are_refused() {
    run_alone(Front::Worker, |world| async move {
        let (shop, other) = (world.shop(1).await?, world.shop(1).await?);
        let (id, before) = (shop.to_string(), row(shop).await?);
        let good = state(shop).await?;
        callback(&world, &[("code", "unknown"), ("shop_id", &id), ("state", &good)])
            .await?
            .refused(409, "consent_not_usable")?;
        // The link was made for a shop, and another one has consented.
        let good = state(shop).await?;
        let others = code(other).await?;
        let problem =
            callback(&world, &[("code", &others), ("shop_id", &other.to_string()), ("state", &good)])
                .await?
                .refused(409, "consent_not_usable")?;
        ensure!(problem["detail"].as_str().is_some_and(|text| text.contains(&id)), "{problem}");
        ensure!(row(shop).await? == before, "the shop was changed");

        let (good, once) = (state(shop).await?, code(shop).await?);
        let query = [("code", once.as_str()), ("shop_id", &id), ("state", &good)];
        let url =
            Url::parse_with_params(&format!("{}/oauth/shopee/callback", world.stack.worker.url), query)?;
        let answer = world.stack.worker.http.get(url).send().await?;
        ensure!(answer.status().as_u16() == 200, "{}", answer.text().await?);
        let kept = row(shop).await?;
        callback(&world, &query).await?.refused(409, "consent_not_usable")?;
        ensure!(row(shop).await? == kept, "a spent code changed the shop");
        Ok(())
    });
}

#[test]
fn a_link_for_a_bad_shop_is_not_made() {
    run_alone(Front::Worker, |world| async move {
        for shop in ["0", "x", "99999999999"] {
            world.get(&format!("/oauth/shopee/start?shop_id={shop}")).await?.refused_field(400, "shop_id")?;
        }
        Ok(())
    });
}

#[test]
fn a_link_is_used_up_by_one_consent_and_who_asked_is_written_down() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let (id, good) = (shop.to_string(), state(shop).await?);
        let once = code(shop).await?;
        let (status, page) = browse(&world, &[("code", &once), ("shop_id", &id), ("state", &good)]).await?;
        ensure!(status == 200 && page.contains(&format!("Shop {shop} is connected")), "{status} {page}");
        let kept = row(shop).await?;
        // Another consent, by whoever has found the link.
        let another = code(shop).await?;
        let query = [("code", another.as_str()), ("shop_id", &id), ("state", &good)];
        let problem = callback(&world, &query).await?.refused(409, "consent_not_usable")?;
        ensure!(problem["detail"].as_str().is_some_and(|text| text.contains("used already")), "{problem}");
        let (status, page) = browse(&world, &query).await?;
        ensure!(
            status == 409 && page.contains("used already") && page.contains("Nothing was changed"),
            "{page}"
        );
        ensure!(row(shop).await? == kept, "a used link changed the shop");
        let entries = world.items(&format!("/v1/audit-log?shop_id={shop}")).await?;
        let actions: Vec<_> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
        ensure!(actions == ["consent.adopt", "consent.start"], "{entries:?}");
        let by_operator =
            |entry: &Value| entry["actor"].as_str().is_some_and(|actor| actor.starts_with("operator:"));
        ensure!(entries.iter().all(by_operator), "{entries:?}");
        ensure!(entries[0]["subject"] == entries[1]["subject"], "{entries:?}");
        Ok(())
    });
}

#[test]
fn a_main_account_without_the_expected_shop_is_refused() {
    run_alone(Front::Worker, |world| async move {
        let (shop, others) = (world.shop(1).await?, [world.shop(1).await?, world.shop(1).await?]);
        let mut before = Vec::new();
        for id in [shop, others[0], others[1]] {
            before.push(row(id).await?);
        }
        seller(&world, json!({ "main_account_id": 7_979, "shops": others.map(|shop| shop.id) })).await?;
        let [signed, _] = links(&world, &format!("?shop_id={shop}")).await?;
        let problem = follow(&world, &signed).await?.refused(409, "consent_not_usable")?;
        let detail = problem["detail"].as_str().unwrap_or_default();
        ensure!([shop, others[0], others[1]].iter().all(|id| detail.contains(&id.to_string())), "{problem}");
        for (id, before) in [shop, others[0], others[1]].into_iter().zip(before) {
            ensure!(row(id).await? == before, "shop {id} was changed");
        }
        Ok(())
    });
}
