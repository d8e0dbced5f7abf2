//! The guard rails by name.

use super::money::Money;

/// Why a change is refused. The text begins with the rule's name, so that logs can be searched for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Budgets are not written at all.
    #[error("kill_switch: budget changes are switched off")]
    KillSwitch,
    /// The change is only reported, not made.
    #[error("dry_run: {} would become {}", said(*from), said(*to))]
    DryRun {
        /// The current budget.
        from: Money,
        /// The wanted budget.
        to: Money,
    },
    /// The budget is below the smallest budget.
    #[error("floor: {budget} is below the smallest budget, {floor}")]
    Floor {
        /// The wanted budget.
        budget: Money,
        /// The smallest allowed.
        floor: Money,
    },
    /// The budget is above the largest budget.
    #[error("ceiling: {} is above the largest budget, {ceiling}", said(*budget))]
    Ceiling {
        /// The wanted budget.
        budget: Money,
        /// The largest allowed.
        ceiling: Money,
    },
    /// The budget is unlimited, and no rule allows that.
    #[error("unlimited: no rule allows a budget without a limit (allow_unlimited)")]
    Unlimited,
    /// The budget differs too much from the current one.
    #[error("change_percent_tick: {} to {} is more than {percent} % at once", said(*from), said(*to))]
    ChangePercentTick {
        /// The current budget.
        from: Money,
        /// The wanted budget.
        to: Money,
        /// The largest change.
        percent: u32,
    },
    /// The budget differs too much from that at the day's beginning.
    #[error("change_percent_day: {} to {} is more than {percent} % within a day", said(*from), said(*to))]
    ChangePercentDay {
        /// The budget before the day's first change.
        from: Money,
        /// The wanted budget.
        to: Money,
        /// The largest change.
        percent: u32,
    },
    /// The shop's budgets add up to too much.
    #[error("shop_daily_total: with {} the shop's budgets are above {total} a day", said(*budget))]
    ShopDailyTotal {
        /// The wanted budget.
        budget: Money,
        /// The largest sum.
        total: Money,
    },
}

impl Violation {
    /// The stable name of the rule.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::KillSwitch => "kill_switch",
            Self::DryRun { .. } => "dry_run",
            Self::Floor { .. } => "floor",
            Self::Ceiling { .. } => "ceiling",
            Self::Unlimited => "unlimited",
            Self::ChangePercentTick { .. } => "change_percent_tick",
            Self::ChangePercentDay { .. } => "change_percent_day",
            Self::ShopDailyTotal { .. } => "shop_daily_total",
        }
    }
}

fn said(budget: Money) -> String {
    if budget.is_unlimited() { "0 (unlimited)".to_owned() } else { budget.to_string() }
}
