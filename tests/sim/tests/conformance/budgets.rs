//! Random statements of the budget scheduler, and of operators who write its tables by hand.

use crate::{both::Both, samples::*};
use anyhow::Result;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sim::db::budgets::{Rules, Schedule};
use store::{
    budget_changes,
    budgets::{self, Basis, LogLine, MissedLine, StateRow, WriteRecord},
};

/// Money in hundredths.
const AMOUNTS: [i64; 5] = [5, 1_000, 4_550, 10_000_000, 999_999_999_999_999];
const HOLDERS: [&str; 3] = ["m1", "m2", "m3"];
/// Changes of these tests have ids from here on; those that triggers have noted have smaller ones.
const CHANGES_FROM: i64 = 1_000_000;
/// What triggers have noted: the model does that where somebody calls for it.
const UNNOTED: &str = "DELETE FROM apishopee_ads_budget_changes WHERE id < 1000000";

/// Makes it; the answer is its name.
pub async fn any(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let shop = shop(rng);
    let fence = both.model.borrow().budgets.leases.get(&shop).map_or(0, |lease| lease.fence);
    let fence = near(rng, fence);
    match pick(rng, 17) {
        0 => {
            let shops: Option<&[i64]> = one(rng, &[None, None, Some(&[]), Some(&SHOPS[..2]), Some(&[404])]);
            drop(budgets::due(both, one(rng, &[60, 1_740, 40_000, 86_399]), shops).await?);
        }
        13 | 14 => return changes(both, rng).await,
        1 | 2 => drop(budgets::claim(both, shop, one(rng, &HOLDERS), one(rng, &[1, 120, 4_000])).await?),
        15 | 16 => {
            let at_ms = 1_772_290_000_000 + pick(rng, 4) as i64 * 100_000_000;
            let ids: Vec<i64> = (1..=3).filter(|_| pick(rng, 3) == 0).collect();
            let missed = |campaign_id| Some(MissedLine { campaign_id, log: line(rng)? });
            let missed: Vec<MissedLine> = ids.into_iter().filter_map(missed).collect();
            let _ = budgets::looked(both, shop, fence, at_ms, &missed).await?;
        }
        3 => drop(budgets::release(both, shop, fence).await?),
        4 | 5 => drop(budgets::load(both, shop).await?),
        6 => {
            let state = StateRow { campaign_id: campaign(rng), known: known(rng), write: write(rng) };
            // What it was decided by is as it was, or is not.
            let loaded = budgets::load(both, shop).await?;
            let mut rules = loaded.as_ref().map_or_else(|| json!({}), |loaded| loaded.rules.clone());
            let schedules = loaded.map_or_else(Vec::new, |loaded| loaded.schedules);
            let of_campaign = |row: &Value| row["campaign_id"] == state.campaign_id;
            let mut schedules: Vec<Value> = schedules.into_iter().filter(of_campaign).collect();
            match pick(rng, 6) {
                0 => drop(schedules.pop()),
                1 => rules["shop"]["floor"] = json!("7.77"),
                _ => {}
            }
            let basis = Basis { schedules: &schedules, rules: &rules };
            let _ = budgets::arm(both, shop, fence, 120, &state, basis).await?;
        }
        7 | 8 => {
            let entries = entries(rng);
            let _ = budgets::record(both, shop, fence, one(rng, &[60, 120]), &entries).await?;
        }
        12 => {
            let amount = |rng: &mut StdRng| one(rng, &[None, Some(1_000), Some(500_000)]).map(text);
            let (min, max) = (amount(rng), amount(rng));
            budgets::limits(both, shop, min.as_deref(), max.as_deref(), pick(rng, 3) > 0).await?;
        }
        9 | 10 => return schedule_by_hand(both, rng).await,
        _ => return rules_by_hand(both, rng).await,
    }
    Ok("budgets")
}

async fn changes(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let last = both.model.borrow().budgets.changes.last_key_value().map_or(CHANGES_FROM, |(id, _)| *id);
    match pick(rng, 3) {
        0 => drop(budget_changes::noted(both, one(rng, &[1, 3, 100])).await?),
        1 => budget_changes::forget(both, &[near(rng, last), last]).await?,
        _ => {
            let (id, shop) = (last + 1, one(rng, &[0, 11, 22]));
            let insert = format!(
                "INSERT INTO apishopee_ads_budget_changes (id, shop_id) OVERRIDING SYSTEM VALUE VALUES ({id}, {shop})"
            );
            both.by_hand(&insert, |model| model.budgets.changes.insert(id, shop)).await?;
        }
    }
    Ok("changes of budgets")
}

fn campaign(rng: &mut StdRng) -> i64 {
    1 + pick(rng, 4) as i64
}

fn text(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn known(rng: &mut StdRng) -> Value {
    let before = one(rng, &[json!("40.00"), Value::Null, json!("99999.99")].each_ref()).clone();
    let until_ms =
        one(rng, &[json!(1_772_296_000_500_i64), json!(1_772_298_000_000_i64), Value::Null].each_ref())
            .clone();
    let applied =
        json!({ "slot": "x@2026-03-01", "before": before, "is_ended": false, "until_ms": until_ms });
    one(
        rng,
        &[
            json!({}),
            json!({ "applied": null, "seen": "12.50" }),
            json!({ "applied": applied, "settled": {} }),
        ]
        .each_ref(),
    )
    .clone()
}

fn write(rng: &mut StdRng) -> Option<Value> {
    one(rng, &[None, Some("new"), Some("editing")]).map(|phase| json!({ "phase": phase, "edits": 1 }))
}

fn entries(rng: &mut StdRng) -> Vec<WriteRecord> {
    // A statement names a campaign once.
    let ids: Vec<i64> = (1..=4).filter(|_| pick(rng, 3) == 0).collect();
    ids.into_iter()
        .map(|id| WriteRecord {
            campaign_id: id,
            known: known(rng),
            log: line(rng),
            was_read: pick(rng, 4) > 0,
        })
        .collect()
}

fn line(rng: &mut StdRng) -> Option<LogLine> {
    let line = LogLine {
        schedule_id: uuid(rng),
        action: one(rng, &["apply", "restore", "now"]).to_owned(),
        slot_date: one(rng, &["2026-02-28", "2026-03-01"]).to_owned(),
        old_budget: Some(text(one(rng, &AMOUNTS))).filter(|_| pick(rng, 3) > 0),
        new_budget: text(one(rng, &AMOUNTS)),
        status: one(rng, &["success", "failed", "skipped"]).to_owned(),
        outcome: one(rng, &["success", "already_there", "unknown"]).to_owned(),
        error_message: Some("it's so".to_owned()).filter(|_| pick(rng, 2) == 0),
    };
    Some(line).filter(|_| pick(rng, 4) > 0)
}

fn schedule(rng: &mut StdRng) -> Schedule {
    let hour_start = pick(rng, 24) as i64;
    Schedule {
        shop_id: one(rng, &SHOPS),
        campaign_id: campaign(rng),
        campaign_name: one(rng, &[None, Some(""), Some("named")]).map(str::to_owned),
        hour_start,
        minute_start: one(rng, &[0, 30, 7]),
        hour_end: one(rng, &[24, 0, hour_start]),
        minute_end: one(rng, &[0, 59]),
        budget: one(rng, &[None, Some(0), Some(4_550), Some(999_999_999_999_999)]),
        days_of_week: one(rng, &[None, Some(&[] as &[_]), Some(&[None]), Some(&[Some(0), None, Some(6)])])
            .map(<[_]>::to_vec),
        specific_dates: one(rng, &[None, Some(&[] as &[_]), Some(&[None, Some("2026-03-01")])])
            .map(|dates| dates.iter().map(|date| date.map(str::to_owned)).collect()),
        is_active: one(rng, &[Some(true), Some(true), Some(true), Some(false), None]),
        restore: pick(rng, 2) == 0,
        unlimited: pick(rng, 4) == 0,
        created_by: one(rng, &[None, Some("somebody")]).map(str::to_owned),
        updated_at_ms: one(rng, &[None, Some(1_772_300_000_000), Some(1_772_290_000_123)]),
    }
}

/// A value as SQL writes it.
fn sql<T: ToString>(value: Option<T>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

fn quoted(value: Option<&String>) -> String {
    value.map_or("NULL".to_owned(), |text| format!("'{text}'"))
}

fn insert(id: &str, s: &Schedule) -> String {
    let days = s.days_of_week.as_ref().map(|days| {
        let days: Vec<String> = days.iter().map(|day| sql(*day)).collect();
        format!("'{{{}}}'", days.join(","))
    });
    let dates = s.specific_dates.as_ref().map(|dates| {
        let dates: Vec<String> = dates.iter().map(|date| sql(date.as_ref())).collect();
        format!("'{{{}}}'", dates.join(","))
    });
    format!(
        "INSERT INTO apishopee_scheduled_ads_budget (id, shop_id, campaign_id, campaign_name, hour_start, minute_start,
           hour_end, minute_end, budget, days_of_week, specific_dates, is_active, restore, unlimited, created_by, updated_at)
         VALUES ('{id}', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, ads_from_unix_ms({}))",
        s.shop_id,
        s.campaign_id,
        quoted(s.campaign_name.as_ref()),
        s.hour_start,
        s.minute_start,
        s.hour_end,
        s.minute_end,
        sql(s.budget.map(text)),
        sql(days),
        sql(dates),
        sql(s.is_active),
        s.restore,
        s.unlimited,
        quoted(s.created_by.as_ref()),
        sql(s.updated_at_ms),
    )
}

async fn schedule_by_hand(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let (id, new) = (uuid(rng), schedule(rng));
    let key = |s: &Schedule| (s.shop_id, s.campaign_id, s.hour_start, s.minute_start);
    let delete = format!(
        "DELETE FROM apishopee_scheduled_ads_budget WHERE id = '{id}'
           OR (shop_id, campaign_id, hour_start, minute_start) = ({}, {}, {}, {})",
        new.shop_id, new.campaign_id, new.hour_start, new.minute_start
    );
    let keeps = pick(rng, 4) > 0;
    let insert = if keeps { insert(&id, &new) } else { String::new() };
    both.by_hand(&format!("{delete}; {insert}; {UNNOTED}"), |model| {
        let schedules = &mut model.budgets.schedules;
        schedules.retain(|other, row| *other != id && key(row) != key(&new));
        if keeps {
            schedules.insert(id, new);
        }
    })
    .await?;
    Ok("schedule by hand")
}

async fn rules_by_hand(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let (shop, region) = one(rng, &[(0, ""), (0, "BR"), (0, "CL"), (0, "TH"), (11, ""), (22, "")]);
    let has_amounts = shop != 0 || !region.is_empty();
    let mut amount = |of: &[i64]| Some(one(rng, of)).filter(|_| has_amounts && pick(rng, 2) == 0);
    let rules = Rules {
        floor: amount(&[1, 5_000]),
        ceiling: amount(&[5_000, 999_999_999_999_999]),
        change_percent_tick: one(rng, &[None, Some(1), Some(100_000)]),
        change_percent_day: one(rng, &[None, Some(50)]),
        shop_daily_total: Some(12_345).filter(|_| has_amounts && pick(rng, 2) == 0),
        enabled: one(rng, &[None, None, Some(true), Some(false)]),
        dry_run: one(rng, &[None, None, Some(false), Some(true)]),
        allow_unlimited: one(rng, &[None, Some(false), Some(true)]),
        restore_over_hands: one(rng, &[None, Some(false), Some(true)]),
    };
    let delete =
        format!("DELETE FROM apishopee_ads_budget_rules WHERE shop_id = {shop} AND region = '{region}'");
    let keeps = pick(rng, 2) == 0;
    let insert = format!(
        "INSERT INTO apishopee_ads_budget_rules (shop_id, region, floor, ceiling, change_percent_tick,
           change_percent_day, shop_daily_total, enabled, dry_run, allow_unlimited, restore_over_hands)
         VALUES ({shop}, '{region}', {}, {}, {}, {}, {}, {}, {}, {}, {})",
        sql(rules.floor.map(text)),
        sql(rules.ceiling.map(text)),
        sql(rules.change_percent_tick),
        sql(rules.change_percent_day),
        sql(rules.shop_daily_total.map(text)),
        sql(rules.enabled),
        sql(rules.dry_run),
        sql(rules.allow_unlimited),
        sql(rules.restore_over_hands),
    );
    let insert = if keeps { insert } else { String::new() };
    both.by_hand(&format!("{delete}; {insert}; {UNNOTED}"), |model| {
        let key = (shop, region.to_owned());
        model.budgets.rules.remove(&key);
        if keeps {
            model.budgets.rules.insert(key, rules);
        }
    })
    .await?;
    Ok("rules by hand")
}
