//! What people do in a month: at the interface, in SQL, and at Shopee. Each is counted.

use super::{
    definition::{Row, local, open},
    judge, rows,
    shop_changes::{self, Way},
};
use crate::{
    faults::Fault,
    world::{DAY_MS, MINUTE_MS, World},
};
use chrono::Timelike;
use mock_shopee::{CampaignChange, CampaignEdit, EditRefusal};
use std::rc::Rc;

/// What a person may do, as often as it stands here.
const KINDS: [Fault; 20] = [
    Fault::ScheduleMade,
    Fault::ScheduleMade,
    Fault::ScheduleMade,
    Fault::ScheduleMoved,
    Fault::ScheduleMoved,
    Fault::ScheduleBudget,
    Fault::ScheduleBudget,
    Fault::ScheduleSwitched,
    Fault::ScheduleDeleted,
    Fault::OldCells,
    Fault::BudgetByHand,
    Fault::BudgetByHand,
    Fault::CampaignState,
    Fault::SoldOut,
    Fault::CampaignThrottle,
    Fault::UsedUpId,
    Fault::RulePut,
    Fault::Stop,
    Fault::RegionLost,
    Fault::RunNow,
];

/// A campaign of the world.
type Key = (i64, i64);

/// The shortest way between two schedules of the old program, in minutes: its cells.
const CELL: u16 = 30;

/// One thing, of the seed's choice.
pub fn act(world: &Rc<World>) {
    if !world.budgets.borrow().has_people {
        return;
    }
    let keys: Vec<Key> = world.budgets.borrow().campaigns.keys().copied().collect();
    if keys.is_empty() {
        return;
    }
    let key = keys[world.pick(keys.len() as u32) as usize];
    judge::before_person(world, key.0);
    let way = if world.chance(700) { Way::Interface } else { Way::Sql };
    let kind = KINDS[world.pick(KINDS.len() as u32) as usize];
    if !world.case.faults.contains(kind) {
        return;
    }
    match kind {
        Fault::ScheduleMade => make(world, key, way),
        Fault::ScheduleMoved => change(world, key, way, Fault::ScheduleMoved, |world, row, minute| {
            let length = row.end - row.start;
            row.start =
                if world.chance(500) { minute + world.pick(30) as u16 } else { world.pick(1_380) as u16 };
            row.start = row.start.min(1_435);
            row.end = (row.start + length.max(5)).min(1_440);
        }),
        Fault::ScheduleBudget => {
            let unit = unit(world, key.0);
            change(world, key, way, Fault::ScheduleBudget, |world, row, _| {
                row.budget = rows::amount(world, unit)
            });
        }
        Fault::ScheduleSwitched => {
            change(world, key, way, Fault::ScheduleSwitched, |_, row, _| row.is_active = !row.is_active)
        }
        Fault::ScheduleDeleted => delete(world, key, way),
        Fault::OldCells => cells(world, key),
        Fault::BudgetByHand => by_hand(world, key),
        Fault::CampaignState => state(world, key),
        Fault::SoldOut | Fault::CampaignThrottle | Fault::UsedUpId => refuse(world, key, kind),
        Fault::RulePut => shop_changes::rule(world, key.0, way),
        Fault::Stop if world.chance(400) => shop_changes::stop(world, key.0, way),
        Fault::Stop => shop_changes::release(world, way),
        Fault::RegionLost => shop_changes::region(world, key.0),
        Fault::RunNow => shop_changes::run(world, key),
        _ => {}
    }
}

pub fn count(world: &World, kind: Fault) {
    *world.tally.borrow_mut().faults.entry(kind).or_default() += 1;
}

pub fn unit(world: &World, shop: i64) -> i64 {
    match world.budgets.borrow().shops[&shop].region {
        "VN" => 100_000,
        "CL" => 1_500,
        _ => 50,
    }
}

/// The rows of a campaign, with the date and minute that its clock shows.
fn rows_of(world: &World, key: Key) -> (Vec<Row>, chrono::NaiveDate, u16) {
    let memory = world.budgets.borrow();
    let clock = local(world.now_ms.get(), memory.shops[&key.0].zone);
    (memory.campaigns[&key].rows.clone(), clock.date(), (clock.hour() * 60 + clock.minute()) as u16)
}

/// What is taken: an overlap is refused at the interface, and nobody makes one in SQL.
fn fits(row: &Row, others: &[Row]) -> bool {
    others.iter().all(|other| other.id == row.id || !row.meets(other))
}

pub fn make(world: &Rc<World>, key: Key, way: Way) {
    let (others, today, minute) = rows_of(world, key);
    let row = rows::row(world, unit(world, key.0), today, minute);
    if others.len() < 12 && fits(&row, &others) {
        count(world, Fault::ScheduleMade);
        put(world, key, row, way, false);
    }
}

fn put(world: &Rc<World>, key: Key, row: Row, way: Way, past_midnight: bool) {
    judge::tell(world, &format!("{way:?}: {key:?} {row:?}"));
    world.with_db(|db| {
        let mut stored = rows::stored(&row, key.0, key.1, past_midnight);
        stored.updated_at_ms = Some(db.now_ms);
        if let Some(old) = db.budgets.schedules.get(&row.id) {
            stored.created_by = old.created_by.clone();
        }
        db.budgets.schedules.insert(row.id.clone(), stored);
    });
    reschedule(world, key, |rows| {
        rows.retain(|old| old.id != row.id);
        rows.push(row);
    });
    shop_changes::announce(world, key.0, way);
}

fn reschedule(world: &World, key: Key, change: impl FnOnce(&mut Vec<Row>)) {
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    // The slot that is open from now on is seen at once.
    memory.minute = -1;
    if let Some(watched) = memory.campaigns.get_mut(&key) {
        watched.reschedule(now_ms, change);
    }
    drop(memory);
    judge::follow(world);
}

/// One of its schedules, more often one that is open.
fn some_row(world: &World, key: Key) -> Option<Row> {
    let (rows, today, minute) = rows_of(world, key);
    let clock = today.and_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
    let now = open(&rows, clock).filter(|_| world.chance(700));
    let of_now = now.and_then(|open| rows.iter().find(|row| row.id == open.cause.schedule).cloned());
    of_now.or_else(|| (!rows.is_empty()).then(|| rows[world.pick(rows.len() as u32) as usize].clone()))
}

fn change(world: &Rc<World>, key: Key, way: Way, kind: Fault, change: impl FnOnce(&World, &mut Row, u16)) {
    let (others, _, minute) = rows_of(world, key);
    let Some(mut row) = some_row(world, key) else { return };
    let before = row.clone();
    change(world, &mut row, minute);
    if row != before && fits(&row, &others) {
        count(world, kind);
        put(world, key, row, way, false);
    }
}

fn delete(world: &Rc<World>, key: Key, way: Way) {
    let Some(row) = some_row(world, key) else { return };
    count(world, Fault::ScheduleDeleted);
    judge::tell(world, &format!("{way:?}: {key:?} without {}", row.id));
    world.with_db(|db| db.budgets.schedules.remove(&row.id));
    reschedule(world, key, |rows| rows.retain(|old| old.id != row.id));
    shop_changes::announce(world, key.0, way);
}

/// The old program's half-hour cells, by SQL: the second begins before the first ends, or one ends after midnight.
fn cells(world: &Rc<World>, key: Key) {
    let (others, today, minute) = rows_of(world, key);
    let unit = unit(world, key.0);
    let mut first = rows::row(world, unit, today, minute);
    if others.len() > 8 {
        return;
    }
    first.budget = rows::amount(world, unit);
    first.start = first.start / CELL * CELL;
    if world.chance(500) {
        (first.start, first.end) = (1_440 - CELL, 1_440);
        if fits(&first, &others) {
            count(world, Fault::OldCells);
            put(world, key, first, Way::Sql, true);
        }
        return;
    }
    first.end = first.start + 2 * CELL;
    let mut second = rows::row(world, unit, today, minute);
    (second.start, second.end, second.budget) =
        (first.start + CELL, first.end + CELL, rows::amount(world, unit));
    second.days = first.days.clone();
    if second.end <= 1_440 && fits(&first, &others) && fits(&second, &others) {
        count(world, Fault::OldCells);
        put(world, key, first, Way::Sql, false);
        put(world, key, second, Way::Sql, false);
    }
}

fn seller(world: &World, key: Key, budget: Option<i64>, status: Option<&str>) {
    judge::tell(world, &format!("the seller: {key:?} {budget:?} {status:?}"));
    let change = CampaignChange {
        campaign_id: key.1,
        name: None,
        budget: budget.map(|budget| budget as f64 / 100.0),
        status: status.map(str::to_owned),
    };
    let edit = CampaignEdit { change: vec![change], ..CampaignEdit::default() };
    world
        .platform
        .edit_campaigns(world.now_ms.get(), key.0.unsigned_abs(), edit)
        .expect("what the fake takes");
    judge::follow(world);
}

/// The seller sets a budget at Shopee.
pub fn by_hand(world: &World, key: Key) {
    count(world, Fault::BudgetByHand);
    let budget = rows::amount(world, unit(world, key.0));
    seller(world, key, Some(budget), None);
}

/// The seller ends a campaign, or lets it go on.
fn state(world: &World, key: Key) {
    count(world, Fault::CampaignState);
    let status = ["ongoing", "ongoing", "ongoing", "paused", "ended", "closed"][world.pick(6) as usize];
    seller(world, key, None, Some(status));
    // Nobody tells us; the next look sees it.
    let now_ms = world.now_ms.get();
    let mut memory = world.budgets.borrow_mut();
    memory.shops.get_mut(&key.0).expect("a shop of this world").wait_for_tick(now_ms);
}

/// Stock, or whatever else refuses a campaign's edits for a while.
fn refuse(world: &Rc<World>, key: Key, kind: Fault) {
    let code = match kind {
        Fault::SoldOut => "ads.item.sold_out",
        Fault::CampaignThrottle => "ads.rate_limit.campaign_level",
        _ => "error_rate_limit",
    };
    count(world, kind);
    judge::tell(world, &format!("{key:?} refuses edits: {code}"));
    let refusal = EditRefusal {
        campaign_id: key.1,
        code: code.to_owned(),
        message: "not now".to_owned(),
        until_ms: world.now_ms.get() + i64::from(1 + world.pick(180)) * MINUTE_MS,
        uses_up_reference_id: kind == Fault::UsedUpId,
    };
    world.platform.refuse_edits(key.0.unsigned_abs(), refusal).expect("what the fake takes");
}

/// Everything that people and the platform keep from being right comes to its end.
pub fn leave(world: &Rc<World>) {
    let keys: Vec<Key> = world.budgets.borrow().campaigns.keys().copied().collect();
    for key in keys {
        judge::before_person(world, key.0);
        let is_off = world.budgets.borrow().campaigns[&key].status != "ongoing";
        if is_off {
            seller(world, key, None, Some("ongoing"));
        }
        let refusal = EditRefusal {
            campaign_id: key.1,
            code: "none".to_owned(),
            message: String::new(),
            until_ms: world.now_ms.get() - DAY_MS,
            uses_up_reference_id: false,
        };
        world.platform.refuse_edits(key.0.unsigned_abs(), refusal).expect("what the fake takes");
    }
    shop_changes::release_all(world);
}
