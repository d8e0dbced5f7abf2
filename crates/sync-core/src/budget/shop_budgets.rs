//! The budgets of a shop's campaigns while a tick changes some of them.

use super::{guard_rails::RailContext, money::Money};
use compact::SortedMap;

/// The budgets of the campaigns that can spend, and those from the beginning of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopBudgets {
    budgets: SortedMap<i64, Money>,
    /// The sum of the limited budgets.
    sum: i64,
    unlimited: usize,
    day_starts: SortedMap<i64, Money>,
}

impl ShopBudgets {
    /// Takes the budgets as last seen, and those of campaigns before their first change of the shop's day.
    #[must_use]
    pub fn new(
        budgets: impl IntoIterator<Item = (i64, Money)>,
        day_starts: impl IntoIterator<Item = (i64, Money)>,
    ) -> Self {
        let mut shop = Self { day_starts: day_starts.into_iter().collect(), ..Self::default() };
        for (campaign_id, budget) in budgets {
            shop.set(campaign_id, Some(budget));
        }
        shop
    }

    /// Sets a campaign's budget that was read or is being changed; `None` if the campaign cannot spend.
    pub fn set(&mut self, campaign_id: i64, budget: Option<Money>) {
        let before = match budget {
            Some(budget) => self.budgets.insert(campaign_id, budget),
            None => self.budgets.remove(&campaign_id),
        };
        for (amount, sign) in [(before, -1_i64), (budget, 1)] {
            match amount {
                Some(amount) if amount.is_unlimited() && sign > 0 => {
                    self.unlimited = self.unlimited.saturating_add(1);
                }
                Some(amount) if amount.is_unlimited() => self.unlimited = self.unlimited.saturating_sub(1),
                Some(amount) => {
                    self.sum = self.sum.saturating_add(amount.hundredths().saturating_mul(sign));
                }
                None => {}
            }
        }
    }

    /// Records that a campaign's budget may become this one: the larger one counts until that is known. Campaigns that
    /// cannot spend are left out.
    pub fn may_become(&mut self, campaign_id: i64, budget: Money) {
        if let Some(present) = self.budgets.get(&campaign_id).copied() {
            self.set(campaign_id, Some(present.larger(budget)));
        }
    }

    /// Records that a campaign's budget was read as this one.
    pub fn became(&mut self, campaign_id: i64, budget: Money) {
        if self.budgets.contains_key(&campaign_id) {
            self.set(campaign_id, Some(budget));
        }
    }

    /// What the rules need to know for a change of this campaign.
    #[must_use]
    pub fn context(&self, campaign_id: i64) -> RailContext {
        let own = self.budgets.get(&campaign_id).copied();
        let unlimited = self.unlimited.saturating_sub(usize::from(own.is_some_and(Money::is_unlimited)));
        let others = self.sum.saturating_sub(own.map_or(0, Money::hundredths));
        RailContext {
            day_start: self.day_starts.get(&campaign_id).copied(),
            others_hundredths: (unlimited == 0).then_some(others),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::total_hundredths;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_sum_is_that_of_the_others(changes in prop::collection::vec((0_i64..5, prop::option::of(0_i64..400)), 0..40)) {
            let mut shop = ShopBudgets::default();
            let mut budgets = SortedMap::new();
            for (campaign_id, amount) in changes {
                let budget = amount.and_then(Money::from_hundredths);
                shop.set(campaign_id, budget);
                match budget {
                    Some(budget) => drop(budgets.insert(campaign_id, budget)),
                    None => drop(budgets.remove(&campaign_id)),
                }
                for asked in 0..6 {
                    let others = budgets.iter().filter(|(id, _)| **id != asked).map(|(_, budget)| *budget);
                    prop_assert_eq!(shop.context(asked).others_hundredths, total_hundredths(others));
                }
            }
        }
    }
}
