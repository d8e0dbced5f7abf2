//! What is counted, and what follows from it.

use std::ops::AddAssign;

/// The counters of an hour, or a sum of hours. Money is in hundredths of the major unit, so sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Times that an ad was shown.
    pub impression: i64,
    /// Times that it was clicked.
    pub clicks: i64,
    /// Cost, in cents.
    pub expense: i64,
    /// Orders of the advertised product.
    pub direct_order: i64,
    /// Their value, in cents.
    pub direct_gmv: i64,
    /// Orders of any product of the shop; includes the direct ones.
    pub broad_order: i64,
    /// Their value, in cents.
    pub broad_gmv: i64,
    /// Pieces of the advertised product.
    pub direct_item_sold: i64,
    /// Pieces of any product; includes the direct ones.
    pub broad_item_sold: i64,
}

impl AddAssign<&Counters> for Counters {
    fn add_assign(&mut self, more: &Counters) {
        self.impression += more.impression;
        self.clicks += more.clicks;
        self.expense += more.expense;
        self.direct_order += more.direct_order;
        self.direct_gmv += more.direct_gmv;
        self.broad_order += more.broad_order;
        self.broad_gmv += more.broad_gmv;
        self.direct_item_sold += more.direct_item_sold;
        self.broad_item_sold += more.broad_item_sold;
    }
}

impl Counters {
    /// Nothing happened at all.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The sum of many.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Counters>) -> Self {
        parts.into_iter().fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

/// Cents as major units.
pub fn major(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// A quotient, 0 where there is nothing to divide by.
pub fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
