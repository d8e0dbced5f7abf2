//! v2.public.get_access_token and v2.public.refresh_access_token. Their fields are next to the envelope's.

use super::Answer;
use super::gate::not_linked;
use super::refusal::Refusal;
use super::request::Request;
use crate::state::Platform;
use crate::state::tokens::{Consent, RefreshRefused};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Other holders of tokens that a body may name. The fake has none of them.
const OTHER_OWNERS: [&str; 4] = ["merchant_id", "supplier_id", "user_id", "principal_id"];

/// Exchanges a code for tokens, once.
pub fn token(platform: &Platform, request: &Request<'_>) -> Result<Answer, Refusal> {
    let body = body(platform, request)?;
    let code = text(&body, "code")?;
    let (shop, main) = match (body.get("shop_id"), body.get("main_account_id")) {
        (Some(shop), None) => (Some(id(shop, "shop_id")?), None),
        (None, Some(main)) => (None, Some(id(main, "main_account_id")?)),
        _ => return Err(Refusal::parameter("exactly one of shop_id and main_account_id is required")),
    };
    let now = request.now_s();
    let mut world = platform.world();
    let life = world.behaviour.access_token_life_s;
    let consent = world.tokens.use_code(code, now, |consent| match shop {
        Some(shop) => consent.main_account_id.is_none() && consent.shops.contains(&shop),
        None => consent.main_account_id == main,
    });
    let consent = consent.ok_or_else(|| Refusal::new("error_auth", "Invalid code"))?;
    for shop in &consent.shops {
        if let Some(shop) = world.shops.get_mut(shop) {
            (shop.linked, shop.auth_time) = (true, now);
        }
    }
    let pair = world.tokens.issue(&consent, now, life);
    let shops = if main.is_some() { consent.shops } else { BTreeSet::new() };
    Ok(Answer::Fields(json!({
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expire_in": life,
        "shop_id_list": shops,
        "merchant_id_list": [],
        "supplier_id_list": [],
        "user_id_list": [],
        "principal_id_list": [],
    })))
}

/// Exchanges a refresh token for new tokens, once per shop.
pub fn refresh(platform: &Platform, request: &Request<'_>) -> Result<Answer, Refusal> {
    let body = body(platform, request)?;
    let refresh = text(&body, "refresh_token")?;
    let others = OTHER_OWNERS.iter().filter(|name| body.get(**name).is_some()).count();
    let shop = match body.get("shop_id") {
        Some(shop) if others == 0 => id(shop, "shop_id")?,
        None if others == 1 => return Err(invalid_refresh()),
        _ => {
            let names = OTHER_OWNERS.join(", ");
            return Err(Refusal::parameter(&format!("exactly one of shop_id, {names} is required")));
        }
    };
    let now = request.now_s();
    let mut world = platform.world();
    if world.shops.get(&shop).is_some_and(|shop| !shop.linked) {
        return Err(not_linked());
    }
    world.tokens.use_refresh(refresh, shop, now).map_err(|refused| match refused {
        RefreshRefused::Unknown => invalid_refresh(),
        RefreshRefused::Expired => Refusal::new("refresh_token_expired", "Your refresh_token expired."),
    })?;
    if !world.behaviour.old_access_token_survives_refresh {
        world.tokens.drop_access(shop);
    }
    let life = world.behaviour.access_token_life_s;
    let consent = Consent { main_account_id: None, shops: BTreeSet::from([shop]) };
    let pair = world.tokens.issue(&consent, now, life);
    Ok(Answer::Fields(json!({
        "partner_id": platform.config.partner_id,
        "shop_id": shop,
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expire_in": life,
    })))
}

fn invalid_refresh() -> Refusal {
    Refusal::new("error_auth", "Invalid refresh_token.")
}

/// The body; its partner must be the one that signed.
fn body(platform: &Platform, request: &Request<'_>) -> Result<Value, Refusal> {
    let body = request.json()?;
    let partner = body.get("partner_id").ok_or_else(|| Refusal::parameter("partner_id is required"))?;
    if id(partner, "partner_id")? == platform.config.partner_id {
        return Ok(body);
    }
    Err(Refusal::parameter("partner_id differs from the query's"))
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::parameter(&format!("{name} should be a text")))
}

fn id(value: &Value, name: &str) -> Result<u64, Refusal> {
    value.as_u64().ok_or_else(|| Refusal::parameter(&format!("{name} should be an integer, 0 or more")))
}
