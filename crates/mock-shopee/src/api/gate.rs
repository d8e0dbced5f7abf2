//! The checks before a call is served, in the gateway's order.

use super::refusal::{Body, Refusal};
use super::request::Request;
use super::sign::{base_string, sign};
use crate::endpoint::{Endpoint, is_public};
use crate::state::behaviour::{AppRefusal, Behaviour, ShopRefusal};
use crate::state::rate::RefusedBy;
use crate::state::{Platform, World};

/// Largest difference between a call's timestamp and the clock, in seconds (Shopee: `timestamp` expires in 5 minutes).
const TIMESTAMP_TOLERANCE_S: u64 = 300;

/// A call that may be served.
pub struct Admitted {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// On whose behalf; 0 for public calls.
    pub shop: u64,
}

/// Checks parameters, time, partner, signature, the app's lock, token, authorization, method, path, and then the rate limits.
pub fn admit(platform: &Platform, request: &Request<'_>) -> Result<Admitted, Refusal> {
    let public = is_public(request.path);
    let required: &[&str] = &["partner_id", "timestamp", "sign", "access_token", "shop_id"];
    check_present(request, if public { &required[..3] } else { required })?;
    let shop = if public { 0 } else { integer(request, "shop_id", "shop_id")? };
    let token = if public { "" } else { request.required("access_token")? };
    check_signature(platform, request, (!public).then_some((token, shop)))?;
    check_lock(platform, request.now_ms)?;
    if !public {
        check_shop(platform, token, shop, request.now_s())?;
    }
    let endpoint = match request.endpoint() {
        Some(endpoint) if endpoint.method() != request.method => {
            let message = "Only the supported HTTP method for the API is allowed.";
            return Err(Refusal::new("ads.api.http_method_not_allowed", message));
        }
        Some(endpoint) => endpoint,
        None => return Err(Refusal::new("error_not_found", "").status(404).body(Body::CodeOnly)),
    };
    limit(platform, (!public).then_some(shop), request.now_ms)?;
    Ok(Admitted { endpoint, shop })
}

/// Refuses a call that lacks one of these parameters.
pub fn check_present(request: &Request<'_>, names: &[&str]) -> Result<(), Refusal> {
    for name in names {
        if request.optional(name)?.is_none() {
            let message = match *name {
                "timestamp" => "no timestamp".to_owned(),
                name => format!("There is no {name} in query."),
            };
            return Err(Refusal::new("error_param", message));
        }
    }
    Ok(())
}

/// Time, partner and signature; `access` as in [`base_string`].
pub fn check_signature(
    platform: &Platform,
    request: &Request<'_>,
    access: Option<(&str, u64)>,
) -> Result<(), Refusal> {
    let partner_id = integer(request, "partner_id", "Partner_id")?;
    let timestamp = integer(request, "timestamp", "Timestamp")?;
    if request.now_s().unsigned_abs().abs_diff(timestamp) > TIMESTAMP_TOLERANCE_S {
        return Err(Refusal::new("error_param", "Timestamp is expired."));
    }
    if partner_id != platform.config.partner_id {
        return Err(Refusal::new("invalid_partner_id", "Invalid partner_id, please have a check."));
    }
    let base = base_string(partner_id, request.path, timestamp, access);
    if request.required("sign")? != sign(&platform.config.partner_key, &base) {
        return Err(Refusal::new("error_sign", "Wrong sign.").status(403));
    }
    Ok(())
}

fn integer(request: &Request<'_>, name: &str, shown: &str) -> Result<u64, Refusal> {
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

/// The seller has withdrawn the consent.
pub fn not_linked() -> Refusal {
    Refusal::new("shop_no_linked", "Partner and shop has no linked.")
}

fn check_lock(platform: &Platform, now_ms: i64) -> Result<(), Refusal> {
    let World { rates, behaviour, .. } = &mut *platform.world();
    rates.check_lock(behaviour.lock, now_ms).map_err(|by| too_many(behaviour, by))
}

fn limit(platform: &Platform, shop: Option<u64>, now_ms: i64) -> Result<(), Refusal> {
    let World { rates, behaviour, .. } = &mut *platform.world();
    rates.take(behaviour, shop, now_ms).map_err(|by| too_many(behaviour, by))
}

/// The refusal of a call by a limit, in that limit's form.
fn too_many(behaviour: &Behaviour, by: RefusedBy) -> Refusal {
    let empty_429 = Refusal::new("", "").status(429).body(Body::Empty);
    let refusal = match by {
        RefusedBy::Day => {
            let message = "The total API call number made by your APP has reached the daily API call limit, \
                           please try again after 00: 00 (UTC+08:00)";
            Refusal::new("error_limit", message)
        }
        RefusedBy::Shop => {
            let message = "Too many requests for the shop at the moment, please try again later.";
            match behaviour.shop_refusal {
                ShopRefusal::Empty429 => empty_429,
                ShopRefusal::Shop429 => Refusal::new("ads_rate_limit_shop_api", message).status(429),
                ShopRefusal::Shop200 => Refusal::new("ads.rate_limit.exceed_shop_api", message),
            }
        }
        RefusedBy::App | RefusedBy::Lock => match behaviour.app_refusal {
            AppRefusal::Empty429 => empty_429,
            AppRefusal::Total403 => {
                let message = "Too many requests at the moment, please try again later.";
                Refusal::new("ads_rate_limit_total_api", message).status(403)
            }
            AppRefusal::Partner200 => {
                let message = "Too many requests, please reduce the request rate and try again later.";
                Refusal::new("ads.rate_limit.exceed_partner_api", message)
            }
        },
    };
    let retry_after_s = behaviour.retry_after_s.filter(|_| refusal.status == 429);
    Refusal { by: Some(by), retry_after_s, ..refusal }
}
