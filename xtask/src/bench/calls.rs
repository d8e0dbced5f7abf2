//! What the fake has seen of a measurement.

use super::rig::Rig;
use anyhow::{Context, Result};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Calls that a contender may have in flight, and by which its least time is computed.
pub const IN_FLIGHT: u32 = 5;

/// The endpoint of the listing.
const LIST: &str = "ads/get_product_level_campaign_id_list";

/// The calls of a measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// How many were made.
    pub count: u64,
    /// How many the fake refused for the rate.
    pub refused: u64,
    /// The most that were in flight at once.
    pub in_flight_max: u32,
    /// How long the fake took for all of them, in seconds.
    pub served_seconds: f64,
    /// When the first one came, in unix milliseconds.
    pub first_ms: i64,
    /// When the first listing was over, in unix milliseconds.
    pub listed_ms: i64,
    /// When the last one was answered, in unix milliseconds.
    pub last_ms: i64,
    /// Of those that came after the first listing, how many were in flight on average.
    pub in_flight_mean: f64,
}

/// A call as the fake's control API shows it.
#[derive(Deserialize)]
struct Call {
    time_ms: i64,
    endpoint: String,
    refused_by: Option<Value>,
    duration_ms: Option<u64>,
    in_flight: u32,
}

impl Call {
    fn took_ms(&self) -> i64 {
        self.duration_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0)
    }

    fn end_ms(&self) -> i64 {
        self.time_ms.saturating_add(self.took_ms())
    }
}

impl Calls {
    /// All calls since the fake was reset.
    ///
    /// # Errors
    /// The fake does not respond.
    pub async fn read(rig: &Rig) -> Result<Self> {
        let calls = rig.control(Method::GET, "/_mock/calls", &Value::Null).await?;
        let calls: Vec<Call> = serde_json::from_value(calls).context("the fake's calls cannot be read")?;
        Ok(Self::of(&calls))
    }

    /// The listing is over when another call follows its pages: who goes on listing while chunks are at work, or lists again, is
    /// not waited for.
    fn of(calls: &[Call]) -> Self {
        let first_page = calls.iter().position(|call| call.endpoint == LIST).unwrap_or(0);
        let (before, rest) = calls.split_at(first_page);
        let pages = rest.iter().take_while(|call| call.endpoint == LIST).count();
        let (pages, others) = calls.split_at(before.len() + pages);
        let end = |calls: &[Call]| calls.iter().map(Call::end_ms).max();
        let first_ms = calls.iter().map(|call| call.time_ms).min().unwrap_or(0);
        let (listed_ms, last_ms) = (end(pages).unwrap_or(first_ms), end(calls).unwrap_or(0));
        let served = |calls: &[Call]| calls.iter().map(|call| call.took_ms() as f64).sum::<f64>();
        let begun_ms = others.iter().map(|call| call.time_ms).min().unwrap_or(last_ms).min(listed_ms);
        let working_ms = (last_ms - begun_ms).max(1) as f64;
        Self {
            count: calls.len() as u64,
            refused: calls.iter().filter(|call| call.refused_by.is_some()).count() as u64,
            in_flight_max: calls.iter().map(|call| call.in_flight).max().unwrap_or(0),
            served_seconds: served(calls) / 1_000.0,
            first_ms,
            listed_ms,
            last_ms,
            in_flight_mean: served(others) / working_ms,
        }
    }

    /// The least time in which these calls can be made with [`IN_FLIGHT`] at once, in seconds.
    #[must_use]
    pub fn floor_seconds(&self) -> f64 {
        self.served_seconds / f64::from(IN_FLIGHT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(time_ms: i64, endpoint: &str, duration: Value, in_flight: u32) -> Value {
        let refused = if in_flight > 5 { json!("app") } else { Value::Null };
        json!({
            "n": 1, "time_ms": time_ms, "endpoint": endpoint, "refused_by": refused, "duration_ms": duration,
            "in_flight": in_flight,
        })
    }

    #[test]
    fn calls_are_summed_up() {
        let calls = json!([
            call(1_000, LIST, json!(200), 1),
            call(1_500, "x", json!(0), 6),
            call(3_500, "x", Value::Null, 2),
            call(4_000, "x", json!(560), 1),
        ]);
        let calls = Calls::of(&serde_json::from_value::<Vec<Call>>(calls).unwrap());
        assert_eq!((calls.count, calls.refused, calls.in_flight_max), (4, 1, 6));
        assert_eq!((calls.first_ms, calls.listed_ms, calls.last_ms), (1_000, 1_200, 4_560));
        assert!((calls.served_seconds - 0.76).abs() < 1e-9);
        assert!((calls.floor_seconds() - 0.152).abs() < 1e-9);
        assert!((calls.in_flight_mean - 560.0 / 3_360.0).abs() < 1e-9, "{}", calls.in_flight_mean);
        assert_eq!(Calls::of(&[]), Calls::default());
    }
}
