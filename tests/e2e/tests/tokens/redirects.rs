//! A platform that leads elsewhere: whoever is there must get nothing.

use super::{shop, stored};
use anyhow::{Context, Result, ensure};
use e2e::{World, run};
use serde_json::json;
use std::{io::ErrorKind, net::TcpListener};
use xtask::stack::Front;

/// Syncs a shop while calls of one endpoint are answered with a redirect, until its run has failed, and checks that
/// nobody came to where it leads and that the status is told.
async fn is_not_followed(world: &World, shop: i64, endpoint: &str, status: u16) -> Result<()> {
    let elsewhere = TcpListener::bind("127.0.0.1:0")?;
    elsewhere.set_nonblocking(true)?;
    let location = format!("http://{}", elsewhere.local_addr()?);
    let matches = json!({ "endpoint": endpoint, "shop": shop });
    world
        .fault(
            json!({ "kind": "status", "status": status, "location": location, "match": matches, "times": 1 }),
        )
        .await?;
    // The shop itself was asked for today: the run's own calls are meant.
    let asked = "UPDATE apishopee_shops SET info_at = now() WHERE shop_id = $1 RETURNING true";
    ensure!(world.value::<bool>(asked, &[&shop]).await?);
    world.sync(shop).await?;
    world.until_run(shop, "failed").await?;
    let came = elsewhere.accept().err().context("the redirect was followed")?;
    ensure!(came.kind() == ErrorKind::WouldBlock, "{came}");
    let (_, runs) = world.get(&format!("/v1/shops/{shop}/runs")).await?;
    ensure!(runs.to_string().contains(&format!("HTTP status {status}: a redirect")), "{runs}");
    Ok(())
}

#[test]
fn no_redirect_is_followed() {
    run(Front::Worker, |world| async move {
        let (listed, _) = shop(&world, 5, 14_400).await?;
        is_not_followed(&world, listed, "ads/get_product_level_campaign_id_list", 302).await?;
        // The body of a refresh would be sent along by a 307.
        let (refreshed, pair) = shop(&world, 5, 0).await?;
        is_not_followed(&world, refreshed, "auth/access_token/get", 307).await?;
        // The refresh token was not spent, and once the address is right again it is used.
        world.sync(refreshed).await?;
        world.until_run(refreshed, "completed").await?;
        ensure!(stored(&world, refreshed).await?.refresh != pair.refresh);
        Ok(())
    });
}
