//! Money as whole hundredths: what DECIMAL(15,2) holds, compared without floating point.

use crate::limits::BUDGET_HUNDREDTHS_MAX;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An amount in the shop's currency, from 0 to 9999999999999.99. As text and in JSON it is in major units with two
/// decimals. For Shopee a budget of 0 is unlimited; a schedule has a field for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text contains something other than digits and at most one point.
    #[error("not a number; it is written like 45.50, without signs, spaces or separators of thousands")]
    NotANumber,
    /// It has more decimals than are stored.
    #[error("more than two decimals")]
    TooManyDecimals,
    /// It is below zero.
    #[error("below 0")]
    Negative,
    /// It is more than the column holds.
    #[error("above 9999999999999.99")]
    TooLarge,
}

impl Money {
    /// The unlimited budget.
    pub const UNLIMITED: Self = Self(0);

    /// An amount from hundredths, if it is in range.
    #[must_use]
    pub fn from_hundredths(hundredths: i64) -> Option<Self> {
        (0..=BUDGET_HUNDREDTHS_MAX).contains(&hundredths).then_some(Self(hundredths))
    }

    /// The amount in hundredths.
    #[must_use]
    pub fn hundredths(self) -> i64 {
        self.0
    }

    /// Whether this is the unlimited budget.
    #[must_use]
    pub fn is_unlimited(self) -> bool {
        self == Self::UNLIMITED
    }

    /// The larger of two budgets; unlimited is the largest.
    #[must_use]
    pub fn larger(self, other: Self) -> Self {
        if self.is_unlimited() || other.is_unlimited() { Self::UNLIMITED } else { self.max(other) }
    }

    /// Converts a JSON number of Shopee's, in major units. `None` if it is not a whole number of hundredths: such a
    /// setting must not be rounded to the nearest one. A quarter of a hundredth is tolerated for binary rounding.
    #[must_use]
    pub fn from_platform(major: f64) -> Option<Self> {
        let scaled = major * 100.0;
        let nearest = scaled.round();
        let is_near =
            (scaled - nearest).abs() <= 0.25 && (1.0..=BUDGET_HUNDREDTHS_MAX as f64).contains(&nearest);
        // Only zero itself is unlimited.
        (is_near || major == 0.0).then_some(Self(nearest as i64))
    }

    /// The number for a request to Shopee, in major units: the nearest binary number, whose shortest text is exact.
    #[must_use]
    pub fn to_platform(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads decimal text exactly.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) {
            return Err(MoneyError::NotANumber);
        }
        if is_negative {
            return Err(MoneyError::Negative);
        }
        let hundredths = match decimals.len() {
            1 => decimals.parse::<i64>().unwrap_or(0).saturating_mul(10),
            2 => decimals.parse::<i64>().unwrap_or(0),
            _ => return Err(MoneyError::TooManyDecimals),
        };
        // Digits that do not parse are too many.
        let whole: i64 = whole.parse().map_err(|_| MoneyError::TooLarge)?;
        let all = whole.saturating_mul(100).saturating_add(hundredths);
        Self::from_hundredths(all).ok_or(MoneyError::TooLarge)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl TryFrom<String> for Money {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

/// The sum of budgets, in hundredths. `None` if one of them is unlimited, so that there is no sum.
#[must_use]
pub fn total_hundredths(budgets: impl IntoIterator<Item = Money>) -> Option<i64> {
    budgets
        .into_iter()
        .try_fold(0_i64, |sum, budget| (!budget.is_unlimited()).then(|| sum.saturating_add(budget.0)))
}
