//! Counters in the two vocabularies of the platform, with all that it derives from them.

use crate::data::counters::{Counters, major, ratio};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// A number without a fraction is written as an integer, as the platform does.
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

/// Cents as major units.
pub fn money(cents: i64) -> Value {
    number(major(cents))
}

/// A day as the platform writes it.
pub fn date_text(date: NaiveDate) -> String {
    date.format("%d-%m-%Y").to_string()
}

fn rate(part: i64, whole: i64) -> Value {
    number((ratio(part, whole) * 1e4).round() / 1e4)
}

fn amount(part: i64, whole: i64) -> Value {
    number((ratio(part, whole) * 1e2).round() / 1e2)
}

fn row(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Value {
    let mut row = json!({
        "date": date_text(date),
        "impression": sums.impression,
        "clicks": sums.clicks,
        "ctr": rate(sums.clicks, sums.impression),
        "expense": money(sums.expense),
        "broad_gmv": money(sums.broad_gmv),
        "broad_order": sums.broad_order,
        "direct_gmv": money(sums.direct_gmv),
        "direct_order": sums.direct_order,
    });
    if let Some(hour) = hour {
        row["hour"] = hour.into();
    }
    row
}

/// A row of v2.ads.get_product_campaign_daily_performance or its hourly sister.
pub fn campaign_row(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Value {
    let mut row = row(date, hour, sums);
    row["broad_order_amount"] = sums.broad_item_sold.into();
    row["broad_roi"] = amount(sums.broad_gmv, sums.expense);
    row["broad_cir"] = rate(sums.expense, sums.broad_gmv);
    row["cr"] = rate(sums.broad_order, sums.clicks);
    // The cost of a conversion, whatever the name suggests.
    row["cpc"] = amount(sums.expense, sums.broad_order * 100);
    row["direct_order_amount"] = sums.direct_item_sold.into();
    row["direct_roi"] = amount(sums.direct_gmv, sums.expense);
    row["direct_cir"] = rate(sums.expense, sums.direct_gmv);
    row["direct_cr"] = rate(sums.direct_order, sums.clicks);
    row["cpdc"] = amount(sums.expense, sums.direct_order * 100);
    row
}

/// A row of v2.ads.get_all_cpc_ads_daily_performance or its hourly sister.
pub fn shop_row(date: NaiveDate, hour: Option<u32>, sums: &Counters) -> Value {
    let mut row = row(date, hour, sums);
    row["broad_item_sold"] = sums.broad_item_sold.into();
    row["broad_roas"] = amount(sums.broad_gmv, sums.expense);
    row["broad_conversions"] = rate(sums.broad_order, sums.clicks);
    row["cost_per_conversion"] = amount(sums.expense, sums.broad_order * 100);
    row["direct_item_sold"] = sums.direct_item_sold.into();
    row["direct_roas"] = amount(sums.direct_gmv, sums.expense);
    row["direct_conversions"] = rate(sums.direct_order, sums.clicks);
    row
}
