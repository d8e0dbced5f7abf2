//! Guard rails as an operator sets them, for the deployment or for one shop.

use super::{guard_rails::GuardRails, money::Money};
use crate::limits::CHANGE_PERCENT_MAX;
use serde::Deserialize;

/// Values as read from the database; absent ones are inherited. Money is decimal text in major units of the shop's
/// currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of `GuardRails`")]
pub struct GuardRailsOverride {
    pub floor: Option<String>,
    pub ceiling: Option<String>,
    pub largest: Option<String>,
    pub allow_unlimited: Option<bool>,
    pub restore_over_hands: Option<bool>,
    pub change_percent_tick: Option<i64>,
    pub change_percent_day: Option<i64>,
    pub shop_daily_total: Option<String>,
    pub enabled: Option<bool>,
    pub dry_run: Option<bool>,
}

/// An unusable guard rail. No budgets may be written until it is corrected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct GuardRailsError {
    /// The invalid field.
    pub field: &'static str,
    /// What is wrong and what is allowed.
    pub reason: String,
}

/// Shopee's markets, whose time zones the database knows.
pub const REGIONS: [&str; 12] = ["SG", "MY", "TH", "VN", "PH", "ID", "TW", "MX", "CL", "CO", "PL", "BR"];

/// Whether this is a Shopee market, in capitals. A shop of any other region has no clock and no currency.
#[must_use]
pub fn is_region(region: &str) -> bool {
    REGIONS.contains(&region)
}

/// The smallest budget that Shopee accepts in a region, in its currency, if known. Shopee documents none; these values
/// were observed.
#[must_use]
pub fn region_floor(region: &str) -> Option<Money> {
    let major = match region {
        "BR" => 10_i64,
        "VN" => 100_000,
        _ => return None,
    };
    Money::from_hundredths(major.saturating_mul(100))
}

impl GuardRails {
    /// The rules of a shop: its own, else the deployment's, else the known ones of its region. Amounts depend on the
    /// currency, so `deployment` must hold the values set for this region. Neither side can undo the other's kill
    /// switch or dry run.
    ///
    /// # Errors
    /// The first invalid field; `region` if the shop's market is unknown.
    pub fn resolve(
        region: &str,
        deployment: &GuardRailsOverride,
        shop: &GuardRailsOverride,
    ) -> Result<Self, GuardRailsError> {
        if is_region(region) {
            return Self::joined(region, deployment, shop);
        }
        let reason = "the shop's region is not known, and so neither its currency nor its clock".to_owned();
        Err(GuardRailsError { field: "region", reason })
    }

    /// Like [`GuardRails::resolve`], for rules without a shop, such as the deployment's, which has no region.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn joined(
        region: &str,
        deployment: &GuardRailsOverride,
        shop: &GuardRailsOverride,
    ) -> Result<Self, GuardRailsError> {
        let either = |of: fn(&GuardRailsOverride) -> &Option<String>| {
            of(shop).as_deref().or(of(deployment).as_deref())
        };
        let rails = Self {
            floor: money("floor", either(|values| &values.floor))?.or_else(|| region_floor(region)),
            ceiling: money("ceiling", either(|values| &values.ceiling))?,
            largest: money("largest", either(|values| &values.largest))?,
            allow_unlimited: shop.allow_unlimited.or(deployment.allow_unlimited).unwrap_or(false),
            restore_over_hands: shop.restore_over_hands.or(deployment.restore_over_hands).unwrap_or(false),
            change_percent_tick: percent(
                "change_percent_tick",
                shop.change_percent_tick.or(deployment.change_percent_tick),
            )?,
            change_percent_day: percent(
                "change_percent_day",
                shop.change_percent_day.or(deployment.change_percent_day),
            )?,
            shop_daily_total: money("shop_daily_total", either(|values| &values.shop_daily_total))?,
            enabled: [deployment, shop].iter().all(|values| values.enabled.unwrap_or(true)),
            dry_run: [deployment, shop].iter().any(|values| values.dry_run.unwrap_or(false)),
        };
        match (rails.floor, rails.ceiling) {
            (Some(floor), Some(ceiling)) if ceiling < floor => {
                let reason = format!("{ceiling} is below the floor, {floor}: no budget would be allowed");
                Err(GuardRailsError { field: "ceiling", reason })
            }
            _ => Ok(rails),
        }
    }
}

fn money(field: &'static str, text: Option<&str>) -> Result<Option<Money>, GuardRailsError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<Money>() {
        Ok(money) if !money.is_unlimited() => Ok(Some(money)),
        Ok(_) => {
            let reason = "0 is no limit; leave it out for no rule".to_owned();
            Err(GuardRailsError { field, reason })
        }
        Err(error) => Err(GuardRailsError { field, reason: error.to_string() }),
    }
}

fn percent(field: &'static str, value: Option<i64>) -> Result<Option<u32>, GuardRailsError> {
    let Some(value) = value else { return Ok(None) };
    let fits = u32::try_from(value).ok().filter(|percent| (1..=CHANGE_PERCENT_MAX).contains(percent));
    let reason = || format!("{value} is not allowed; allowed are 1 to {CHANGE_PERCENT_MAX}");
    fits.map(Some).ok_or_else(|| GuardRailsError { field, reason: reason() })
}
