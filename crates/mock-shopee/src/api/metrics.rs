//! Counters in the two vocabularies of the platform, with the ratios derived from them.

use crate::data::counters::{Counters, major, ratio};
use chrono::NaiveDate;
use serde::{Serialize, Serializer};

/// A number that is written as an integer where it has no fraction, as the platform does.
#[derive(Clone, Copy)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value) = *self;
        if value.fract() == 0.0 && value.abs() < 1e15 {
            serializer.serialize_i64(value as i64)
        } else {
            serializer.serialize_f64(value)
        }
    }
}

/// Cents as major units.
pub fn money(cents: i64) -> Number {
    Number(major(cents))
}

fn rate(part: i64, whole: i64) -> Number {
    Number((ratio(part, whole) * 1e4).round() / 1e4)
}

fn amount(part: i64, whole: i64) -> Number {
    Number((ratio(part, whole) * 1e2).round() / 1e2)
}

/// The fields of both vocabularies.
#[derive(Serialize)]
pub struct Row {
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<u32>,
    impression: i64,
    clicks: i64,
    ctr: Number,
    expense: Number,
    broad_gmv: Number,
    broad_order: i64,
    direct_gmv: Number,
    direct_order: i64,
}

fn row(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Row {
    Row {
        date: date.format("%d-%m-%Y").to_string(),
        hour,
        impression: sums.impression,
        clicks: sums.clicks,
        ctr: rate(sums.clicks, sums.impression),
        expense: money(sums.expense),
        broad_gmv: money(sums.broad_gmv),
        broad_order: sums.broad_order,
        direct_gmv: money(sums.direct_gmv),
        direct_order: sums.direct_order,
    }
}

/// A row of v2.ads.get_product_campaign_daily_performance or its hourly counterpart.
#[derive(Serialize)]
pub struct CampaignRow {
    #[serde(flatten)]
    row: Row,
    broad_order_amount: i64,
    broad_roi: Number,
    broad_cir: Number,
    cr: Number,
    cpc: Number,
    direct_order_amount: i64,
    direct_roi: Number,
    direct_cir: Number,
    direct_cr: Number,
    cpdc: Number,
}

impl CampaignRow {
    /// A row with all values derived from the counters.
    pub fn new(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Self {
        Self {
            row: row(date, hour, sums),
            broad_order_amount: sums.broad_item_sold,
            broad_roi: amount(sums.broad_gmv, sums.expense),
            broad_cir: rate(sums.expense, sums.broad_gmv),
            cr: rate(sums.broad_order, sums.clicks),
            // The cost of a conversion, whatever the name suggests.
            cpc: amount(sums.expense, sums.broad_order * 100),
            direct_order_amount: sums.direct_item_sold,
            direct_roi: amount(sums.direct_gmv, sums.expense),
            direct_cir: rate(sums.expense, sums.direct_gmv),
            direct_cr: rate(sums.direct_order, sums.clicks),
            cpdc: amount(sums.expense, sums.direct_order * 100),
        }
    }
}

/// A row of v2.ads.get_all_cpc_ads_daily_performance or its hourly counterpart.
#[derive(Serialize)]
pub struct ShopRow {
    #[serde(flatten)]
    row: Row,
    broad_item_sold: i64,
    broad_roas: Number,
    broad_conversions: Number,
    cost_per_conversion: Number,
    direct_item_sold: i64,
    direct_roas: Number,
    direct_conversions: Number,
}

impl ShopRow {
    /// A row with all values derived from the counters.
    pub fn new(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Self {
        Self {
            row: row(date, hour, sums),
            broad_item_sold: sums.broad_item_sold,
            broad_roas: amount(sums.broad_gmv, sums.expense),
            broad_conversions: rate(sums.broad_order, sums.clicks),
            cost_per_conversion: amount(sums.expense, sums.broad_order * 100),
            direct_item_sold: sums.direct_item_sold,
            direct_roas: amount(sums.direct_gmv, sums.expense),
            direct_conversions: rate(sums.direct_order, sums.clicks),
        }
    }
}
