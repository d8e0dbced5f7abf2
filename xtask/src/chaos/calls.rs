//! Calls to Shopee that were made twice for one attempt.
//!
//! An attempt at a chunk names each of its campaigns once to each endpoint of its stage (once a day to the one with hours),
//! and the totals of the shop are asked for once. So what is counted is, for each endpoint and chunk: how often the
//! campaign of the chunk that was named most was named, less the attempts that the chunk's row counts (times the days).
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

/// The row of a chunk.
#[derive(Clone, Debug)]
pub struct ChunkRow {
    /// campaigns, performance or shop_totals.
    pub stage: String,
    /// Within its stage.
    pub index: i32,
    /// Its campaigns.
    pub size: u64,
    /// How many attempts were started.
    pub attempts: u64,
    /// pending, processing, completed or failed.
    pub status: String,
}

/// Calls of one chunk to one endpoint that no attempt explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// The endpoint.
    pub endpoint: &'static str,
    /// The chunk.
    pub index: i32,
    /// How many.
    pub times: u64,
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} for chunk {}", self.times, self.endpoint, self.index)
    }
}

/// Counts them. `plan` are the run's campaigns in the order in which they were listed; chunks are slices of it.
pub fn unexplained(
    calls: &[Call],
    plan: Vec<i64>,
    chunks: &[ChunkRow],
    hourly_days: u64,
) -> Vec<Unexplained> {
    let mut found = Vec::new();
    for (endpoint, stage) in ENDPOINTS {
        let named = named(calls, endpoint);
        let days = if [CAMPAIGN_HOURS, SHOP_HOURS].contains(&endpoint) { hourly_days } else { 1 };
        let mut first = 0;
        for chunk in chunks.iter().filter(|chunk| chunk.stage == stage) {
            let size = usize::try_from(chunk.size).unwrap_or(usize::MAX);
            let of_chunk = plan.iter().skip(first).take(size);
            let most = match stage {
                TOTALS => calls.iter().filter(|call| is(call, endpoint)).count() as u64,
                _ => of_chunk.filter_map(|id| named.get(id)).copied().max().unwrap_or(0),
            };
            first += size;
            let times = most.saturating_sub(chunk.attempts * days);
            if times > 0 {
                found.push(Unexplained { endpoint, index: chunk.index, times });
            }
        }
    }
    found
}

/// How often each campaign was named to an endpoint.
fn named(calls: &[Call], endpoint: &str) -> HashMap<i64, u64> {
    let mut times = HashMap::new();
    for id in calls.iter().filter(|call| is(call, endpoint)).flat_map(|call| &call.ids) {
        *times.entry(*id).or_default() += 1;
    }
    times
}

fn is(call: &Call, endpoint: &str) -> bool {
    call.status.is_some() && call.endpoint.ends_with(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(endpoint: &str, ids: &[i64]) -> Call {
        Call { endpoint: format!("ads/{endpoint}"), ids: ids.to_vec(), status: Some(200) }
    }

    fn chunk(stage: &str, index: i32, size: u64, attempts: u64) -> ChunkRow {
        ChunkRow { stage: stage.to_owned(), index, size, attempts, status: "completed".to_owned() }
    }

    #[test]
    fn calls_beyond_a_chunks_own_attempts_are_counted() {
        let settings = ENDPOINTS[0].0;
        let cut = Call { status: None, ..call(settings, &[1, 2]) };
        let calls = [call(settings, &[1, 2]), cut, call(settings, &[1]), call(settings, &[3])];
        let chunks =
            [chunk("campaigns", 0, 2, 1), chunk("campaigns", 1, 1, 2), chunk("performance", 0, 3, 1)];
        let found = unexplained(&calls, vec![1, 2, 3], &chunks, 1);
        assert_eq!(found, [Unexplained { endpoint: settings, index: 0, times: 1 }]);
    }

    #[test]
    fn each_day_of_hours_is_a_call_and_totals_have_no_campaigns() {
        let calls = [
            call(CAMPAIGN_HOURS, &[1]),
            call(CAMPAIGN_HOURS, &[1]),
            call(SHOP_HOURS, &[]),
            call(SHOP_HOURS, &[]),
            call("get_total_balance", &[]),
            call("get_total_balance", &[]),
        ];
        let chunks = [chunk("performance", 0, 1, 1), chunk(TOTALS, 0, 0, 1)];
        let found = unexplained(&calls, vec![1], &chunks, 2);
        assert_eq!(found, [Unexplained { endpoint: "get_total_balance", index: 0, times: 1 }]);
    }
}
