//! Times of day on the wall clock.

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A minute, in milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;
/// Minutes in a day of the wall clock.
const DAY: u16 = 24 * 60;

/// A moment, and what a shop's wall clock shows then. Slots have wall-clock times, which jump forward and back by an
/// hour once a year; spans and pauses are measured in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What the wall clock shows.
    pub local: NaiveDateTime,
    /// Unix milliseconds.
    pub at_ms: i64,
}

impl Clock {
    /// The clock at another moment, assuming no jump of the wall clock in between.
    #[must_use]
    pub fn at(self, at_ms: i64) -> Self {
        let passed = TimeDelta::milliseconds(at_ms.saturating_sub(self.at_ms));
        Self { local: self.local.checked_add_signed(passed).unwrap_or(self.local), at_ms }
    }
}

/// A time of day in whole minutes, from 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct WallTime(u16);

impl WallTime {
    /// The end of the day, 24:00.
    pub const MIDNIGHT: Self = Self(DAY);

    /// A time from minutes since 00:00, if within the day; 1440 is 24:00.
    #[must_use]
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= DAY).then_some(Self(minutes))
    }

    /// The minute that the clock shows, without seconds.
    #[must_use]
    pub fn of(local: NaiveDateTime) -> Self {
        let minutes = local.hour().saturating_mul(60).saturating_add(local.minute());
        Self(u16::try_from(minutes).unwrap_or(DAY).min(DAY))
    }

    /// Minutes since 00:00.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<u16> for WallTime {
    type Error = String;
    fn try_from(minutes: u16) -> Result<Self, String> {
        Self::from_minutes(minutes)
            .ok_or_else(|| format!("{minutes} is no minute of a day; allowed are 0 to {DAY}"))
    }
}

impl From<WallTime> for u16 {
    fn from(time: WallTime) -> Self {
        time.0
    }
}
