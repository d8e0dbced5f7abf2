//! One row of measures. Only counters are kept; ratios can be derived, and Shopee's own are not what their names suggest
//! (`cpc` is a cost per order, `ctr` a fraction).

use crate::decode::{FieldError, Fields, UnknownFields};
use chrono::NaiveDate;
use compact::json::Raw;

/// Measures of a day or an hour; `None`: missing in the answer. Later corrections can make an hour's negative. Direct ones are
/// about the advertised item, broad ones about any item of the shop, both within seven days of the click, so that recent days
/// still grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// 0 to 23, in hourly rows.
    pub hour: Option<u8>,
    /// Times shown.
    pub impression: Option<i64>,
    /// Times clicked.
    pub clicks: Option<i64>,
    /// Money spent, in major units.
    pub expense: f64,
    /// Orders of the advertised item.
    pub direct_order: Option<i64>,
    /// Their value, in major units.
    pub direct_gmv: Option<f64>,
    /// Orders of any item.
    pub broad_order: Option<i64>,
    /// Their value, in major units.
    pub broad_gmv: Option<f64>,
    /// Pieces of the advertised item sold.
    pub direct_item_sold: Option<i64>,
    /// Pieces of any item sold.
    pub broad_item_sold: Option<i64>,
}

impl Metrics {
    /// All measures that are present are 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        let counts = [self.impression, self.clicks, self.direct_order, self.broad_order];
        let pieces = [self.direct_item_sold, self.broad_item_sold];
        let amounts = [Some(self.expense), self.direct_gmv, self.broad_gmv];
        counts.iter().chain(&pieces).flatten().all(|count| *count == 0)
            && amounts.iter().flatten().all(|amount| *amount == 0.0)
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

    /// Reads a row. `day` is its date if it has none. Missing measures are reported; a row without its expense is malformed.
    pub(super) fn read(
        self,
        row: Raw<'_>,
        day: Option<NaiveDate>,
        unknown: &mut UnknownFields<'_>,
    ) -> Result<Metrics, FieldError> {
        let fields = Fields::parse(row)?;
        unknown.add_unknown("", &fields, &KNOWN);
        let counters = [
            "impression",
            "clicks",
            "direct_order",
            "direct_gmv",
            "broad_order",
            "broad_gmv",
            self.direct_item_sold,
            self.broad_item_sold,
        ];
        unknown.add_missing(&fields, &counters);
        let date = match day.filter(|_| fields.get("date").is_none()) {
            Some(day) => {
                unknown.add_missing(&fields, &["date"]);
                day
            }
            None => fields.date("date")?,
        };
        Ok(Metrics {
            date,
            hour: if self.hourly { Some(fields.hour("hour")?) } else { None },
            impression: fields.optional_count("impression")?,
            clicks: fields.optional_count("clicks")?,
            expense: fields.money("expense")?,
            direct_order: fields.optional_sum("direct_order")?,
            direct_gmv: fields.optional_money("direct_gmv")?,
            broad_order: fields.optional_sum("broad_order")?,
            broad_gmv: fields.optional_money("broad_gmv")?,
            direct_item_sold: fields.optional_sum(self.direct_item_sold)?,
            broad_item_sold: fields.optional_sum(self.broad_item_sold)?,
        })
    }
}
