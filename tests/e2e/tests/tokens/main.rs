//! Tokens: refreshed in time, once, sealed, and given anew by a seller's consent. None of them reaches the log.

use anyhow::{Context, Result, ensure};
use e2e::{Shop, World};
use reqwest::Method;
use serde_json::{Value, json};
use sync_flow::token_encryption::{self, Keyring, Place};
use xtask::{demo::seed, stack::secrets};

mod bad_consent;
mod consent;
mod lost;
mod redirects;
mod refresh;

/// The seed and the region that [`World::shop`] gives its shops.
const SEED: u64 = 11;
const REGION: &str = "BR";

/// A pair of tokens.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn random() -> Self {
        Self { access: secrets::random_hex(), refresh: secrets::random_hex() }
    }
}

/// Gives a shop these tokens at the fake; all others are void. A life of 0 seconds: over already.
async fn at_the_fake(shop: Shop<'_>, pair: &Pair, life_s: u32) -> Result<()> {
    let body = json!({ "name": format!("Shop {shop}"), "region": REGION, "campaigns": shop.campaigns, "seed": SEED,
                       "access_token": pair.access, "refresh_token": pair.refresh, "expires_in_s": life_s });
    seed::control(shop.world.stack, Method::PUT, &format!("/_mock/shops/{shop}"), &body).await.map(drop)
}

/// A shop whose access token ends in `life_s` seconds, with a refresh token, both in plain text as an older
/// installation stores them.
async fn shop(world: &World, campaigns: u32, life_s: u32) -> Result<(Shop<'_>, Pair)> {
    let shop = world.shop(campaigns).await?;
    let pair = Pair::random();
    at_the_fake(shop, &pair, life_s).await?;
    let update = "UPDATE apishopee_shops SET access_token = $2, refresh_token = $3, \
                  token_expires_at = now() + make_interval(secs => $4) WHERE shop_id = $1";
    world.db.execute(update, &[&shop.id, &pair.access, &pair.refresh, &f64::from(life_s)]).await?;
    Ok((shop, pair))
}

/// The stored tokens, which must be sealed; opened with the stack's key.
async fn stored(shop: Shop<'_>) -> Result<Pair> {
    let row = row(shop).await?;
    let keyring = Keyring::parse(&shop.world.stack.secrets.token_key).map_err(anyhow::Error::msg)?;
    let open = |column: &'static str| -> Result<String> {
        let text = row[column].as_str().context("there is no token")?;
        ensure!(text.starts_with("enc.k1."), "{column} of shop {shop} is not sealed");
        let plain = token_encryption::open(Some(&keyring), Place::Shop(shop.id, column), text);
        let plain = plain.map_err(anyhow::Error::msg)?;
        ensure!(!plain.is_empty() && !row.to_string().contains(&plain), "{column} of shop {shop} is shown");
        Ok(plain)
    };
    Ok(Pair { access: open("access_token")?, refresh: open("refresh_token")? })
}

/// How often the fake was asked for a refresh of a shop's tokens.
async fn refreshes(shop: Shop<'_>) -> Result<usize> {
    Ok(shop.calls_to("auth/access_token/get").await?.len())
}

/// Checks that neither the log nor the HTTP interface shows a secret: these pairs, keys, API tokens, signatures.
async fn nothing_is_shown(shop: Shop<'_>, pairs: &[&Pair]) -> Result<()> {
    let secrets = &shop.world.stack.secrets;
    let key = secrets.token_key.split_once(':').map_or("", |(_, key)| key);
    let mut hidden = vec![
        secrets.partner_key.as_str(),
        key,
        &secrets.admin_token,
        &secrets.operator_token,
        &secrets.viewer_token,
    ];
    hidden.extend(pairs.iter().flat_map(|pair| [pair.access.as_str(), &pair.refresh]));
    let mut shown = vec![("the log", shop.world.stack.worker.log())];
    for path in
        [format!("/v1/shops/{shop}"), format!("/v1/shops/{shop}/runs"), "/v1/alerts?open=false".to_owned()]
    {
        shown.push(("an answer", shop.world.get(&path).await?.body.to_string()));
    }
    for (place, text) in shown {
        for secret in &hidden {
            ensure!(!secret.is_empty() && !text.contains(secret), "{place} shows a secret");
        }
        for word in ["sign=", "access_token=", "refresh_token\":\"", "code="] {
            ensure!(!text.contains(word), "{place} shows {word}");
        }
    }
    Ok(())
}

/// The row of a shop.
async fn row(shop: Shop<'_>) -> Result<Value> {
    shop.world.value("SELECT to_jsonb(s) FROM apishopee_shops s WHERE shop_id = $1", &[&shop.id]).await
}

/// Whether the HTTP interface shows an open alert of this kind for a shop.
async fn shows_alert(shop: Shop<'_>, kind: &str) -> Result<bool> {
    let alerts = shop.world.items("/v1/alerts?limit=200").await?;
    Ok(alerts.iter().any(|alert| alert["shop_id"] == shop.id && alert["kind"] == kind))
}
