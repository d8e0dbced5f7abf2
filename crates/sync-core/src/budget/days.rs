//! The days on which a schedule has a slot.

use chrono::{Datelike, NaiveDate};
use compact::SortedSet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names of the days; index 0 is Sunday, as in `days_of_week`.
const NAMES: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// How many dates a text names; the rest is only counted.
const NAMED_MAX: usize = 5;

/// A set of days of the week, never empty. Bit 0 is Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WeekDays(u8);

/// The days of a schedule. Specific dates take precedence: a schedule with dates is open on no other day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    /// These days of every week.
    Weekly(WeekDays),
    /// These dates only; never empty.
    Dates(SortedSet<NaiveDate>),
}

impl WeekDays {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// The set of these days, 0 = Sunday to 6 = Saturday. `None` if the list is empty or a day is out of that range.
    #[must_use]
    pub fn new(days: impl IntoIterator<Item = u32>) -> Option<Self> {
        let mut bits = 0_u8;
        for day in days {
            bits |= bit(day)?;
        }
        (bits != 0).then_some(Self(bits))
    }

    /// Whether a date is one of these days.
    #[must_use]
    pub fn holds(self, date: NaiveDate) -> bool {
        bit(date.weekday().num_days_from_sunday()).is_some_and(|bit| self.0 & bit != 0)
    }
}

fn bit(day: u32) -> Option<u8> {
    (day < 7).then(|| 1_u8.checked_shl(day)).flatten()
}

impl Days {
    /// Whether there is a slot on this date.
    #[must_use]
    pub fn holds(&self, date: NaiveDate) -> bool {
        match self {
            Self::Weekly(days) => days.holds(date),
            Self::Dates(dates) => dates.contains(&date),
        }
    }

    /// Whether these are specific dates.
    #[must_use]
    pub fn is_specific(&self) -> bool {
        matches!(self, Self::Dates(_))
    }

    /// The days that both share, from a date on. `None` if there are none; this is exact, since a weekly day recurs for
    /// ever and a date is one day.
    #[must_use]
    pub fn common(&self, other: &Self, from: NaiveDate) -> Option<Self> {
        let (dates, days) = match (self, other) {
            (Self::Weekly(a), Self::Weekly(b)) => {
                return (a.0 & b.0 != 0).then_some(Self::Weekly(WeekDays(a.0 & b.0)));
            }
            (Self::Dates(dates), days) | (days, Self::Dates(dates)) => (dates, days),
        };
        let both: SortedSet<NaiveDate> =
            dates.range(from..).copied().filter(|date| days.holds(*date)).collect();
        (!both.is_empty()).then_some(Self::Dates(both))
    }
}

impl fmt::Display for WeekDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("every day");
        }
        let names = (0_u32..).zip(NAMES).filter(|(day, _)| bit(*day).is_some_and(|bit| self.0 & bit != 0));
        f.write_str(&names.map(|(_, name)| name).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly(days) => days.fmt(f),
            Self::Dates(dates) => {
                let named: Vec<String> = dates.iter().take(NAMED_MAX).map(NaiveDate::to_string).collect();
                f.write_str(&named.join(", "))?;
                match dates.len().saturating_sub(NAMED_MAX) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}
