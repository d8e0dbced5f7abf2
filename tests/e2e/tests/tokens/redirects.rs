//! A platform that leads elsewhere: whoever is there must get nothing.

use super::{shop, stored};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, run};
use serde_json::{Value, json};
use std::{io::ErrorKind, net::TcpListener};
use xtask::stack::Front;

/// Syncs a shop, one of whose calls is answered with a redirect, and checks that nobody came to where it leads. Answers with
/// the run: the call was made again.
async fn is_not_followed(shop: Shop<'_>, endpoint: &str, status: u16) -> Result<Value> {
    let elsewhere = TcpListener::bind("127.0.0.1:0")?;
    elsewhere.set_nonblocking(true)?;
    let location = format!("http://{}", elsewhere.local_addr()?);
    let matches = json!({ "endpoint": endpoint, "shop": shop.id });
    let fault =
        json!({ "kind": "status", "status": status, "location": location, "match": matches, "times": 1 });
    shop.world.fault(fault).await?;
    // The shop itself was asked for today: the run's own calls are meant.
    let asked = "UPDATE apishopee_shops SET info_at = now() WHERE shop_id = $1 RETURNING true";
    ensure!(shop.world.value::<bool>(asked, &[&shop.id]).await?);
    let run = shop.sync().await?;
    run.until("completed").await?;
    let calls = shop.calls().await?;
    ensure!(calls.iter().any(|call| call["status"] == status), "no call was redirected: {calls:?}");
    let came = elsewhere.accept().err().context("the redirect was followed")?;
    ensure!(came.kind() == ErrorKind::WouldBlock, "{came}");
    run.shown().await
}

#[test]
fn no_redirect_is_followed() {
    run(Front::Worker, |world| async move {
        let (listed, _) = shop(&world, 5, 14_400).await?;
        let run = is_not_followed(listed, "ads/get_product_level_campaign_id_list", 302).await?;
        ensure!(run.to_string().contains("HTTP status 302: a redirect"), "{run}");
        // The body of a refresh would be sent along by a 307.
        let (refreshed, pair) = shop(&world, 5, 0).await?;
        is_not_followed(refreshed, "auth/access_token/get", 307).await?;
        ensure!(stored(refreshed).await?.refresh != pair.refresh);
        Ok(())
    });
}
