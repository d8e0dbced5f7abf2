//! Guard rails of the deployment, a region or a shop.

use super::schedule::Amount;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The rules of one row; null inherits. Shop 0 without a region is the whole deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Rules {
    /// The shop, or 0.
    pub shop_id: i64,
    /// The region in upper case, or empty.
    pub region: String,
    /// Smallest budget, decimal text in major units.
    pub floor: Option<String>,
    /// Largest budget.
    pub ceiling: Option<String>,
    /// Largest change at once, in percent.
    pub change_percent_tick: Option<i64>,
    /// Largest change within a day, in percent.
    pub change_percent_day: Option<i64>,
    /// Largest sum of a shop's budgets.
    pub shop_daily_total: Option<String>,
    /// `false`: no budget is written.
    pub enabled: Option<bool>,
    /// `true`: what would be written is only logged.
    pub dry_run: Option<bool>,
    /// `true`: schedules without a limit are allowed.
    pub allow_unlimited: Option<bool>,
    /// `true`: a debt is restored even over a budget that a person has set since.
    pub restore_over_hands: Option<bool>,
    /// Increases with each change; the row's `ETag`.
    pub version: i64,
    /// When it was last changed, unix milliseconds.
    pub updated_at_ms: Option<i64>,
    /// Who changed it last.
    pub updated_by: Option<String>,
}

/// A row as a whole: absent fields are inherited, except the switches `enabled` and `dry_run`, which stay as they are. Without
/// shop and region it is the deployment's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PutRules {
    /// The shop.
    pub shop_id: Option<i64>,
    /// The region in two letters; not with a shop.
    pub region: Option<String>,
    /// Smallest budget.
    pub floor: Option<Amount>,
    /// Largest budget.
    pub ceiling: Option<Amount>,
    /// Largest change at once, in percent.
    pub change_percent_tick: Option<i64>,
    /// Largest change within a day, in percent.
    pub change_percent_day: Option<i64>,
    /// Largest sum of a shop's budgets.
    pub shop_daily_total: Option<Amount>,
    /// `false`: no budget is written.
    pub enabled: Option<bool>,
    /// `true`: what would be written is only logged.
    pub dry_run: Option<bool>,
    /// `true`: schedules without a limit are allowed.
    pub allow_unlimited: Option<bool>,
    /// `true`: a debt is restored even over a budget that a person has set since.
    pub restore_over_hands: Option<bool>,
}

/// The rules that apply to a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesOfShop {
    /// The shop.
    pub shop_id: i64,
    /// Its market; empty if it is not known.
    pub region: String,
    /// `deployment` and `shop`: the fields of the rows that are joined.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub rules: Value,
    /// The version of the shop's own row; 0 if it has none.
    pub version: i64,
    /// The rules joined; null if they cannot be.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub in_force: Option<Value>,
    /// Why they cannot be joined.
    pub problem: Option<String>,
}

/// The row of a region, or of the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesOfRegion {
    /// The region in upper case, or empty.
    pub region: String,
    /// The row; null if there is none.
    pub rules: Option<Rules>,
    /// The row's version; 0 if there is none.
    pub version: i64,
}
