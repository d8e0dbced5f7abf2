//! Reading what a caller sent.

use super::problem::Problem;
use serde::de::DeserializeOwned;
use sync_core::{RunId, ShopId};
use worker::Request;

/// Largest body that is read.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Items of one page of a list, by default.
const PAGE_DEFAULT: i32 = 50;
/// Largest page of a list.
const PAGE_MAX: i32 = 200;
/// Shopee: `shop_id` is an unsigned 32-bit number.
const SHOP_ID_MAX: i64 = 4_294_967_295;

/// Reads a JSON body. An absent body reads as `{}`.
pub async fn json<T: DeserializeOwned>(request: &mut Request) -> Result<T, Problem> {
    let declared = request.headers().get("content-length").ok().flatten().and_then(|n| n.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(Problem::too_large(BODY_BYTES_MAX));
    }
    let bytes = request.bytes().await.map_err(|_| Problem::body("the body could not be read"))?;
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Problem::too_large(BODY_BYTES_MAX));
    }
    let bytes = if bytes.is_empty() { b"{}" } else { bytes.as_slice() };
    serde_json::from_slice(bytes).map_err(|error| Problem::body(format!("the body must be a JSON object: {error}")))
}

/// A shop id from the address or a body.
pub fn shop_id(text: &str) -> Result<ShopId, Problem> {
    text.parse()
        .ok()
        .filter(|id| (1..=SHOP_ID_MAX).contains(id))
        .map(ShopId)
        .ok_or_else(|| Problem::field("shop_id", format!("must be a whole number from 1 to {SHOP_ID_MAX}")))
}

/// A run id from the address.
pub fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|reason: String| Problem::field("run_id", reason))
}

/// `limit` and `cursor` of a list.
pub fn page(request: &Request) -> Result<(i32, Option<i64>), Problem> {
    let url = request.url().map_err(|_| Problem::body("the address cannot be read"))?;
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let limit = match value("limit") {
        None => PAGE_DEFAULT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=PAGE_MAX).contains(limit))
            .ok_or_else(|| Problem::field("limit", format!("must be a whole number from 1 to {PAGE_MAX}")))?,
    };
    let cursor = value("cursor")
        .map(|text| text.parse().map_err(|_| Problem::field("cursor", "must be the next_cursor of the page before")))
        .transpose()?;
    Ok((limit, cursor))
}
