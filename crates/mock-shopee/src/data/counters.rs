//! The counters, and values derived from them.

use serde_json::Value;
use std::ops::AddAssign;

/// The counters, each a `count` or `cents`: the type, its sums and what is stored of it are made from one list.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident: $unit:ident,)+) => {
        /// The counters of an hour, or a sum of hours. Money is in hundredths of the major unit, so sums are exact.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[$doc])* pub $name: i64,)+
        }

        impl AddAssign<&Counters> for Counters {
            fn add_assign(&mut self, more: &Counters) {
                $(self.$name += more.$name;)+
            }
        }

        impl Counters {
            /// Names and values as a client should store them: money in major units.
            pub fn stored(&self) -> impl Iterator<Item = (&'static str, Value)> {
                [$((stringify!($name), $unit(self.$name)),)+].into_iter()
            }
        }
    };
}

counters! {
    /// Times that an ad was shown.
    impression: count,
    /// Times that it was clicked.
    clicks: count,
    /// Cost.
    expense: cents,
    /// Orders of the advertised product.
    direct_order: count,
    /// Their value.
    direct_gmv: cents,
    /// Orders of any product of the shop; includes the direct ones.
    broad_order: count,
    /// Their value.
    broad_gmv: cents,
    /// Pieces of the advertised product.
    direct_item_sold: count,
    /// Pieces of any product; includes the direct ones.
    broad_item_sold: count,
}

fn count(value: i64) -> Value {
    value.into()
}

fn cents(value: i64) -> Value {
    major(value).into()
}

impl Counters {
    /// All counters are 0.
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

/// A quotient; 0 if the divisor is 0.
pub fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
