//! One row of measures. Only what was counted is kept; ratios follow from it, and Shopee's own are not what their
//! names say (`cpc` is a cost per order, `ctr` a fraction).

use crate::decode::{FieldError, Fields, UnknownFields};
use chrono::NaiveDate;
use serde_json::value::RawValue;

/// Measures of a day or an hour. Direct ones are about the advertised item, broad ones about any item of the shop,
/// both within seven days of the click, so that recent days still grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// 0 to 23, in hourly rows.
    pub hour: Option<u8>,
    /// Times shown.
    pub impression: i64,
    /// Times clicked.
    pub clicks: i64,
    /// Money spent, in major units.
    pub expense: f64,
    /// Orders of the advertised item.
    pub direct_order: i64,
    /// Their value, in major units.
    pub direct_gmv: f64,
    /// Orders of any item.
    pub broad_order: i64,
    /// Their value, in major units.
    pub broad_gmv: f64,
    /// Pieces of the advertised item sold.
    pub direct_item_sold: i64,
    /// Pieces of any item sold.
    pub broad_item_sold: i64,
}

impl Metrics {
    /// Nothing was counted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        let counts = [self.impression, self.clicks, self.direct_order, self.broad_order];
        let pieces = [self.direct_item_sold, self.broad_item_sold];
        counts.iter().chain(&pieces).all(|count| *count == 0)
            && [self.expense, self.direct_gmv, self.broad_gmv].iter().all(|amount| *amount == 0.0)
    }
}

/// Every field of the four endpoints: what is read, and Shopee's own ratios.
const KNOWN: [&str; 27] = [
    "date",
    "hour",
    "impression",
    "clicks",
    "ctr",
    "expense",
    "direct_order",
    "direct_gmv",
    "broad_order",
    "broad_gmv",
    "direct_order_amount",
    "broad_order_amount",
    "direct_item_sold",
    "broad_item_sold",
    "broad_roi",
    "broad_cir",
    "cr",
    "cpc",
    "direct_roi",
    "direct_cir",
    "direct_cr",
    "cpdc",
    "direct_conversions",
    "broad_conversions",
    "cost_per_conversion",
    "direct_roas",
    "broad_roas",
];

/// How an endpoint lays out its rows.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    hourly: bool,
    direct_item_sold: &'static str,
    broad_item_sold: &'static str,
}

impl Layout {
    /// The campaign endpoints call pieces sold an "amount" of orders.
    pub(super) const CAMPAIGN_DAY: Self = Self {
        hourly: false,
        direct_item_sold: "direct_order_amount",
        broad_item_sold: "broad_order_amount",
    };
    pub(super) const CAMPAIGN_HOUR: Self = Self { hourly: true, ..Self::CAMPAIGN_DAY };
    pub(super) const SHOP_DAY: Self =
        Self { hourly: false, direct_item_sold: "direct_item_sold", broad_item_sold: "broad_item_sold" };
    pub(super) const SHOP_HOUR: Self = Self { hourly: true, ..Self::SHOP_DAY };

    pub(super) fn read(self, row: &RawValue, unknown: &mut UnknownFields<'_>) -> Result<Metrics, FieldError> {
        let fields = Fields::parse(row)?;
        unknown.look("", &fields, &KNOWN);
        Ok(Metrics {
            date: fields.date("date")?,
            hour: if self.hourly { Some(fields.hour("hour")?) } else { None },
            impression: fields.count("impression")?,
            clicks: fields.count("clicks")?,
            expense: fields.amount("expense")?,
            direct_order: fields.count("direct_order")?,
            direct_gmv: fields.amount("direct_gmv")?,
            broad_order: fields.count("broad_order")?,
            broad_gmv: fields.amount("broad_gmv")?,
            direct_item_sold: fields.count(self.direct_item_sold)?,
            broad_item_sold: fields.count(self.broad_item_sold)?,
        })
    }
}
