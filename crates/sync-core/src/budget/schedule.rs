//! A schedule with validated fields.

use super::{clock::WallTime, days::Days, money::Money};

/// A budget for a time of day on certain days, for one campaign. Only [`Schedule::parse`] creates one, which
/// guarantees: the start is before the end, there is at least one day, the id is a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub(super) id: String,
    pub(super) shop_id: i64,
    pub(super) campaign_id: i64,
    pub(super) start: WallTime,
    pub(super) end: WallTime,
    pub(super) budget: Money,
    pub(super) days: Days,
    pub(super) is_active: bool,
    pub(super) restore: bool,
}

impl Schedule {
    /// The row's UUID, in lower case.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The shop.
    #[must_use]
    pub fn shop_id(&self) -> i64 {
        self.shop_id
    }

    /// The campaign.
    #[must_use]
    pub fn campaign_id(&self) -> i64 {
        self.campaign_id
    }

    /// When its slots open, in the shop's wall-clock time.
    #[must_use]
    pub fn start(&self) -> WallTime {
        self.start
    }

    /// When its slots end; the minute itself is excluded.
    #[must_use]
    pub fn end(&self) -> WallTime {
        self.end
    }

    /// The daily budget while a slot is open.
    #[must_use]
    pub fn budget(&self) -> Money {
        self.budget
    }

    /// The days with a slot.
    #[must_use]
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// Whether it is active; an inactive schedule has no slots.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    /// Whether the earlier budget comes back when a slot ends.
    #[must_use]
    pub fn restore(&self) -> bool {
        self.restore
    }
}
