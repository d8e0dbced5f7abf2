//! What a schedule makes of one date.

use super::{clock::WallTime, schedule::Schedule};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};

/// The name of a slot in its current form. The hour that occurs twice when summer time ends has the same slots both
/// times; a schedule whose hours or budget change has other slots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SlotKey {
    /// The schedule's id.
    pub schedule: String,
    /// The date in the shop's time zone.
    pub date: NaiveDate,
    /// A hash of campaign, hours and budget. 0 was stored before forms were remembered, and matches any.
    pub form: u32,
}

impl SlotKey {
    /// Whether both name the same slot, as far as is known.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let is_known = self.form != 0 && other.form != 0;
        (&self.schedule, self.date) == (&other.schedule, other.date) && (!is_known || self.form == other.form)
    }

    pub(crate) fn of_any_form(&self) -> Self {
        Self { form: 0, ..self.clone() }
    }
}

impl fmt::Display for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.schedule, self.date)?;
        if self.form == 0 { Ok(()) } else { write!(f, "#{:08x}", self.form) }
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
        let (slot, form) = text.split_once('#').unwrap_or((&text, "0"));
        let key = slot.split_once('@').and_then(|(schedule, date)| {
            let form = u32::from_str_radix(form, 16).ok()?;
            Some(Self { schedule: schedule.to_owned(), date: date.parse().ok()?, form })
        });
        key.ok_or_else(|| "a slot has the form <schedule>@<date>#<form>".to_owned())
    }
}

/// The reference id of the edit for a cause: the same for every try, so that Shopee itself refuses a second one. `mark`
/// is `a` for an applied slot, `r` for its debt, `n` for a run now. `turn` counts the campaign's edits. At most
/// [`crate::REFERENCE_ID_MAX`] characters for the id of a [`Schedule`].
#[must_use]
pub fn reference_id(key: &SlotKey, mark: char, turn: u32) -> String {
    format!("{}-{}-{:08x}-{mark}{turn:x}", key.schedule, compact_date(key.date), key.form)
}

/// `YYYYMMDD`. Not by a pattern: chrono's patterns bring in tables of Unicode.
pub(super) fn compact_date(date: NaiveDate) -> String {
    date.to_string().replace('-', "")
}

/// Whether two reference ids belong to one slot and one action, in any form.
pub(super) fn is_of_one_slot(a: &str, b: &str) -> bool {
    let parts = |id: &str| Some((id.get(..45)?.to_owned(), id.get(54..56)?.to_owned()));
    parts(a).is_some() && parts(a) == parts(b)
}

impl Schedule {
    /// The slot of a date.
    #[must_use]
    pub fn slot(&self, date: NaiveDate) -> SlotKey {
        SlotKey { schedule: self.id().to_owned(), date, form: self.form() }
    }

    /// A hash (FNV-1a) of campaign, hours and budget, which differs if one of them does. Never 0.
    fn form(&self) -> u32 {
        let (start, end) = (self.start().minutes(), self.end().minutes());
        let what = format!("{} {start} {end} {}", self.campaign_id(), self.budget().hundredths());
        let hash = what
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        hash.max(1)
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

    /// The order of precedence among a campaign's open slots; the smallest is in force. A specific date beats a day of
    /// the week, then the later start beats the earlier one, then the smaller id. New schedules cannot overlap
    /// ([`super::admit`]); older rows can.
    pub(crate) fn precedence(&self) -> impl Ord + use<'_> {
        (Reverse(self.days().is_specific()), Reverse(self.start()), self.id())
    }
}
