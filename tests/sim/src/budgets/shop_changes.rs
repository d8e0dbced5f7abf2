//! Rules, switches, the region and runs; and how the scheduler comes to know what people have changed.

use super::{
    definition::{Days, local},
    judge, people, rows,
};
use crate::{
    case::Variant,
    faults::Fault,
    host::SimHost,
    tasks::Owner,
    world::{MINUTE_MS, World},
};
use chrono::Timelike;
use std::rc::Rc;
use sync_core::{BudgetMessage, ShopId};
use sync_flow::{
    budget::{self, RunScope},
    queues::Queue,
};

/// How far ahead edges are announced, in minutes: the next tick sees further.
const AHEAD: u16 = 30;

/// The way by which somebody changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// HTTP, which has the shop looked at once.
    Interface,
    /// Rows by hand.
    Sql,
}

/// A change of a shop is made known: at once, as HTTP does, with messages for now and for each edge until the next tick; or
/// by nobody.
pub fn announce(world: &Rc<World>, shop: i64, way: Way) {
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    let view = memory.shops.get_mut(&shop).expect("a shop of this world");
    view.disturbed_ms = view.disturbed_ms.max(now_ms);
    if way == Way::Sql {
        view.wait_for_tick(now_ms);
        return;
    }
    let clock = local(now_ms, view.zone);
    let minute = (clock.hour() * 60 + clock.minute()) as u16;
    let rows =
        memory.campaigns.range((shop, i64::MIN)..=(shop, i64::MAX)).flat_map(|(_, watched)| &watched.rows);
    let edges = rows.filter(|row| !matches!(&row.days, Days::Dates(dates) if dates.is_empty()));
    let edges: Vec<u16> = edges.flat_map(|row| [row.start, row.end]).collect();
    drop(memory);
    if world.case.variant == Some(Variant::ChangesUntold) {
        return;
    }
    let message = BudgetMessage::new(ShopId(shop), None, 0);
    let body = serde_json::to_string(&message).expect("plain data");
    world.enqueue_after(Queue::Budget.name(), &body, 0);
    let ahead = edges.into_iter().filter(|edge| (minute + 1..=minute + AHEAD).contains(edge));
    for edge in ahead {
        let in_ms = i64::from(edge - minute) * MINUTE_MS - now_ms.rem_euclid(MINUTE_MS);
        world.enqueue_after(Queue::Budget.name(), &body, in_ms);
    }
}

/// Somebody puts rules of a shop, or takes them away.
pub fn rule(world: &Rc<World>, shop: i64, way: Way) {
    let now_ms = world.now_ms.get();
    let unit = people::unit(world, shop);
    let amount = || rows::amount(world, unit);
    let mut limits = world.budgets.borrow().shops[&shop].limits;
    match world.pick(6) {
        0 => limits.floor = Some(amount() / 3),
        1 => limits.ceiling = Some(amount()),
        2 | 3 => {
            let campaigns =
                world.budgets.borrow().campaigns.range((shop, i64::MIN)..=(shop, i64::MAX)).count();
            limits.total = Some(amount() * (1 + campaigns as i64 / 2));
        }
        _ => limits = judge::Limits::default(),
    }
    if limits.floor.zip(limits.ceiling).is_some_and(|(floor, ceiling)| floor > ceiling) {
        limits.floor = None;
    }
    people::count(world, Fault::RulePut);
    judge::tell(world, &format!("{way:?}: rules of {shop}: {limits:?}"));
    {
        let mut memory = world.budgets.borrow_mut();
        let view = memory.shops.get_mut(&shop).expect("a shop of this world");
        view.limits_before = (view.limits, now_ms);
        view.limits = limits;
    }
    world.with_db(|db| {
        let row = db.budgets.rules.entry((shop, String::new())).or_default();
        (row.floor, row.ceiling, row.shop_daily_total) = (limits.floor, limits.ceiling, limits.total);
    });
    announce(world, shop, way);
}

/// The row of rules of a shop, of its region or of all.
fn row_of(world: &World, shop: i64) -> (i64, String) {
    let region = world.budgets.borrow().shops[&shop].region.to_owned();
    match world.pick(4) {
        0 => (0, region),
        1 => (0, String::new()),
        _ => (shop, String::new()),
    }
}

/// The kill switch, or the dry run.
pub fn stop(world: &Rc<World>, shop: i64, way: Way) {
    let row = row_of(world, shop);
    people::count(world, Fault::Stop);
    judge::tell(world, &format!("{way:?}: stop of {row:?}"));
    let is_dry = world.chance(300);
    world.with_db(|db| {
        let row = db.budgets.rules.entry(row).or_default();
        if is_dry { row.dry_run = Some(true) } else { row.enabled = Some(false) }
    });
    switched(world, way);
}

/// One stop is released.
pub fn release(world: &Rc<World>, way: Way) {
    let stopped = world.with_db(|db| {
        let is_stop =
            |row: &&mut crate::db::budgets::Rules| row.enabled == Some(false) || row.dry_run == Some(true);
        let row = db.budgets.rules.values_mut().find(is_stop)?;
        (row.enabled, row.dry_run) = (Some(true), Some(false));
        Some(())
    });
    if stopped.is_some() {
        judge::tell(world, "a stop is released");
        switched(world, way);
    }
}

/// Which shops are stopped now.
fn switched(world: &Rc<World>, way: Way) {
    let now_ms = world.now_ms.get();
    let mut changed = Vec::new();
    for (shop, view) in &mut world.budgets.borrow_mut().shops {
        let db = world.db.borrow();
        let rows = [(*shop, String::new()), (0, view.region.to_owned()), (0, String::new())];
        let is_stopped = rows
            .iter()
            .filter_map(|row| db.budgets.rules.get(row))
            .any(|row| row.enabled == Some(false) || row.dry_run == Some(true));
        if is_stopped != view.stopped_ms.is_some() {
            view.stopped_ms = is_stopped.then_some(now_ms);
            changed.push(*shop);
        }
    }
    for shop in changed {
        let mut memory = world.budgets.borrow_mut();
        for (_, watched) in memory.campaigns.range_mut((shop, i64::MIN)..=(shop, i64::MAX)) {
            (watched.is_checked, watched.idle_ms) = (false, now_ms);
        }
        drop(memory);
        announce(world, shop, way);
    }
}

/// Somebody loses a shop's region, or finds it, in SQL.
pub fn region(world: &Rc<World>, shop: i64) {
    let now_ms = world.now_ms.get();
    let (is_lost, region) = {
        let mut memory = world.budgets.borrow_mut();
        let view = memory.shops.get_mut(&shop).expect("a shop of this world");
        view.nowhere_ms = if view.nowhere_ms.is_none() { Some(now_ms) } else { None };
        (view.nowhere_ms.is_some(), view.region)
    };
    if is_lost {
        people::count(world, Fault::RegionLost);
    }
    judge::tell(world, &format!("region of {shop}: lost {is_lost}"));
    world.with_db(|db| {
        if let Some(row) = db.shops.get_mut(&shop) {
            row.region = (!is_lost).then(|| region.to_owned());
        }
    });
    let mut memory = world.budgets.borrow_mut();
    for (_, watched) in memory.campaigns.range_mut((shop, i64::MIN)..=(shop, i64::MAX)) {
        (watched.is_checked, watched.idle_ms) = (false, now_ms);
    }
    drop(memory);
    announce(world, shop, Way::Sql);
}

/// Somebody has a schedule's budget set at once.
pub fn run(world: &Rc<World>, key: (i64, i64)) {
    let now_ms = world.now_ms.get();
    let row = {
        let mut memory = world.budgets.borrow_mut();
        let Some(watched) = memory.campaigns.get_mut(&key) else { return };
        let active: Vec<_> = watched.rows.iter().filter(|row| row.is_active).cloned().collect();
        if active.is_empty() {
            return;
        }
        let row = active[world.pick(active.len() as u32) as usize].clone();
        watched.run(&row, now_ms);
        row
    };
    people::count(world, Fault::RunNow);
    judge::tell(world, &format!("{key:?}: run now of {}", row.id));
    let host = SimHost { world: Rc::clone(world) };
    world.start(Owner::Consumer, "run now", async move {
        // A refusal is an answer too.
        drop(
            budget::run(&host, ShopId(key.0), &RunScope::Schedule { id: row.id, minutes: None }, false).await,
        );
    });
}

/// Nothing forbids anything any more.
pub fn release_all(world: &Rc<World>) {
    let now_ms = world.now_ms.get();
    world.with_db(|db| db.budgets.rules.clear());
    let shops = world.shops();
    for shop in &shops {
        let is_lost = {
            let mut memory = world.budgets.borrow_mut();
            let view = memory.shops.get_mut(shop).expect("a shop of this world");
            view.limits_before = (view.limits, now_ms);
            view.limits = judge::Limits::default();
            view.nowhere_ms.is_some()
        };
        if is_lost {
            region(world, *shop);
        }
    }
    switched(world, Way::Sql);
    for shop in shops {
        announce(world, shop, Way::Sql);
    }
}
