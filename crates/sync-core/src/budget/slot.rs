//! What a schedule makes of one date.

use super::{clock::WallTime, schedule::Schedule};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};

/// The name of a slot. The hour that comes twice when summer time ends has the same slots both times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SlotKey {
    /// The schedule's id.
    pub schedule: String,
    /// The date in the shop's time zone.
    pub date: NaiveDate,
}

impl fmt::Display for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.schedule, self.date)
    }
}

impl From<SlotKey> for String {
    fn from(key: SlotKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for SlotKey {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let key = text.rsplit_once('@').and_then(|(schedule, date)| {
            Some(Self { schedule: schedule.to_owned(), date: date.parse().ok()? })
        });
        key.ok_or_else(|| "a slot has the form <schedule>@<date>".to_owned())
    }
}

/// The reference id of the edit that applies a slot: the same for every try, so that Shopee itself refuses a second one.
/// At most [`crate::REFERENCE_ID_MAX`] characters for the id of a [`Schedule`].
#[must_use]
pub fn reference_id(key: &SlotKey) -> String {
    format!("{}-{}", key.schedule, key.date.format("%Y%m%d"))
}

/// The reference id of the edit that ends a slot: like [`reference_id`], but another.
#[must_use]
pub fn restore_reference_id(key: &SlotKey) -> String {
    format!("{}-r", reference_id(key))
}

/// The reference id of an edit that somebody asked for at a time of the slot's day.
#[must_use]
pub fn now_reference_id(key: &SlotKey, at: NaiveDateTime) -> String {
    format!("{}-n{}", reference_id(key), at.format("%H%M%S"))
}

impl Schedule {
    /// The slot of a date.
    #[must_use]
    pub fn slot(&self, date: NaiveDate) -> SlotKey {
        SlotKey { schedule: self.id().to_owned(), date }
    }

    /// Whether a slot is open when the shop's clock shows `local`.
    #[must_use]
    pub fn is_open(&self, local: NaiveDateTime) -> bool {
        let time = WallTime::of(local);
        self.is_active() && self.days().holds(local.date()) && self.start() <= time && time < self.end()
    }

    /// Whether the slot of `date` is over when the shop's clock shows `local`.
    #[must_use]
    pub fn is_over(&self, date: NaiveDate, local: NaiveDateTime) -> bool {
        (local.date(), WallTime::of(local)) >= (date, self.end())
    }

    /// Which of several open slots of a campaign counts; the smallest does. A specific date beats a day of the week,
    /// then the later start beats the earlier one, then the smaller id. New schedules cannot get there ([`super::admit`]);
    /// older rows can.
    pub(crate) fn precedence(&self) -> impl Ord + use<'_> {
        (Reverse(self.days().is_specific()), Reverse(self.start()), self.id())
    }
}
