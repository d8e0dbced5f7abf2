//! Guard rails: what no schedule may do.

use super::{money::Money, violation::Violation};
use serde::{Deserialize, Serialize};

/// The rules of one shop, frozen for a tick. An absent rule does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardRails {
    /// Smallest budget. An unlimited budget passes.
    pub floor: Option<Money>,
    /// Largest budget. An unlimited budget does not pass.
    pub ceiling: Option<Money>,
    /// Shopee's own largest budget, which applies if there is no ceiling. An unlimited budget passes.
    #[serde(default)]
    pub largest: Option<Money>,
    /// Whether a schedule's budget may be unlimited.
    #[serde(default)]
    pub allow_unlimited: bool,
    /// Whether a debt is restored even over a budget that a person has set since.
    #[serde(default)]
    pub restore_over_hands: bool,
    /// Largest change from the current budget, up or down, in percent.
    pub change_percent_tick: Option<u32>,
    /// Largest change from the budget before the day's first change, up or down, in percent.
    pub change_percent_day: Option<u32>,
    /// Largest sum of the budgets of the shop's campaigns.
    pub shop_daily_total: Option<Money>,
    /// Whether budgets are written. `false` is the kill switch.
    pub enabled: bool,
    /// Whether everything is done except the edit.
    pub dry_run: bool,
}

impl Default for GuardRails {
    fn default() -> Self {
        Self {
            floor: None,
            ceiling: None,
            largest: None,
            allow_unlimited: false,
            restore_over_hands: false,
            change_percent_tick: None,
            change_percent_day: None,
            shop_daily_total: None,
            enabled: true,
            dry_run: false,
        }
    }
}

/// A change of one campaign's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The current budget, as read from Shopee.
    pub from: Money,
    /// The wanted budget.
    pub to: Money,
    /// Whether the change restores an earlier budget. Only the switches and the sum are then checked. Otherwise a slot
    /// that halved a budget could not end under a rule of 60 %, and a later rule would lock in what a slot has set.
    pub is_restore: bool,
}

/// What the rules need to know besides the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RailContext {
    /// The budget before the campaign's first change of the shop's day; `None` if there was no change.
    pub day_start: Option<Money>,
    /// The sum of the budgets of the shop's other campaigns ([`super::total_hundredths`]), including this tick's
    /// changes; `None` if one of them is unlimited.
    pub others_hundredths: Option<i64>,
}

impl GuardRails {
    /// Checks the rules that need only the budget; new schedules must pass them.
    ///
    /// # Errors
    /// The rule that the budget breaks.
    pub fn check_budget(&self, budget: Money) -> Result<(), Violation> {
        if let Some(floor) = self.floor
            && budget < floor
            && !budget.is_unlimited()
        {
            return Err(Violation::Floor { budget, floor });
        }
        match self.ceiling {
            Some(ceiling) if budget.is_unlimited() || budget > ceiling => {
                return Err(Violation::Ceiling { budget, ceiling });
            }
            _ if budget.is_unlimited() && !self.allow_unlimited => return Err(Violation::Unlimited),
            _ => {}
        }
        match self.largest.filter(|largest| self.ceiling.is_none() && budget > *largest) {
            Some(ceiling) => Err(Violation::Ceiling { budget, ceiling }),
            None => Ok(()),
        }
    }
}

/// Checks a change against the rules. The kill switch comes first; the dry run comes after all rules, so that it
/// reports what would really be done.
///
/// A change from or to an unlimited budget has no percentage, so a percentage rule refuses it. The sum is checked only
/// if the change raises it, so that a shop above it can still lower its budgets.
///
/// # Errors
/// The first rule that the change breaks.
pub fn check(rails: &GuardRails, change: Change, context: &RailContext) -> Result<(), Violation> {
    let Change { from, to, is_restore } = change;
    if !rails.enabled {
        return Err(Violation::KillSwitch);
    }
    if !is_restore {
        rails.check_budget(to)?;
    }
    if let Some(percent) =
        rails.change_percent_tick.filter(|percent| !is_restore && is_beyond(from, to, *percent))
    {
        return Err(Violation::ChangePercentTick { from, to, percent });
    }
    let first = context.day_start.unwrap_or(from);
    if let Some(percent) =
        rails.change_percent_day.filter(|percent| !is_restore && is_beyond(first, to, *percent))
    {
        return Err(Violation::ChangePercentDay { from: first, to, percent });
    }
    let raises = !from.is_unlimited() && (to.is_unlimited() || to > from);
    let sum = context
        .others_hundredths
        .filter(|_| !to.is_unlimited())
        .map(|sum| sum.saturating_add(to.hundredths()));
    let fits = |total: &Money| sum.is_some_and(|sum| sum <= total.hundredths());
    if let Some(total) = rails.shop_daily_total.filter(|total| raises && !fits(total)) {
        return Err(Violation::ShopDailyTotal { budget: to, total });
    }
    if rails.dry_run { Err(Violation::DryRun { from, to }) } else { Ok(()) }
}

/// Whether two budgets differ by more than this, in percent of the first. A difference without a percentage always
/// does.
fn is_beyond(from: Money, to: Money, percent: u32) -> bool {
    if from == to {
        return false;
    }
    if from.is_unlimited() || to.is_unlimited() {
        return true;
    }
    let (from, to) = (i128::from(from.hundredths()), i128::from(to.hundredths()));
    from.abs_diff(to).saturating_mul(100) > from.unsigned_abs().saturating_mul(u128::from(percent))
}
