//! What is checked before a call is looked at, in the gateway's order.

use super::endpoint::is_public;
use super::refusal::{Body, Refusal};
use super::request::Request;
use super::sign::{base_string, sign};
use crate::api::endpoint::Endpoint;
use crate::state::behaviour::{Behaviour, RateLimitStyle};
use crate::state::rate::Exceeded;
use crate::state::{Platform, now_ms};

/// How far a call's time may be from the real clock, in seconds (Shopee: `timestamp` expires in 5 minutes).
const TIMESTAMP_TOLERANCE_S: u64 = 300;

/// A call that may be served.
pub struct Admitted {
    /// What is called.
    pub endpoint: Endpoint,
    /// On whose behalf; 0 for public calls.
    pub shop: u64,
}

/// Parameters, time, partner, signature, token, link, verb, path, and then the rate limits.
pub fn admit(platform: &Platform, request: &Request) -> Result<Admitted, Refusal> {
    let public = is_public(&request.path);
    let required: &[&str] = &["partner_id", "timestamp", "sign", "access_token", "shop_id"];
    for name in if public { &required[..3] } else { required } {
        if request.optional(name)?.is_none() {
            let message = match *name {
                "timestamp" => "no timestamp".to_owned(),
                name => format!("There is no {name} in query."),
            };
            return Err(Refusal::new("error_param", message));
        }
    }
    let partner_id = integer(request, "partner_id", "Partner_id")?;
    let timestamp = integer(request, "timestamp", "Timestamp")?;
    let shop = if public { 0 } else { integer(request, "shop_id", "shop_id")? };
    let now = now_ms() / 1_000;
    if now.unsigned_abs().abs_diff(timestamp) > TIMESTAMP_TOLERANCE_S {
        return Err(Refusal::new("error_param", "Timestamp is expired."));
    }
    if partner_id != platform.config.partner_id {
        return Err(Refusal::new("invalid_partner_id", "Invalid partner_id, please have a check."));
    }
    let token = if public { "" } else { request.required("access_token")? };
    let base = base_string(partner_id, &request.path, timestamp, (!public).then_some((token, shop)));
    if request.required("sign")? != sign(&platform.config.partner_key, &base) {
        return Err(Refusal::new("error_sign", "Wrong sign.").status(403));
    }
    if !public {
        check_shop(platform, token, shop, now)?;
    }
    let endpoint = match request.endpoint() {
        Some(endpoint) if endpoint.method() != request.method => {
            let message = "Only the supported HTTP method for the API is allowed.";
            return Err(Refusal::new("ads.api.http_method_not_allowed", message));
        }
        Some(endpoint) => endpoint,
        None => return Err(Refusal::new("error_not_found", "").status(404).body(Body::CodeOnly)),
    };
    limit(platform, (!public).then_some(shop))?;
    Ok(Admitted { endpoint, shop })
}

fn integer(request: &Request, name: &str, shown: &str) -> Result<u64, Refusal> {
    let parsed = request.required(name)?.parse::<u32>().map(u64::from);
    parsed.map_err(|_| {
        let message = format!("{shown} is invalid, should be an integer between 0 and 4294967295.");
        Refusal::new("error_param", message)
    })
}

fn check_shop(platform: &Platform, token: &str, shop: u64, now: i64) -> Result<(), Refusal> {
    let world = platform.world();
    let known = world.shops.get(&shop).filter(|_| world.tokens.allows(token, shop, now));
    let Some(shop) = known else {
        let message = "Invalid access_token, please have a check.";
        return Err(Refusal::new("invalid_acceess_token", message).status(403));
    };
    if shop.linked { Ok(()) } else { Err(not_linked()) }
}

/// The seller took the consent back.
pub fn not_linked() -> Refusal {
    Refusal::new("shop_no_linked", "Partner and shop has no linked.")
}

fn limit(platform: &Platform, shop: Option<u64>) -> Result<(), Refusal> {
    let mut world = platform.world();
    let limits = world.behaviour.rate;
    world.rates.take(&limits, shop, now_ms()).map_err(|exceeded| too_many(&world.behaviour, exceeded))
}

fn too_many(behaviour: &Behaviour, exceeded: Exceeded) -> Refusal {
    let daily = "The total API call number made by your APP has reached the daily API call limit, \
                 please try again after 00: 00 (UTC+08:00)";
    let shop = "Too many requests for the shop at the moment, please try again later.";
    let total = "Too many requests at the moment, please try again later.";
    let style =
        if exceeded == Exceeded::Day { RateLimitStyle::DailyLimit } else { behaviour.rate_limit_style };
    let retry_after_s = behaviour.retry_after_s;
    match style {
        RateLimitStyle::Empty429 => {
            let refusal = Refusal::new("", "").status(429).body(Body::Empty);
            Refusal { retry_after_s, ..refusal }
        }
        RateLimitStyle::Shop429 => {
            Refusal { retry_after_s, ..Refusal::new("ads_rate_limit_shop_api", shop).status(429) }
        }
        RateLimitStyle::Total403 => Refusal::new("ads_rate_limit_total_api", total).status(403),
        RateLimitStyle::Shop200 => Refusal::new("ads.rate_limit.exceed_shop_api", shop),
        RateLimitStyle::DailyLimit => Refusal::new("error_limit", daily),
    }
}
