//! A month of scheduled budgets with people: the schedule and its queue alone, for a few shops whose clocks differ. People
//! change schedules, rules and budgets, storms of faults come and go; whenever it is calm, every budget must be the one that
//! docs/budgets.md defines, or an alert must say which is not and why.
//!
//! ```text
//!   people.rs, shop_changes.rs ──► rows, rules, Shopee     weather.rs ──► faults
//!            │                      │ the fake's own history
//!            ▼                      ▼
//!   definition.rs ◄── watch.rs ◄── judge.rs     log_checks.rs: lines, entries, alerts at the end
//! ```

mod definition;
mod judge;
mod log_checks;
pub(crate) mod old_tables;
mod people;
mod rows;
mod shop_changes;
mod shops;
mod trail;
pub(crate) mod variants;
mod watch;
mod weather;

use crate::{
    case::{Case, Place},
    faults::{Fault, Faults},
    operators,
    queues::CRONS,
    tally::Tally,
    world::{DAY_MS, Event, MINUTE_MS, World},
};
use chrono_tz::Tz;
use judge::ShopView;
use mock_shopee::Behaviour;
use serde_json::Value;
use std::{cell::Cell, collections::BTreeMap, rc::Rc};
use store::{Param, Statement};
use sync_core::{BudgetMessage, ShopId};
use sync_flow::queues::Queue;
use watch::Watched;

/// With people and storms; then both end, but some of what they did may last for a day, as a day's quota does.
const FAULTS_MS: i64 = 12 * DAY_MS;
const HEALING_MS: i64 = DAY_MS;
const STRICT_MS: i64 = DAY_MS;
/// Once in so many minutes a person does something.
const PERSON_MINUTES: u32 = 50;
/// Steps of one run: it loops if it takes more.
const STEPS_MAX: u64 = 20_000_000;
/// When worlds begin, unix milliseconds: in plain weeks, and so that summer time ends or begins in Chile or Poland.
const STARTS_MS: [i64; 7] = [
    1_772_294_400_000,
    1_773_964_800_000,
    1_774_400_000_000,
    1_786_132_800_000,
    1_788_300_000_000,
    1_772_193_600_000,
    1_792_137_600_000,
];
const REGIONS: [(&str, Tz); 5] = [
    ("BR", Tz::America__Sao_Paulo),
    ("VN", Tz::Asia__Ho_Chi_Minh),
    ("CL", Tz::America__Santiago),
    ("MX", Tz::America__Mexico_City),
    ("PL", Tz::Europe__Warsaw),
];
/// What can go wrong here.
const FAULTS: [Fault; 33] = [
    Fault::DuplicateMessage,
    Fault::LateMessage,
    Fault::LostAcknowledgement,
    Fault::SendFails,
    Fault::SendFailsAfter,
    Fault::KillConsumer,
    Fault::EvictObject,
    Fault::ObjectSilent,
    Fault::ObjectReplyLost,
    Fault::LateAlarm,
    Fault::DoubleAlarm,
    Fault::LostAlarm,
    Fault::SkippedCron,
    Fault::DoubledCron,
    Fault::PostgresRefuses,
    Fault::PostgresFailsBefore,
    Fault::PostgresFailsAfter,
    Fault::ShopeeStatus,
    Fault::ShopeeRedirects,
    Fault::ShopeeUnknownCode,
    Fault::ShopeeTimeout,
    Fault::ShopeeTimeoutAfter,
    Fault::ShopeeTruncated,
    Fault::ShopeeThrottles,
    Fault::ShopeeDayQuota,
    Fault::TokenExpires,
    Fault::TokenRefused,
    Fault::SlowPostgres,
    Fault::SlowObject,
    Fault::SlowShopee,
    Fault::KillEvent,
    Fault::AlarmFails,
    Fault::StorageFails,
];

/// What the checks know.
#[derive(Default)]
pub struct Memory {
    pub(crate) campaigns: BTreeMap<(i64, i64), Watched>,
    shops: BTreeMap<i64, ShopView>,
    /// The newest fence under which something was stored, and by which task, of each shop.
    fences: BTreeMap<i64, (i64, u64)>,
    /// The platform takes a reference id twice: each edit gets a number of its own on its way.
    takes_twice: bool,
    sent: Cell<u64>,
    /// The last happening of the platform's history that was judged.
    history_seen: u64,
    /// The last minute in which the clocks were looked at.
    minute: i64,
    has_people: bool,
    is_storm: bool,
    has_short_leases: bool,
    /// Until when a storm that is over may still be felt.
    rough_until_ms: i64,
    /// Until when the day's quota is used up.
    quota_ms: i64,
    /// Answers of Postgres that were slow to come: from when until when.
    in_flight: Vec<(i64, i64)>,
    /// What deliberate breaks remember.
    kept: variants::Kept,
    /// The log still refers to the schedules, as in old installations.
    has_old_tables: bool,
}

impl Case {
    /// A month of budgets, of a size that depends on the seed.
    #[must_use]
    pub fn budgets(seed: u64) -> Self {
        let mix = |salt: u64, of: u64| {
            let mut x = seed.wrapping_add(salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xB0D6;
            x ^= x >> 29;
            x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (x ^ (x >> 32)) % of
        };
        let all = mix(1, 4) == 0;
        let kinds = FAULTS.into_iter().chain(Fault::PEOPLE).enumerate();
        let faults = kinds.filter(|(n, _)| all || mix(100 + *n as u64, 2) == 0);
        let faults = Faults::only(faults.map(|(_, fault)| fault));
        let (shops, campaigns) = (1 + mix(2, 3) as u32, 1 + mix(3, 6) as u32);
        Self { seed, shops, campaigns, minutes: 0, faults, variant: None }
    }
}

/// Runs one case of [`Case::budgets`].
///
/// # Errors
/// The first violation.
pub fn run_budgets(case: &Case, trace: bool) -> Result<Tally, String> {
    let start_ms = STARTS_MS[(case.seed % STARTS_MS.len() as u64) as usize];
    let world = World::at_place(case, &Place { region: REGIONS[0].0, start_ms }, trace);
    equip(&world);
    let tick = CRONS.iter().position(|(cron, _)| *cron == "0,30 * * * *").expect("a schedule of budgets");
    // At the half hours of UTC, as clock changes are.
    let at_ms = start_ms - start_ms.rem_euclid(30 * MINUTE_MS) + 30 * MINUTE_MS;
    world.at(at_ms, Event::Cron(tick, at_ms));
    world.at(start_ms + MINUTE_MS - start_ms % MINUTE_MS, Event::Glance);
    world.later(world.pick(40_000_000).into(), Event::Weather);
    world.later(world.pick(40_000_000).into(), Event::Sync);
    let result = turn(&world);
    world.end();
    let mut tally = world.tally.take();
    tally.virtual_ms = u64::try_from(world.now_ms.get() - start_ms).unwrap_or(0);
    result.map(|()| tally)
}

/// Shops in several regions, with campaigns that have schedules.
fn equip(world: &Rc<World>) {
    world.faults_on.set(false);
    let behaviour = Behaviour {
        // What shows within the time that reads are repeated is safe.
        read_after_write_lag_ms: [0, 400, 2_500, 6_000][world.pick(4) as usize],
        ..world.platform.behaviour()
    };
    world.platform.set_behaviour(behaviour).expect("ranges that the fake takes");
    // Whoever is slow between storing and sending may send what another one has sent since: there only the reference id
    // helps.
    let is_slow = [Fault::SlowPostgres, Fault::SlowObject, Fault::SlowShopee]
        .into_iter()
        .any(|fault| world.case.faults.contains(fault));
    {
        let mut memory = world.budgets.borrow_mut();
        memory.takes_twice = !is_slow && world.pick(2) == 0;
        memory.has_short_leases = !memory.takes_twice && world.pick(2) == 0;
        memory.has_old_tables = world.case.faults.contains(Fault::OldTables);
        memory.has_people = true;
    }
    for shop in world.shops() {
        shops::equip(world, shop, REGIONS[world.pick(REGIONS.len() as u32) as usize]);
    }
    let happened = world.platform.history(0, None).len() as u64;
    world.budgets.borrow_mut().history_seen = happened;
}

fn turn(world: &Rc<World>) -> Result<(), String> {
    let healed_ms = world.start_ms + FAULTS_MS;
    let end_ms = healed_ms + HEALING_MS + STRICT_MS;
    loop {
        let Some(((at_ms, ..), event)) = world.events.borrow_mut().pop_first() else {
            return Err("7: nothing will ever happen again".to_owned());
        };
        world.now_ms.set(at_ms.max(world.now_ms.get()));
        judge::follow(world);
        world.tally.borrow_mut().steps += 1;
        match event {
            Event::Glance => glance(world, healed_ms, end_ms)?,
            Event::Person => people::act(world),
            Event::Weather => weather::change(world, healed_ms),
            Event::Sync => {
                let shop = world.any_shop();
                shops::sync(world, shop);
                world.later(world.pick(40_000_000).into(), Event::Sync);
            }
            other => {
                if matches!(other, Event::Cron(..)) {
                    consent_again(world);
                    ask(world);
                    judge::ticked(world);
                }
                world.happen(other);
            }
        }
        world.strike_at_random();
        judge::follow(world);
        if let Some(what) = world.violation.take() {
            return Err(what);
        }
        if world.now_ms.get() >= end_ms {
            return log_checks::at_end(world, world.now_ms.get());
        }
        if world.tally.borrow().steps > STEPS_MAX {
            return Err("7: the world goes round and round".to_owned());
        }
    }
}

/// Every minute.
fn glance(world: &Rc<World>, healed_ms: i64, end_ms: i64) -> Result<(), String> {
    let now_ms = world.now_ms.get();
    if now_ms < end_ms {
        world.later(MINUTE_MS, Event::Glance);
    }
    let has_people = world.budgets.borrow().has_people;
    if world.pick(PERSON_MINUTES) == 0 {
        world.later(world.pick(60_000).into(), Event::Person);
    }
    if has_people && now_ms >= healed_ms {
        if world.budgets.borrow().is_storm {
            weather::clear(world);
        }
        world.budgets.borrow_mut().has_people = false;
        people::leave(world);
    }
    world.budgets.borrow_mut().in_flight.retain(|(_, until_ms)| *until_ms >= now_ms - MINUTE_MS);
    judge::look(world)
}

/// Somebody asks for a shop's budgets, again and again.
fn ask(world: &Rc<World>) {
    if !world.faults_on.get() {
        return;
    }
    for _ in 0..world.pick(3) {
        let message = BudgetMessage::new(ShopId(world.any_shop()), None, 0);
        let body = serde_json::to_string(&message).expect("plain data");
        world.enqueue_after(Queue::Budget.name(), &body, world.pick(40_000).into());
    }
}

/// Sellers whose tokens were lost let the app in again.
fn consent_again(world: &Rc<World>) {
    for shop in world.shops() {
        if world.db.borrow().shops.get(&shop).is_some_and(|row| row.token_state == "reconsent") {
            operators::consent(world, shop);
        }
    }
}

/// A statement has run: only the newest holder of a shop stores anything, and each fence has one.
pub fn stored(world: &Rc<World>, statement: &Statement, params: &[Param<'_>], rows: &[String]) {
    let is_stored = match statement.name {
        "budgets.arm" => rows == ["\"go\""],
        "budgets.record" => rows == ["true"],
        _ => return,
    };
    let [Param::I64(shop), Param::I64(fence), ..] = params else { return };
    if !is_stored {
        return;
    }
    let (mut memory, task) = (world.budgets.borrow_mut(), world.current.get());
    let newest = memory.fences.entry(*shop).or_insert((*fence, task));
    let is_wrong = newest.0 > *fence || (newest.0 == *fence && newest.1 != task);
    let what = format!("9: shop {shop} was written under fence {fence} by task {task}, after {newest:?}");
    *newest = (*fence, task);
    drop(memory);
    if is_wrong {
        world.broken(what);
    }
}

/// An answer of Postgres takes so long to come: what was stored is sent later.
pub fn slow(world: &World, ms: i64) {
    let now_ms = world.now_ms.get();
    world.budgets.borrow_mut().in_flight.push((now_ms, now_ms + ms));
}

/// The platform has answered.
pub fn answered(world: &World, body: &[u8]) {
    if String::from_utf8_lossy(body).contains("daily API call limit") {
        // The quota's day ends at midnight, UTC+8.
        let shift_ms = 8 * 60 * MINUTE_MS;
        let day = (world.now_ms.get() + shift_ms).div_euclid(DAY_MS);
        let mut memory = world.budgets.borrow_mut();
        memory.quota_ms = (day + 1) * DAY_MS - shift_ms;
        let from_ms = memory.quota_ms;
        for view in memory.shops.values_mut() {
            view.wait_for_tick(from_ms);
        }
    }
}

/// The body of a request as it arrives.
pub fn arriving(world: &World, url: &str, body: String) -> String {
    // Somebody does something while a wave is under way.
    let has_people = world.budgets.borrow().has_people;
    if has_people && url.contains("campaign_setting_info") && world.chance(250) {
        world.later(world.pick(600).into(), Event::Person);
    }
    let memory = world.budgets.borrow();
    if !memory.takes_twice || !url.contains("/ads/edit_") {
        return body;
    }
    let Ok(mut document) = serde_json::from_str::<Value>(&body) else { return body };
    let Some(id) = document["reference_id"].as_str() else { return body };
    memory.sent.set(memory.sent.get() + 1);
    document["reference_id"] = format!("{id}#{}", memory.sent.get()).into();
    document.to_string()
}
