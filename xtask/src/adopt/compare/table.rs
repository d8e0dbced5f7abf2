//! The tables and columns to compare.

use crate::adopt::catalog::Catalog;

/// A table to compare. All names are constants.
pub(super) struct Table {
    pub name: &'static str,
    /// Rows are per campaign; otherwise per shop.
    campaign: bool,
    /// Rows are per day.
    pub by_day: bool,
    /// Rows are per hour.
    by_hour: bool,
    columns: &'static [&'static str],
}

/// Ratios are derived from these.
const COUNTERS: &[&str] = &[
    "impression",
    "clicks",
    "expense",
    "direct_order",
    "direct_gmv",
    "broad_order",
    "broad_gmv",
    "direct_item_sold",
    "broad_item_sold",
];
const SETTINGS: &[&str] = &[
    "ad_type",
    "name",
    "status",
    "campaign_placement",
    "bidding_method",
    "campaign_budget",
    "start_time",
    "end_time",
    "item_count",
    "roas_target",
];
/// Text columns among the settings.
const TEXTS: [&str; 5] = ["ad_type", "name", "status", "campaign_placement", "bidding_method"];

const fn performance(name: &'static str, campaign: bool, by_hour: bool) -> Table {
    Table { name, campaign, by_day: true, by_hour, columns: COUNTERS }
}

pub(super) const TABLES: [Table; 5] = [
    Table {
        name: "apishopee_ads_campaign_data",
        campaign: true,
        by_day: false,
        by_hour: false,
        columns: SETTINGS,
    },
    performance("apishopee_ads_performance_daily", true, false),
    performance("apishopee_ads_performance_hourly", true, true),
    performance("apishopee_ads_shop_performance_daily", false, false),
    performance("apishopee_ads_shop_performance_hourly", false, true),
];

impl Table {
    /// The columns that both databases have, and a description of those that one lacks; an error if one lacks the table.
    pub fn common(
        &self,
        old: &Catalog,
        new: &Catalog,
    ) -> Result<(Vec<&'static str>, Option<String>), String> {
        for (catalog, which) in [(old, "the installation"), (new, "the copy")] {
            if !catalog.has(self.name) {
                return Err(format!("{}, which {which} does not have", self.name));
            }
        }
        let (both, missing): (Vec<_>, Vec<_>) = self
            .columns
            .iter()
            .partition(|name| old.column(self.name, name).is_some() && new.column(self.name, name).is_some());
        let missing = (!missing.is_empty())
            .then(|| format!("{} of {}, which one side lacks", missing.join(", "), self.name));
        Ok((both, missing))
    }

    /// Selects keys and text values for shop `$1` and day `$2`, sorted by key.
    pub fn select(&self, columns: &[&str]) -> String {
        let campaign = if self.campaign { "campaign_id::bigint" } else { "0::bigint" };
        let hour = if self.by_hour { "hour::bigint" } else { "0::bigint" };
        let values: Vec<_> = columns.iter().map(|name| value(name)).collect();
        let day = if self.by_day { "performance_date = $2::text::date" } else { "$2::text IS NULL" };
        format!(
            "SELECT {campaign} AS campaign, {hour} AS at, ARRAY[{}]::text[] FROM {} WHERE shop_id = $1 AND {day} \
             ORDER BY campaign, at",
            values.join(", "),
            self.name
        )
    }
}

/// Normalises a value to text: numbers independently of their type, and NULL as 0 or '', which older programs wrote.
fn value(name: &str) -> String {
    if TEXTS.contains(&name) {
        format!("coalesce({name}::text, '')")
    } else {
        format!("trim_scale(coalesce({name}, 0)::numeric)::text")
    }
}
