//! A month of scheduled budgets: the schedule and its queue alone, for a few shops whose clocks differ, with faults; then two
//! days without, in which everything must be as the schedules say.

mod checks;
mod definition;
mod schedules;

use crate::{
    case::{Case, Fault, Place},
    operators,
    queues::CRONS,
    tally::Tally,
    world::{DAY_MS, Event, MINUTE_MS, World},
};
use chrono_tz::Tz;
use definition::Slots;
use mock_shopee::Behaviour;
use rand::{Rng, SeedableRng, rngs::StdRng};
use schedules::pick;
use serde_json::Value;
use std::{cell::Cell, collections::BTreeMap, rc::Rc};
use store::{Param, Statement};
use sync_core::{BudgetMessage, ShopId};
use sync_flow::consumer::BUDGET_QUEUE;

/// With faults; then faults end, but some of what they did may last for a day, as a day's quota does.
const FAULTS_MS: i64 = 28 * DAY_MS;
const HEALING_MS: i64 = DAY_MS;
const STRICT_MS: i64 = DAY_MS;
/// Leases of some worlds: holders who wait are overtaken.
const SHORT_LEASE_SECONDS: i64 = 10;
/// Steps of one run: it loops if it takes more.
const STEPS_MAX: u64 = 20_000_000;
/// When worlds begin, unix milliseconds: in plain weeks, and so that summer time ends or begins in Chile or Poland in the
/// middle or on the last day.
const STARTS_MS: [i64; 7] = [
    1_772_294_400_000,
    1_773_964_800_000,
    1_772_827_200_000,
    1_786_132_800_000,
    1_787_205_600_000,
    1_772_193_600_000,
    1_790_337_600_000,
];
const REGIONS: [(&str, Tz); 5] = [
    ("BR", Tz::America__Sao_Paulo),
    ("VN", Tz::Asia__Ho_Chi_Minh),
    ("CL", Tz::America__Santiago),
    ("MX", Tz::America__Mexico_City),
    ("PL", Tz::Europe__Warsaw),
];
/// What can go wrong here.
const FAULTS: [Fault; 32] = [
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

/// One campaign of a world.
pub(crate) struct Watched {
    zone: Tz,
    /// In hundredths.
    first: i64,
    slots: Slots,
}

/// What the checks know.
#[derive(Default)]
pub struct Memory {
    pub(crate) campaigns: BTreeMap<(i64, i64), Watched>,
    /// The newest fence under which something was stored, and by which task, of each shop.
    fences: BTreeMap<i64, (i64, u64)>,
    /// The platform takes a reference id twice: each edit gets a number of its own on its way.
    takes_twice: bool,
    sent: Cell<u64>,
}

impl Case {
    /// A month of budgets, of a size that depends on the seed.
    #[must_use]
    pub fn budgets(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed ^ 0xB0D6);
        let mut pick = |of: u32| (rng.next_u64() % u64::from(of)) as u32;
        let all = pick(4) == 0;
        let faults = FAULTS.into_iter().filter(|_| all || pick(2) == 0).collect();
        Self { seed, shops: 1 + pick(3), campaigns: 1 + pick(6), minutes: 0, faults, variant: None }
    }
}

/// Runs one case of [`Case::budgets`].
///
/// # Errors
/// The first violation.
pub fn run_budgets(case: &Case, trace: bool) -> Result<Tally, String> {
    let mut rng = StdRng::seed_from_u64(case.seed);
    let start_ms = STARTS_MS[(rng.next_u64() % STARTS_MS.len() as u64) as usize];
    let world = World::at_place(case, &Place { region: REGIONS[0].0, start_ms }, trace);
    world.trouble_shopee();
    equip(&world, &mut rng);
    let (tick, minutes) = CRONS
        .iter()
        .enumerate()
        .find(|(_, (cron, _))| *cron == "0,30 * * * *")
        .expect("a schedule of budgets");
    let at_ms = start_ms + minutes.1 % 30 * MINUTE_MS;
    world.at(at_ms, Event::Cron(tick, at_ms));
    let result = turn(&world);
    world.end();
    let mut tally = world.tally.take();
    tally.virtual_ms = u64::try_from(world.now_ms.get() - start_ms).unwrap_or(0);
    result.map(|()| tally)
}

/// Shops in several regions, with campaigns that have schedules.
fn equip(world: &Rc<World>, rng: &mut StdRng) {
    let behaviour = Behaviour {
        // What shows within the time that reads are repeated is safe.
        read_after_write_lag_ms: [0, 400, 2_500, 6_000][pick(rng, 4) as usize],
        ..world.platform.behaviour()
    };
    world.platform.set_behaviour(behaviour).expect("ranges that the fake takes");
    // Whoever is slow between storing and sending may send what another one has sent since: there only the reference id
    // helps.
    let is_slow = [Fault::SlowPostgres, Fault::SlowObject, Fault::SlowShopee]
        .iter()
        .any(|fault| world.case.faults.contains(fault));
    world.budgets.borrow_mut().takes_twice = !is_slow && pick(rng, 2) == 0;
    let is_short = !world.budgets.borrow().takes_twice && pick(rng, 2) == 0;
    world.with_db(|db| db.budgets.lease_seconds = is_short.then_some(SHORT_LEASE_SECONDS));
    for shop in world.shops() {
        let (region, zone) = REGIONS[pick(rng, REGIONS.len() as u64) as usize];
        schedules::shop(world, rng, shop, (region, zone));
    }
}

fn turn(world: &Rc<World>) -> Result<(), String> {
    let healed_ms = world.start_ms + FAULTS_MS;
    let strict_ms = healed_ms + HEALING_MS;
    let end_ms = strict_ms + STRICT_MS;
    loop {
        let Some(((at_ms, ..), event)) = world.events.borrow_mut().pop_first() else {
            return Err("7: nothing will ever happen again".to_owned());
        };
        world.now_ms.set(at_ms.max(world.now_ms.get()));
        let now_ms = world.now_ms.get();
        if world.faults_on.get() && now_ms >= healed_ms {
            world.heal();
            world.with_db(|db| db.budgets.lease_seconds = None);
        }
        world.tally.borrow_mut().steps += 1;
        if matches!(event, Event::Cron(..)) {
            consent_again(world);
            if now_ms < healed_ms {
                ask(world);
            }
            if now_ms >= strict_ms && world.has_nothing_in_hand() {
                checks::at_rest(world, now_ms)?;
            }
            if now_ms >= end_ms {
                return checks::at_end(world, strict_ms, now_ms);
            }
        }
        world.happen(event);
        world.strike_at_random();
        if let Some(what) = world.violation.take() {
            return Err(what);
        }
        if world.tally.borrow().steps > STEPS_MAX {
            return Err("7: the world goes round and round".to_owned());
        }
    }
}

/// Somebody asks for a shop's budgets, again and again.
fn ask(world: &Rc<World>) {
    for _ in 0..world.pick(3) {
        let message = BudgetMessage::new(ShopId(world.any_shop()), None, 0);
        let body = serde_json::to_string(&message).expect("plain data");
        world.enqueue_after(BUDGET_QUEUE, &body, world.pick(40_000).into());
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

impl World {
    /// Only what is to come at a later time is left.
    fn has_nothing_in_hand(&self) -> bool {
        self.tasks.count() == 0 && self.waiting.borrow().values().all(Vec::is_empty)
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

/// The body of a request as it arrives.
pub fn arriving(world: &World, url: &str, body: String) -> String {
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
