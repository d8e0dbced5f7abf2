//! Detects duplicate calls to Shopee: calls that no attempt accounts for.
//!
//! An attempt at a chunk calls each endpoint of its stage once (hourly endpoints once per day). The call lists the chunk's
//! campaigns in order, so its first campaign identifies the chunk even if the chunk was halved later. Per endpoint and
//! chunk, the duplicates are the calls whose first campaign is the chunk's first, minus the chunk's attempts (times the
//! days); calls that belong to no chunk are duplicates too.
//!
//! Only calls that were answered count, whatever the status. workerd repeats a GET if a reused connection closes before
//! the first byte of the response, as HTTP allows (RFC 9112, 9.3.1). Calls that an attempt did not get to are not
//! missed, and pages of the listing do not count, since attempts share a listing.

use serde::Deserialize;
use std::{collections::HashMap, fmt};

/// Endpoints, by the last segment of their path, with the stage that calls them.
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

/// A call, as recorded by the mock.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// The path after `/api/v2/`.
    pub endpoint: String,
    /// The campaign ids in its arguments.
    pub ids: Vec<i64>,
    /// The status of the response, if it was answered.
    pub status: Option<u16>,
}

/// A chunk, as returned by GET /v1/runs/{id}.
#[derive(Clone, Debug, Deserialize)]
pub struct Chunk {
    key: Key,
    /// Its first campaign; `None` for the shop's totals.
    first_campaign: Option<i64>,
    /// The number of attempts started.
    attempt: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    stage: String,
}

/// Duplicate calls to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateCalls {
    /// The endpoint.
    pub endpoint: &'static str,
    /// Their number.
    pub calls: u64,
}

impl fmt::Display for DuplicateCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.calls, self.endpoint)
    }
}

/// Counts the duplicate calls of a run.
pub fn duplicate_calls(calls: &[Call], chunks: &[Chunk], hourly_days: u64) -> Vec<DuplicateCalls> {
    let of_endpoint = |(endpoint, stage)| {
        let days = if [CAMPAIGN_HOURS, SHOP_HOURS].contains(&endpoint) { hourly_days } else { 1 };
        let chunks: Vec<&Chunk> = chunks.iter().filter(|chunk| chunk.key.stage == stage).collect();
        let pairs = calls_and_attempts(answered_calls(calls, endpoint), &chunks);
        let excess = |(made, attempts): &(u64, u64)| made.saturating_sub(attempts * days);
        DuplicateCalls { endpoint, calls: pairs.iter().map(excess).sum() }
    };
    ENDPOINTS.into_iter().map(of_endpoint).filter(|found| found.calls > 0).collect()
}

/// The number of answered calls to an endpoint by their first campaign; `None` for calls without campaigns.
fn answered_calls(calls: &[Call], endpoint: &str) -> HashMap<Option<i64>, u64> {
    let mut made = HashMap::new();
    for call in calls.iter().filter(|call| call.status.is_some() && call.endpoint.ends_with(endpoint)) {
        *made.entry(call.ids.first().copied()).or_default() += 1;
    }
    made
}

/// Each chunk's number of calls and attempts, and calls of no chunk with zero attempts.
fn calls_and_attempts(mut made: HashMap<Option<i64>, u64>, chunks: &[&Chunk]) -> Vec<(u64, u64)> {
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
        let found = duplicate_calls(calls, chunks, 2);
        found.into_iter().map(|found| (found.endpoint, found.calls)).collect()
    }

    #[test]
    fn calls_beyond_a_chunks_own_attempts_are_counted() {
        let unanswered = Call { status: None, ..call(SETTINGS, &[1, 2]) };
        let calls = [call(SETTINGS, &[1, 2]), unanswered, call(SETTINGS, &[1]), call(SETTINGS, &[3])];
        let chunks = |first, last| [chunk("campaigns", 1, first), chunk("campaigns", 3, last)];
        assert_eq!(found(&calls, &chunks(1, 2)), [(SETTINGS, 1)]);
        assert_eq!(found(&calls, &chunks(2, 1)), []);
    }

    #[test]
    fn a_call_of_no_chunk_is_a_duplicate() {
        assert_eq!(found(&[call(SETTINGS, &[2])], &[chunk("campaigns", 1, 5)]), [(SETTINGS, 1)]);
    }

    #[test]
    fn hourly_endpoints_are_called_once_per_day_and_totals_have_no_campaigns() {
        let twice = |endpoint, ids: &[i64]| [call(endpoint, ids), call(endpoint, ids)];
        let calls = [twice(CAMPAIGN_HOURS, &[1]), twice(SHOP_HOURS, &[]), twice("get_total_balance", &[])];
        let chunks = [chunk("performance", 1, 1), chunk(TOTALS, None, 1)];
        assert_eq!(found(&calls.concat(), &chunks), [("get_total_balance", 1)]);
    }
}
