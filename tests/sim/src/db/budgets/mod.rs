//! The tables of the budget scheduler, which shops are due, and who holds one.

mod load;
mod record;

use super::{
    Model, Values, hundredths_of,
    shops::{local, time_zone},
};
use chrono::Timelike;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A row of `apishopee_scheduled_ads_budget`. Its budget is in hundredths.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Schedule {
    pub shop_id: i64,
    pub campaign_id: i64,
    pub campaign_name: Option<String>,
    pub hour_start: i64,
    pub minute_start: i64,
    pub hour_end: i64,
    pub minute_end: i64,
    pub budget: Option<i64>,
    pub days_of_week: Option<Vec<Option<i64>>>,
    pub specific_dates: Option<Vec<Option<String>>>,
    pub is_active: Option<bool>,
    pub restore: bool,
    pub unlimited: bool,
    pub created_by: Option<String>,
    pub updated_at_ms: Option<i64>,
}

impl Schedule {
    fn is_active(&self) -> bool {
        self.is_active == Some(true)
    }
}

/// A row of `apishopee_ads_budget_rules`. Amounts are in hundredths.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Rules {
    pub floor: Option<i64>,
    pub ceiling: Option<i64>,
    pub change_percent_tick: Option<i64>,
    pub change_percent_day: Option<i64>,
    pub shop_daily_total: Option<i64>,
    pub enabled: Option<bool>,
    pub dry_run: Option<bool>,
    pub allow_unlimited: Option<bool>,
    pub restore_over_hands: Option<bool>,
}

/// A row of `apishopee_ads_budget_state`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct State {
    pub known: Value,
    pub write: Option<Value>,
    pub updated_at_ms: i64,
}

impl State {
    /// A write is open, or a budget is owed.
    fn is_open(&self) -> bool {
        self.write.is_some() || self.known.pointer("/applied/before").is_some_and(|before| !before.is_null())
    }
}

/// A row of `apishopee_ads_budget_leases`.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Lease {
    pub holder: Option<String>,
    pub fence: i64,
    pub lease_until_ms: Option<i64>,
    pub asked: bool,
    pub looked_at_ms: Option<i64>,
}

/// A row of `apishopee_ads_budget_logs`. Budgets are in hundredths.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Log {
    pub shop_id: i64,
    pub campaign_id: i64,
    pub campaign_name: Option<String>,
    pub schedule_id: Option<String>,
    pub old_budget: Option<i64>,
    pub new_budget: i64,
    pub status: String,
    pub error_message: Option<String>,
    pub executed_at_ms: i64,
    pub action: String,
    pub slot_date: String,
}

/// A row of `apishopee_ads_budget_limits`. Amounts are in hundredths.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Limits {
    pub min_budget: Option<i64>,
    pub max_budget: Option<i64>,
    pub fetched_at_ms: i64,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Budgets {
    /// `apishopee_scheduled_ads_budget` by id.
    pub schedules: BTreeMap<String, Schedule>,
    /// `apishopee_ads_budget_rules` by shop, or 0, and region.
    pub rules: BTreeMap<(i64, String), Rules>,
    /// `apishopee_ads_budget_state` by shop and campaign.
    pub states: BTreeMap<(i64, i64), State>,
    /// `apishopee_ads_budget_leases` by shop.
    pub leases: BTreeMap<i64, Lease>,
    /// `apishopee_ads_budget_limits` by shop.
    pub limits: BTreeMap<i64, Limits>,
    /// `apishopee_ads_budget_changes` by id: the shop, or 0 for all.
    pub changes: BTreeMap<i64, i64>,
    /// `apishopee_ads_budget_logs`, oldest first.
    pub logs: Vec<Log>,
    /// Leases last for so many seconds at most, if this is set: holders are overtaken more often.
    pub lease_seconds: Option<i64>,
    /// Postgres takes what is stored under any fence: a deliberate break.
    pub no_fence: bool,
}

impl Budgets {
    /// What the trigger does where somebody has changed a schedule or a rule of a shop, or of all (0). Whoever changes the rows
    /// of this model by hand calls it.
    pub fn note_change(&mut self, shop_id: i64) {
        let id = self.changes.last_key_value().map_or(1, |(id, _)| id + 1);
        self.changes.insert(id, shop_id);
    }

    fn active_of(&self, shop_id: i64) -> impl Iterator<Item = (&String, &Schedule)> {
        self.schedules.iter().filter(move |(_, row)| row.shop_id == shop_id && row.is_active())
    }

    fn states_of(&self, shop_id: i64) -> impl Iterator<Item = (i64, &State)> {
        self.states.range((shop_id, i64::MIN)..=(shop_id, i64::MAX)).map(|((_, id), state)| (*id, state))
    }

    fn lease_ms(&self, seconds: i64) -> i64 {
        seconds.min(self.lease_seconds.unwrap_or(seconds)) * 1_000
    }

    /// Renews the lease, if the shop is held under the fence.
    fn renew(&mut self, shop_id: i64, fence: i64, until_ms: i64) -> bool {
        let any = self.no_fence;
        let lease = self.leases.get_mut(&shop_id).filter(|lease| any || lease.fence == fence);
        lease.map(|lease| lease.lease_until_ms = Some(until_ms)).is_some()
    }
}

impl Model {
    pub(super) fn budgets_due(&self, v: &Values<'_>) -> Vec<String> {
        let only: Option<Vec<i64>> = v.opt_text(1).map(|_| v.json(1));
        let is_due = |shop_id: i64| {
            let budgets = &self.budgets;
            only.as_ref().is_none_or(|only| only.contains(&shop_id))
                && (budgets.active_of(shop_id).next().is_some()
                    || budgets.states_of(shop_id).any(|(_, state)| state.is_open()))
        };
        let budgets = &self.budgets;
        let due = self.shops.iter().filter(|(shop_id, _)| is_due(**shop_id)).map(|(shop_id, shop)| {
            let clock = local(self.now_ms, time_zone(shop.region.as_deref()));
            let second = i64::from(clock.num_seconds_from_midnight());
            let edges = self
                .budgets
                .active_of(*shop_id)
                .flat_map(|(_, row)| [(row.hour_start, row.minute_start), (row.hour_end, row.minute_end)]);
            let ahead = edges
                .map(|(hour, minute)| ((hour * 3_600 + minute * 60).min(86_400) - second + 86_400) % 86_400);
            let ends = budgets.states_of(*shop_id).filter_map(|(_, state)| {
                state.known.pointer("/applied/before").filter(|before| !before.is_null())?;
                let until_ms = state.known.pointer("/applied/until_ms")?.as_i64()?;
                Some((until_ms - self.now_ms + 999).div_euclid(1_000))
            });
            let ahead = ahead.chain(ends);
            let ahead: BTreeSet<i64> = ahead.filter(|seconds| (1..=v.long(0)).contains(seconds)).collect();
            json!({ "shop_id": shop_id, "after_seconds": ahead }).to_string()
        });
        due.collect()
    }

    pub(super) fn budget_changes_noted(&self, v: &Values<'_>) -> Value {
        let changes = self.budgets.changes.iter().take(usize::try_from(v.long(0)).unwrap_or(0));
        let (ids, shops): (Vec<i64>, BTreeSet<i64>) = changes.unzip();
        json!({ "ids": ids, "shops": shops })
    }

    pub(super) fn budget_changes_forget(&mut self, v: &Values<'_>) -> Value {
        let ids: Vec<i64> = v.json(0);
        self.budgets.changes.retain(|id, _| !ids.contains(id));
        true.into()
    }

    pub(super) fn budgets_claim(&mut self, v: &Values<'_>) -> Value {
        let (holder, until_ms) = (v.text(1), self.now_ms + self.budgets.lease_ms(v.long(2)));
        let lease = self.budgets.leases.entry(v.long(0)).or_default();
        let is_free = lease.holder.as_deref().is_none_or(|held| held == holder)
            || lease.lease_until_ms.is_some_and(|until| until <= self.now_ms);
        lease.asked |= !is_free;
        if !is_free {
            return Value::Null;
        }
        (lease.holder, lease.lease_until_ms) = (Some(holder.to_owned()), Some(until_ms));
        lease.fence += 1;
        lease.fence.into()
    }

    pub(super) fn budgets_limits(&mut self, v: &Values<'_>) -> Value {
        let amount = |n| v.opt_text(n).map(hundredths_of);
        let limits = Limits { min_budget: amount(1), max_budget: amount(2), fetched_at_ms: self.now_ms };
        let kept = self.budgets.limits.entry(v.long(0)).or_insert_with(|| limits.clone());
        kept.fetched_at_ms = self.now_ms;
        if v.truth(3) {
            *kept = limits;
        }
        true.into()
    }

    pub(super) fn budgets_release(&mut self, v: &Values<'_>) -> Value {
        let lease = self.budgets.leases.get_mut(&v.long(0)).filter(|lease| lease.fence == v.long(1));
        let Some(lease) = lease else { return false.into() };
        let asked = std::mem::take(&mut lease.asked);
        (lease.holder, lease.lease_until_ms) = (None, None);
        asked.into()
    }
}
