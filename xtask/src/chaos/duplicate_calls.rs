//! Calls to Shopee that were made twice for one attempt.
//!
//! An attempt at a chunk makes one call to each endpoint of its stage (one a day to those with hours). It names the chunk's
//! campaigns in their order, so the first of them tells the chunk, also when half of it is cut off later. Counted
//! is, for each endpoint and chunk: the calls whose first campaign is the chunk's first, less the chunk's attempts (times
//! the days), if that is above zero; and calls whose first campaign is no chunk's first.
//!
//! Counted are calls that got an answer, whatever it said. Calls that got none are not: workerd itself repeats a GET when
//! a connection that it uses again closes before a byte of the answer has come, as HTTP allows (RFC 9112, 9.3.1). Calls
//! that an attempt did not come to are not missed, and the pages of the listing do not count: attempts share a listing.

use serde::Deserialize;
use std::{collections::HashMap, fmt};

/// Endpoints, by the last part of their names, with the stage that calls them.
const ENDPOINTS: [(&str, &str); 6] = [
    ("get_product_level_campaign_setting_info", "campaigns"),
    ("get_product_campaign_daily_performance", "performance"),
    (CAMPAIGN_HOURS, "performance"),
    ("get_all_cpc_ads_daily_performance", TOTALS),
    (SHOP_HOURS, TOTALS),
    ("get_total_balance", TOTALS),
];
const CAMPAIGN_HOURS: &str = "get_product_campaign_hourly_performance";
const SHOP_HOURS: &str = "get_all_cpc_ads_hourly_performance";
const TOTALS: &str = "shop_totals";

/// A call, as the fake remembers it.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// The path after `/api/v2/`.
    pub endpoint: String,
    /// The campaigns it named.
    pub ids: Vec<i64>,
    /// The status of its answer, if it got one.
    pub status: Option<u16>,
}

/// A chunk, as GET /v1/runs/{id} tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Chunk {
    key: Key,
    /// The first of its campaigns; none for the totals.
    first_campaign: Option<i64>,
    /// How many attempts were started.
    attempt: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    stage: String,
}

/// Calls to one endpoint that no attempt explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// The endpoint.
    pub endpoint: &'static str,
    /// How many.
    pub calls: u64,
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.calls, self.endpoint)
    }
}

/// Counts them.
pub fn unexplained(calls: &[Call], chunks: &[Chunk], hourly_days: u64) -> Vec<Unexplained> {
    let of_endpoint = |(endpoint, stage)| {
        let days = if [CAMPAIGN_HOURS, SHOP_HOURS].contains(&endpoint) { hourly_days } else { 1 };
        let chunks: Vec<&Chunk> = chunks.iter().filter(|chunk| chunk.key.stage == stage).collect();
        let pairs = pairs(made(calls, endpoint), &chunks);
        let beyond = |(made, attempts): &(u64, u64)| made.saturating_sub(attempts * days);
        Unexplained { endpoint, calls: pairs.iter().map(beyond).sum() }
    };
    ENDPOINTS.into_iter().map(of_endpoint).filter(|found| found.calls > 0).collect()
}

/// The answered calls to an endpoint, by the first campaign they named; the totals of a shop name none.
fn made(calls: &[Call], endpoint: &str) -> HashMap<Option<i64>, u64> {
    let mut made = HashMap::new();
    for call in calls.iter().filter(|call| call.status.is_some() && call.endpoint.ends_with(endpoint)) {
        *made.entry(call.ids.first().copied()).or_default() += 1;
    }
    made
}

/// Each chunk's calls and attempts; calls of no chunk have none.
fn pairs(mut made: HashMap<Option<i64>, u64>, chunks: &[&Chunk]) -> Vec<(u64, u64)> {
    let mut pairs: Vec<(u64, u64)> =
        chunks.iter().map(|chunk| (made.remove(&chunk.first_campaign).unwrap_or(0), chunk.attempt)).collect();
    pairs.extend(made.into_values().map(|calls| (calls, 0)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = ENDPOINTS[0].0;

    fn call(endpoint: &str, ids: &[i64]) -> Call {
        Call { endpoint: format!("ads/{endpoint}"), ids: ids.to_vec(), status: Some(200) }
    }

    fn chunk(stage: &str, first_campaign: impl Into<Option<i64>>, attempt: u64) -> Chunk {
        Chunk { key: Key { stage: stage.to_owned() }, first_campaign: first_campaign.into(), attempt }
    }

    fn found(calls: &[Call], chunks: &[Chunk]) -> Vec<(&'static str, u64)> {
        let found = unexplained(calls, chunks, 2);
        found.into_iter().map(|found| (found.endpoint, found.calls)).collect()
    }

    #[test]
    fn calls_beyond_a_chunks_own_attempts_are_counted() {
        let cut_off = Call { status: None, ..call(SETTINGS, &[1, 2]) };
        let calls = [call(SETTINGS, &[1, 2]), cut_off, call(SETTINGS, &[1]), call(SETTINGS, &[3])];
        let chunks = |first, last| [chunk("campaigns", 1, first), chunk("campaigns", 3, last)];
        assert_eq!(found(&calls, &chunks(1, 2)), [(SETTINGS, 1)]);
        assert_eq!(found(&calls, &chunks(2, 1)), []);
    }

    #[test]
    fn a_call_of_no_chunk_is_counted() {
        assert_eq!(found(&[call(SETTINGS, &[2])], &[chunk("campaigns", 1, 5)]), [(SETTINGS, 1)]);
    }

    #[test]
    fn each_day_of_hours_is_a_call_and_totals_have_no_campaigns() {
        let twice = |endpoint, ids: &[i64]| [call(endpoint, ids), call(endpoint, ids)];
        let calls = [twice(CAMPAIGN_HOURS, &[1]), twice(SHOP_HOURS, &[]), twice("get_total_balance", &[])];
        let chunks = [chunk("performance", 1, 1), chunk(TOTALS, None, 1)];
        assert_eq!(found(&calls.concat(), &chunks), [("get_total_balance", 1)]);
    }
}
