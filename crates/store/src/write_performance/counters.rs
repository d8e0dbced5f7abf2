//! The counters of a day or an hour: one list, from which the type of a row and the SQL about counters are made.

use super::row_text::RowText;
use serde::Serialize;

/// Hands the counters to `$macro`, after its own arguments in brackets. Each name is a column of the four tables; where it is
/// `optional`, Shopee's answer may lack it.
macro_rules! with_counters {
    ($macro:ident! $($arguments:tt)*) => {
        $macro! {
            [$($arguments)*]
            /// Times shown.
            impression: optional i64,
            /// Clicks.
            clicks: optional i64,
            /// Money spent.
            expense: required f64,
            /// Orders of the advertised product.
            direct_order: optional i64,
            /// Their value.
            direct_gmv: optional f64,
            /// Orders of any product of the shop.
            broad_order: optional i64,
            /// Their value.
            broad_gmv: optional f64,
            /// Items in the direct orders.
            direct_item_sold: optional i64,
            /// Items in the broad orders.
            broad_item_sold: optional i64,
        }
    };
}
pub(super) use with_counters;

macro_rules! field_type {
    (optional $type:ty) => { Option<$type> };
    (required $type:ty) => { $type };
}

macro_rules! zero {
    (optional $type:ty) => {
        Some(<$type>::default())
    };
    (required $type:ty) => {
        <$type>::default()
    };
}

macro_rules! measures {
    ([] $($(#[$doc:meta])* $name:ident: $need:ident $type:ty,)+) => {
        /// What was counted in a day or an hour; `None` keeps the stored value, since the answer lacks it. Money in major units of
        /// the shop's currency; orders and items within seven days of the click.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct Measures {
            $($(#[$doc])* pub $name: field_type!($need $type),)+
        }

        impl Measures {
            /// The counters as fields of a row.
            pub(super) fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error> {
                $(row.number(&self.$name)?;)+
                Ok(())
            }
        }

        impl Default for Measures {
            /// All counters are 0.
            fn default() -> Self {
                Self { $($name: zero!($need $type),)+ }
            }
        }
    };
}

with_counters!(measures!);
