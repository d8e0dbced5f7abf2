//! Holds what the platform has seen against the definition, while it happens.

use super::{
    Memory,
    definition::{Why, Wish, local},
    variants,
    watch::{EndedBy, Reach, Watched},
};
use crate::{
    faults::Fault,
    world::{MINUTE_MS, World},
};
use chrono::NaiveDateTime;
use chrono_tz::Tz;
use mock_shopee::{By, Happening};
use sync_flow::host::Level;

/// So long a moment must be calm before everything must be right.
const CALM_MS: i64 = MINUTE_MS;
/// So long an edit is on its way that was stored while it was wanted.
const ON_ITS_WAY_MS: i64 = 1_000;
/// So long after a budget was read an edit may follow from it, in fair weather and in a storm.
const READ_MS: [i64; 2] = [30_000, 15 * MINUTE_MS];
/// What a storm leaves behind is over after this time: leases, messages that are late, pauses of an app.
pub const HEALING_MS: i64 = 20 * MINUTE_MS;
/// So long after an edit was answered its write may still be under way.
const TRYING_MS: i64 = 5 * MINUTE_MS;
/// So long after a refusal an edit may still wait for its next try.
const RETRY_MS: i64 = 26 * 60 * MINUTE_MS;
/// The code with which the platform holds a shop back.
const SHOP_THROTTLE: &str = "error_rate_limit";
/// Smaller budgets than this the platform takes nowhere, in hundredths.
const TOO_SMALL: i64 = 500;

/// Amounts that a shop's rules allow, in hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub floor: Option<i64>,
    pub ceiling: Option<i64>,
    pub total: Option<i64>,
}

impl Limits {
    fn forbid(&self, budget: i64) -> bool {
        self.floor.is_some_and(|floor| budget < floor) || self.ceiling.is_some_and(|ceiling| budget > ceiling)
    }
}

/// A shop as people have set it.
#[derive(Clone, Debug)]
pub struct ShopView {
    pub region: &'static str,
    pub zone: Tz,
    pub limits: Limits,
    /// What they were before, and until when.
    pub limits_before: (Limits, i64),
    /// Since when a stop is in force.
    pub stopped_ms: Option<i64>,
    /// Since when nobody knows the region.
    pub nowhere_ms: Option<i64>,
    /// The last change of which we are told at once.
    pub disturbed_ms: i64,
    /// Something that the next tick finds out; no tick before this time counts.
    pub waits_for_tick: Option<i64>,
    /// The latest time that the clock has shown.
    latest: Option<NaiveDateTime>,
    is_back: bool,
}

impl ShopView {
    pub fn new(region: &'static str, zone: Tz) -> Self {
        Self {
            region,
            zone,
            limits: Limits::default(),
            limits_before: (Limits::default(), i64::MIN),
            stopped_ms: None,
            nowhere_ms: None,
            disturbed_ms: i64::MIN,
            waits_for_tick: None,
            latest: None,
            is_back: false,
        }
    }

    /// The next tick finds it out.
    pub fn wait_for_tick(&mut self, from_ms: i64) {
        self.waits_for_tick = Some(self.waits_for_tick.map_or(from_ms, |other| other.max(from_ms)));
    }
}

/// Takes what has happened since the last time.
pub fn follow(world: &World) {
    clock(world);
    let since = world.budgets.borrow().history_seen;
    let news = world.platform.history(since, None);
    for happening in news {
        world.budgets.borrow_mut().history_seen = happening.number;
        let judged = judge(&mut world.budgets.borrow_mut(), &happening);
        if let Err(what) = judged {
            let key = (happening.shop as i64, happening.campaign_id);
            let by = &happening.by;
            let text = format!("9: campaign {} of shop {} {what}; {by:?}", key.1, key.0);
            if world.trace {
                let watched = format!("{:#?}", world.budgets.borrow().campaigns.get(&key));
                println!("{watched}");
            }
            world.broken(text);
        }
    }
}

fn hundredths(major: f64) -> i64 {
    (major * 100.0).round() as i64
}

/// The clocks go on; what opens and closes is noted.
fn clock(world: &World) {
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    if memory.minute == now_ms / MINUTE_MS {
        return;
    }
    memory.minute = now_ms / MINUTE_MS;
    let Memory { shops, campaigns, .. } = &mut *memory;
    for (shop, view) in shops {
        let clock = local(now_ms, view.zone);
        let latest = view.latest.map_or(clock, |latest| latest.max(clock));
        (view.latest, view.is_back) = (Some(latest), latest > clock);
        if view.is_back {
            view.disturbed_ms = view.disturbed_ms.max(now_ms);
        }
        for (_, watched) in campaigns.range_mut((*shop, i64::MIN)..=(*shop, i64::MAX)) {
            if view.stopped_ms.is_some() || view.nowhere_ms.is_some() || view.is_back {
                watched.idle_ms = now_ms;
            }
            watched.clock(clock, latest, now_ms);
        }
    }
}

fn reach(memory: &Memory, now_ms: i64) -> Reach {
    let slow = memory.in_flight.iter().filter(|(_, until_ms)| *until_ms >= now_ms - ON_ITS_WAY_MS);
    let since_ms = slow.map(|(from_ms, _)| *from_ms).min().unwrap_or(now_ms);
    let is_rough = memory.is_storm || now_ms < memory.rough_until_ms;
    Reach { us_ms: now_ms - since_ms + ON_ITS_WAY_MS, platform_ms: READ_MS[usize::from(is_rough)] }
}

fn judge(memory: &mut Memory, happening: &Happening) -> Result<(), String> {
    let (shop, now_ms) = (happening.shop as i64, happening.at_ms);
    let reach = reach(memory, now_ms);
    let is_rough = memory.is_storm || now_ms < memory.rough_until_ms;
    let Memory { shops, campaigns, kept, .. } = memory;
    let Some(view) = shops.get_mut(&shop) else { return Ok(()) };
    let key = (shop, happening.campaign_id);
    let others: i64 = campaigns
        .range((shop, i64::MIN)..=(shop, i64::MAX))
        .filter(|(other, watched)| **other != key && !watched.was_off)
        .map(|(_, watched)| watched.least)
        .sum();
    let Some(watched) = campaigns.get_mut(&key) else { return Ok(()) };
    let (old, new) = (hundredths(happening.old.budget), hundredths(happening.new.budget));
    if happening.by == By::Seller {
        watched.by_hand(now_ms, new, &happening.new.status, is_rough);
        if view.limits.total.is_some() && !watched.wishes().is_empty() {
            // What the sum forbade may be allowed now; the next look at Shopee sees it.
            view.wait_for_tick(now_ms);
        }
        return Ok(());
    }
    let is_late = |since_ms: Option<i64>, reach_ms: i64| since_ms.is_some_and(|ms| ms + reach_ms < now_ms);
    if is_late(view.stopped_ms, reach.us_ms) {
        return Err(format!("got an edit to {new} after a stop"));
    }
    if is_late(view.nowhere_ms, reach.us_ms) {
        return Err(format!("got an edit to {new} although the shop's region is unknown"));
    }
    // Rules hold a debt by the sum only.
    let is_debt = watched.states.iter().filter_map(|state| state.debt).any(|debt| debt.amount == new);
    let limits = [
        Some(view.limits),
        Some(view.limits_before.0).filter(|_| view.limits_before.1 + reach.us_ms >= now_ms),
    ];
    // A hand that came after the budget was read is not known yet.
    let read = watched.lately(now_ms, reach).chain([old]).max().unwrap_or(old);
    let keeps = |limits: &Limits| {
        let is_above = |total: i64| new > read && watched.status == "ongoing" && others + new > total;
        (is_debt || !limits.forbid(new)) && !limits.total.is_some_and(is_above)
    };
    if !limits.iter().flatten().any(keeps) {
        return Err(format!(
            "got an edit from {old} to {new}, which the rules forbid: {:?}, others {others}",
            view.limits
        ));
    }
    // Its campaigns are written together, and those after this one may still have to wait for their calls.
    view.disturbed_ms = view.disturbed_ms.max(now_ms);
    if happening.refused.as_deref() == Some(SHOP_THROTTLE) {
        // The whole shop waits.
        view.disturbed_ms = view.disturbed_ms.max(now_ms + TRYING_MS);
    }
    let is_wanted = match &happening.refused {
        Some(code) => watched.refused(now_ms, new, code, reach),
        None => {
            variants::wrote(kept, happening.campaign_id, happening.new.budget);
            watched.accepted(now_ms, new, reach)
        }
    };
    if is_wanted { Ok(()) } else { Err(format!("got an edit from {old} to {new} that nothing wanted")) }
}

/// A tick in fair weather: what waits for one has been found out.
pub fn ticked(world: &World) {
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    if memory.is_storm {
        return;
    }
    let db = world.db.borrow();
    // Who cannot call yet has the next tick.
    let may_call = |shop: &i64| db.shops.get(shop).is_some_and(|row| row.token_state == "ok");
    let Memory { shops, campaigns, .. } = &mut *memory;
    for (shop, view) in shops.iter_mut().filter(|(shop, _)| may_call(shop)) {
        if view.nowhere_ms.is_none() {
            let of_shop = campaigns.range_mut((*shop, i64::MIN)..=(*shop, i64::MAX));
            of_shop.for_each(|(_, watched)| watched.is_due(now_ms));
        }
        if view.waits_for_tick.is_some_and(|from_ms| from_ms <= now_ms) {
            (view.waits_for_tick, view.disturbed_ms) = (None, view.disturbed_ms.max(now_ms));
        }
    }
}

/// If it is calm, every budget is the defined one, or an alert says which is not and why.
pub fn look(world: &World) -> Result<(), String> {
    let now_ms = world.now_ms.get();
    let mut guard = world.budgets.borrow_mut();
    let memory = &mut *guard;
    if memory.is_storm {
        return Ok(());
    }
    let db = world.db.borrow();
    // What people do, and a campaign's own limit, never hold the app back; throttled shops do if they are many.
    let can_close_the_app =
        world.case.faults.iter().any(|fault| !Fault::PEOPLE.contains(&fault) || fault == Fault::UsedUpId);
    for (shop, view) in &mut memory.shops {
        if db.shops.get(shop).is_none_or(|row| row.token_state != "ok") {
            view.wait_for_tick(now_ms);
        }
        let is_calm = view.waits_for_tick.is_none() && view.disturbed_ms + CALM_MS <= now_ms;
        if !is_calm || view.stopped_ms.is_some() || view.is_back {
            continue;
        }
        let alerts = || {
            db.alerts.iter().filter(|alert| {
                alert.shop_id == Some(*shop)
                    && alert.resolved_at_ms.is_none()
                    && alert.kind.starts_with("budget")
            })
        };
        if view.nowhere_ms.is_some() {
            let of_shop = memory.campaigns.range((*shop, i64::MIN)..=(*shop, i64::MAX));
            let has_schedules = of_shop.flat_map(|(_, watched)| &watched.rows).any(|row| row.is_active);
            if has_schedules && alerts().next().is_none() {
                return Err(format!("9: nobody knows the region of shop {shop}, and no alert says so"));
            }
            continue;
        }
        for ((_, id), watched) in memory.campaigns.range_mut((*shop, i64::MIN)..=(*shop, i64::MAX)) {
            let is_trying = watched.edits.last().is_some_and(|edit| edit.at_ms + TRYING_MS > now_ms);
            if watched.is_checked || watched.since_ms + CALM_MS > now_ms || is_trying {
                continue;
            }
            *world.tally.borrow_mut().budgets.entry("looks at calm moments").or_default() += 1;
            let is_told = alerts().any(|alert| alert.text.contains(&id.to_string()));
            let is_true = |text: &str| can_close_the_app || !text.contains("throttled the app");
            let waits =
                alerts().any(|alert| alert.text.contains(" budgets wait until ") && is_true(&alert.text));
            let limits = view.limits;
            let allows = |watched: &Watched, wish: Option<&Wish>| {
                is_told && (waits || has_reason(watched, wish, limits, now_ms))
            };
            let calm = watched.calm(now_ms, allows);
            if let Err(what) = calm {
                if world.trace {
                    println!("{watched:#?}");
                }
                let clock = local(now_ms, view.zone);
                let told: Vec<&str> = alerts().map(|alert| alert.text.as_str()).collect();
                return Err(format!("9: campaign {id} of shop {shop} {what}; at {clock}; alerts: {told:?}"));
            }
        }
    }
    Ok(())
}

/// Whether there is something that keeps a campaign from being as the definition says. Without a wish: its slot was refused.
fn has_reason(watched: &Watched, wish: Option<&Wish>, limits: Limits, now_ms: i64) -> bool {
    let was_refused = |budget: Option<i64>| {
        watched.edits.iter().rev().any(|edit| {
            edit.refused.is_some()
                && budget.is_none_or(|budget| edit.budget == budget)
                && edit.at_ms >= now_ms - RETRY_MS
        })
    };
    let Some(wish) = wish else { return true };
    let is_held = match wish.why {
        // Rules hold a debt by the sum only.
        Why::Debt(_) => limits.total.is_some() && wish.budget > watched.value,
        _ => limits.forbid(wish.budget) || limits.total.is_some_and(|_| wish.budget > watched.value),
    };
    watched.is_over() || is_held || wish.budget < TOO_SMALL || was_refused(Some(wish.budget))
}

/// In a trace.
pub fn tell(world: &World, what: &str) {
    if world.trace {
        world.note(Level::Info, "person", &serde_json::json!({ "what": what }));
    }
}

/// Everything that a person does ends what was wanted before.
pub fn before_person(world: &World, shop: i64) {
    follow(world);
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    for (_, watched) in memory.campaigns.range_mut((shop, i64::MIN)..=(shop, i64::MAX)) {
        watched.before_change(now_ms, EndedBy::Us);
    }
}
