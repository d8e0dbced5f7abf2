//! What is compared, of which table.

use crate::adopt::catalog::Catalog;

/// A table, by fixed names only.
pub(super) struct Table {
    pub name: &'static str,
    /// A row is of a campaign; else of the shop.
    campaign: bool,
    /// A row is of a day.
    pub by_day: bool,
    /// A row is of an hour.
    by_hour: bool,
    columns: &'static [&'static str],
}

/// Ratios follow from these.
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
/// Settings that are texts.
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
    /// The columns that both databases have, and those that one lacks; or that one lacks the table.
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

    /// Reads a shop, `$1`, and a day, `$2`, as keys and texts in the order of the keys.
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

/// The same number is the same text, whatever its column's type; nothing is what an older program wrote for 0 and ''.
fn value(name: &str) -> String {
    if TEXTS.contains(&name) {
        format!("coalesce({name}::text, '')")
    } else {
        format!("trim_scale(coalesce({name}, 0)::numeric)::text")
    }
}
