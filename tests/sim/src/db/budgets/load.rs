//! What a look at a shop's budgets begins with.

use super::{Rules, Schedule};
use crate::db::{
    Model, Shop, Values, decimal,
    shops::{local, midnight_ms, time_zone},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// A row as `budgets.load` gives it: what stands in its lists as NULL is left out.
fn schedule(id: &str, row: &Schedule) -> Value {
    let days: Option<Vec<i64>> =
        row.days_of_week.as_ref().map(|days| days.iter().copied().flatten().collect());
    let dates: Option<Vec<&String>> =
        row.specific_dates.as_ref().map(|dates| dates.iter().flatten().collect());
    json!({
        "id": id, "shop_id": row.shop_id, "campaign_id": row.campaign_id, "hour_start": row.hour_start,
        "minute_start": row.minute_start, "hour_end": row.hour_end, "minute_end": row.minute_end,
        "budget": row.budget.map(decimal), "days_of_week": days.filter(|days| !days.is_empty()),
        "specific_dates": dates, "is_active": row.is_active, "restore": row.restore,
        "unlimited": row.unlimited,
    })
}

/// As the function `ads_budget_rules` joins them.
struct Joined {
    region: String,
    own: Rules,
    of_region: Rules,
    of_all: Rules,
    /// The smallest and the largest budget that Shopee allows.
    allowed: (Option<i64>, Option<i64>),
}

impl Joined {
    fn deployment(&self) -> Value {
        let Self { of_region, of_all, .. } = self;
        json!({
            "floor": of_region.floor.or(self.allowed.0).map(decimal),
            "ceiling": of_region.ceiling.map(decimal),
            "largest": self.allowed.1.map(decimal),
            "shop_daily_total": of_region.shop_daily_total.map(decimal),
            "change_percent_tick": of_region.change_percent_tick.or(of_all.change_percent_tick),
            "change_percent_day": of_region.change_percent_day.or(of_all.change_percent_day),
            "allow_unlimited": of_region.allow_unlimited.or(of_all.allow_unlimited),
            "restore_over_hands": of_region.restore_over_hands.or(of_all.restore_over_hands),
            "enabled": of_region.enabled.unwrap_or(true) && of_all.enabled.unwrap_or(true),
            "dry_run": of_region.dry_run.unwrap_or(false) || of_all.dry_run.unwrap_or(false),
        })
    }

    fn shop(&self) -> Value {
        let own = &self.own;
        json!({
            "floor": own.floor.map(decimal), "ceiling": own.ceiling.map(decimal),
            "shop_daily_total": own.shop_daily_total.map(decimal),
            "change_percent_tick": own.change_percent_tick, "change_percent_day": own.change_percent_day,
            "allow_unlimited": own.allow_unlimited, "restore_over_hands": own.restore_over_hands,
            "enabled": own.enabled, "dry_run": own.dry_run,
        })
    }

    fn document(&self) -> Value {
        json!({ "region": self.region, "deployment": self.deployment(), "shop": self.shop() })
    }

    fn is_stopped(&self) -> bool {
        let all = [&self.own, &self.of_region, &self.of_all];
        all.iter().any(|rules| rules.enabled == Some(false) || rules.dry_run == Some(true))
    }
}

impl Model {
    fn budget_rules(&self, shop_id: i64) -> Joined {
        let of = |shop_id: i64, region: &str| {
            self.budgets.rules.get(&(shop_id, region.to_owned())).cloned().unwrap_or_default()
        };
        let region = self.shops.get(&shop_id).map(region).unwrap_or_default();
        let of_region = if region.is_empty() { Rules::default() } else { of(0, &region) };
        let allowed = self.budgets.limits.get(&shop_id).map(|limits| (limits.min_budget, limits.max_budget));
        let (own, of_all) = (of(shop_id, ""), of(0, ""));
        Joined { region, own, of_region, of_all, allowed: allowed.unwrap_or_default() }
    }

    /// Writing is switched off for the shop, or only tried.
    pub(super) fn budgets_are_stopped(&self, shop_id: i64) -> bool {
        self.budget_rules(shop_id).is_stopped()
    }

    /// The rules of a shop and the active schedules of a campaign are still these.
    pub(super) fn budgets_are_decided_by(&self, key: (i64, i64), schedules: &[Value], rules: &Value) -> bool {
        let of_campaign = self.budgets.active_of(key.0).filter(|(_, row)| row.campaign_id == key.1);
        let now: Vec<Value> = of_campaign.map(|(id, row)| schedule(id, row)).collect();
        now == schedules && self.budget_rules(key.0).document() == *rules
    }

    pub(in crate::db) fn budgets_load(&self, v: &Values<'_>) -> Vec<String> {
        let shop_id = v.long(0);
        let Some(shop) = self.shops.get(&shop_id) else { return Vec::new() };
        let zone = time_zone(shop.region.as_deref());
        let mut schedules: Vec<_> = self.budgets.active_of(shop_id).collect();
        schedules.sort_by_key(|(id, row)| (row.campaign_id, *id));
        let schedules: Vec<Value> = schedules.into_iter().map(|(id, row)| schedule(id, row)).collect();
        let rules = self.budget_rules(shop_id);
        let has_schedules = |id: i64| self.budgets.active_of(shop_id).any(|(_, row)| row.campaign_id == id);
        let states =
            self.budgets.states_of(shop_id).filter(|(id, state)| state.is_open() || has_schedules(*id));
        let states: Vec<Value> = states
            .map(|(id, state)| json!({ "campaign_id": id, "known": state.known, "write": state.write }))
            .collect();
        let shown = |ms: i64| local(ms, zone).format("%Y-%m-%dT%H:%M:%S").to_string();
        let looked_ms = self.budgets.leases.get(&shop_id).and_then(|lease| lease.looked_at_ms);
        let changed: BTreeMap<&String, String> = self
            .budgets
            .active_of(shop_id)
            .filter_map(|(id, row)| Some((id, shown(row.updated_at_ms?))))
            .collect();
        let has_clock = region(shop) == "SG" || zone != time_zone(Some("SG"));
        let row = json!({
            "local": has_clock.then(|| shown(self.now_ms)),
            "at_ms": self.now_ms, "looked": looked_ms.map(shown), "changed": changed,
            "region": region(shop), "schedules": schedules, "states": states,
            "rules": rules.document(),
            "knows_limits": self.budgets.limits.get(&shop_id).is_some_and(|limits| limits.fetched_at_ms > self.now_ms - DAY_MS),
            "budgets": self.budgets_seen(shop_id),
            "day_starts": self.day_starts(shop_id, midnight_ms(self.now_ms, zone)),
        });
        vec![row.to_string()]
    }

    /// What was seen last of the campaigns that can spend, by a sync or by the scheduler.
    fn budgets_seen(&self, shop_id: i64) -> Vec<Value> {
        let of_shop = (shop_id, i64::MIN)..=(shop_id, i64::MAX);
        let runs = self.runs.range(of_shop.clone()).map(|(_, run)| run);
        let synced = runs.filter(|run| run.kind == "realtime" && run.status == "completed");
        let synced_ms = synced.map(|run| run.started_at_ms).max().unwrap_or(i64::MIN);
        let mut seen: BTreeMap<i64, Option<String>> = BTreeMap::new();
        for ((_, id), row) in self.campaigns.range(of_shop) {
            let can_spend = row.vanished_at_ms.is_none()
                && matches!(row.value.status.as_deref(), Some("ongoing" | "scheduled"));
            if can_spend {
                seen.insert(*id, row.value.campaign_budget.map(decimal));
            }
        }
        for (id, state) in self.budgets.states_of(shop_id) {
            let fetched_ms = self.campaigns.get(&(shop_id, id)).map_or(i64::MIN, |row| row.fetched_at_ms);
            let budget = state.known.get("seen").and_then(Value::as_str);
            if let Some(budget) = budget.filter(|_| state.updated_at_ms >= fetched_ms.max(synced_ms)) {
                seen.insert(id, Some(budget.to_owned()));
            }
        }
        let rows = seen.into_iter();
        rows.map(|(id, budget)| json!({ "campaign_id": id, "budget": budget })).collect()
    }

    /// The budget of campaigns before the first change since a time.
    fn day_starts(&self, shop_id: i64, since_ms: i64) -> Vec<Value> {
        let mut first = BTreeMap::new();
        for log in
            self.budgets.logs.iter().filter(|log| {
                log.shop_id == shop_id && log.status != "skipped" && log.executed_at_ms >= since_ms
            })
        {
            if let Some(old) = log.old_budget {
                first.entry(log.campaign_id).or_insert(old);
            }
        }
        let rows = first.into_iter();
        rows.map(|(id, old)| json!({ "campaign_id": id, "budget": decimal(old) })).collect()
    }
}

fn region(shop: &Shop) -> String {
    shop.region.as_deref().unwrap_or("").trim().to_uppercase()
}
