//! A seller's consent, by both kinds of links, for one shop and for a main account.

use super::{Pair, REGION, SEED, nothing_is_shown, refreshes, stored};
use anyhow::{Context, Result, ensure};
use e2e::{Response, Shop, World, run_alone};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use xtask::{
    demo::seed,
    stack::{Front, PARTNER_ID, secrets},
};

/// Who looks at the fake's consent page.
pub async fn seller(world: &World, body: Value) -> Result<()> {
    seed::control(world.stack, Method::PUT, "/_mock/consent", &body).await.map(drop)
}

/// The two links for a seller: the older one, signed, and the newer one, which leads to the fake here.
pub async fn links(world: &World, query: &str) -> Result<[String; 2]> {
    let body = world.get(&format!("/oauth/shopee/start{query}")).await?.expect(200)?;
    ensure!(body["signed_url_expires_in_seconds"] == 300, "{body}");
    let link = |name: &str| body[name].as_str().map(str::to_owned).context("there is no link");
    let mut newer = Url::parse(&link("url")?)?;
    let fake = Url::parse(&world.stack.shopee.url())?;
    ensure!(newer.path() == "/auth", "{newer}");
    let port = |_| anyhow::anyhow!("the address takes no port");
    newer.set_scheme(fake.scheme()).map_err(port)?;
    newer.set_host(fake.host_str())?;
    newer.set_port(fake.port()).map_err(port)?;
    Ok([link("signed_url")?, newer.into()])
}

/// Follows a link as the seller's browser does, to the answer of our callback.
pub async fn follow(world: &World, link: &str) -> Result<Response> {
    let answer = world.stack.worker.http.get(link).send().await?;
    ensure!(answer.url().path() == "/oauth/shopee/callback", "the browser ended at {}", answer.url().path());
    Response::read(format!("the callback of {link}"), answer).await
}

/// A seller consents again for his shop.
pub async fn heal(shop: Shop<'_>) -> Result<()> {
    seller(shop.world, json!({ "shop_id": shop.id })).await?;
    let [signed, _] = links(shop.world, &format!("?shop_id={shop}")).await?;
    let body = follow(shop.world, &signed).await?.expect(200)?;
    ensure!(body["shops"] == json!([{ "shop_id": shop.id, "ready": true, "note": null }]), "{body}");
    Ok(())
}

/// A shop that only the fake knows.
async fn stranger<'w>(world: &'w World, campaigns: u32, region: &str) -> Result<Shop<'w>> {
    let shop = world.shop(1).await?;
    world.db.execute("DELETE FROM apishopee_shops WHERE shop_id = $1", &[&shop.id]).await?;
    let body = json!({ "name": "a stranger", "region": region, "campaigns": campaigns, "seed": SEED, "linked": false,
                       "access_token": secrets::random_hex() });
    seed::control(world.stack, Method::PUT, &format!("/_mock/shops/{shop}"), &body).await?;
    Ok(Shop { campaigns, ..shop })
}

#[test]
fn both_links_bring_a_new_shop() {
    run_alone(Front::Worker, |world| async move {
        for link in [0, 1] {
            // A shop whose market nobody has told yet counts its days as Singapore does.
            let shop = stranger(&world, 15, "SG").await?;
            seller(&world, json!({ "shop_id": shop.id })).await?;
            let body = follow(&world, &links(&world, "").await?[link]).await?.expect(200)?;
            ensure!(body["shops"][0]["ready"] == true, "{body}");
            let pair = stored(shop).await?;
            ensure!(refreshes(shop).await? == 0, "a fresh token was refreshed");
            shop.sync_to_end().await?;
            shop.check_rows().await?;
            nothing_is_shown(shop, &[&pair]).await?;
        }
        // The consent's own calls are paced as all others are, and leave no mark on the pace of others.
        let body = world.get(&format!("/v1/apps/{PARTNER_ID}")).await?.expect(200)?;
        ensure!(body["governor"]["setting"] == 500.0, "{body}");
        ensure!(body["governor"]["rate"].is_null() && body["hold"].is_null(), "{body}");
        Ok(())
    });
}

#[test]
fn each_shop_of_a_main_account_gets_a_chain_of_its_own() {
    run_alone(Front::Worker, |world| async move {
        let known = world.shop(12).await?;
        let body = json!({ "name": "known", "region": REGION, "campaigns": 12, "seed": SEED, "access_token": secrets::random_hex() });
        seed::control(world.stack, Method::PUT, &format!("/_mock/shops/{known}"), &body).await?;
        let shops = [known, stranger(&world, 13, "SG").await?, stranger(&world, 14, "SG").await?];
        seller(&world, json!({ "main_account_id": 7_777, "shops": shops.map(|shop| shop.id) })).await?;
        let body = follow(&world, &links(&world, "").await?[0]).await?.expect(200)?;
        ensure!(body["shops"].as_array().map(Vec::len) == Some(3), "{body}");
        let mut pairs: Vec<Pair> = Vec::new();
        for shop in shops {
            ensure!(refreshes(shop).await? == 1, "shop {shop}: {} refreshes", refreshes(shop).await?);
            let pair = stored(shop).await?;
            ensure!(pairs.iter().all(|other| other.access != pair.access && other.refresh != pair.refresh));
            shop.sync_to_end().await?;
            shop.check_rows().await?;
            ensure!(refreshes(shop).await? == 1);
            nothing_is_shown(shop, &[&pair]).await?;
            pairs.push(pair);
        }
        Ok(())
    });
}

#[test]
fn a_main_account_may_consent_for_a_shop_that_was_asked_for() {
    run_alone(Front::Worker, |world| async move {
        let shops = [stranger(&world, 3, "SG").await?, stranger(&world, 3, "SG").await?];
        seller(&world, json!({ "main_account_id": 8_888, "shops": shops.map(|shop| shop.id) })).await?;
        let [signed, _] = links(&world, &format!("?shop_id={}", shops[1])).await?;
        let body = follow(&world, &signed).await?.expect(200)?;
        let ready: Vec<_> =
            body["shops"].as_array().into_iter().flatten().map(|shop| &shop["ready"]).collect();
        ensure!(ready == [true, true], "{body}");
        Ok(())
    });
}
