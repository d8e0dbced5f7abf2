//! The data tables to compare.

/// A table to compare.
pub(in crate::demo) struct Table {
    pub(in crate::demo) name: &'static str,
    /// The mock's name for its rows.
    pub(super) kind: &'static str,
    /// The columns that identify a row of a shop.
    pub(super) key: &'static [&'static str],
    /// The days to compare.
    pub(super) days: Days,
}

pub(super) enum Days {
    /// Rows without a day.
    All,
    /// The run's days of daily figures.
    Daily,
    /// The run's days of hourly figures.
    Hourly,
}

pub(in crate::demo) const TABLES: [Table; 6] = [
    Table { name: "apishopee_ads_campaign_data", kind: "campaigns", key: &["campaign_id"], days: Days::All },
    Table {
        name: "apishopee_ads_performance_daily",
        kind: "daily",
        key: &["campaign_id", "performance_date"],
        days: Days::Daily,
    },
    Table {
        name: "apishopee_ads_performance_hourly",
        kind: "hourly",
        key: &["campaign_id", "performance_date", "hour"],
        days: Days::Hourly,
    },
    Table {
        name: "apishopee_ads_shop_performance_daily",
        kind: "shop_daily",
        key: &["performance_date"],
        days: Days::Daily,
    },
    Table {
        name: "apishopee_ads_shop_performance_hourly",
        kind: "shop_hourly",
        key: &["performance_date", "hour"],
        days: Days::Hourly,
    },
    Table { name: "apishopee_ads_shop_balance", kind: "balance", key: &["shop_id"], days: Days::All },
];
