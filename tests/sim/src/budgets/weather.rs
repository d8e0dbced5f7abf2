//! Storms come and go: faults strike in a storm only, so that there are calm moments at which everything must be right.

use super::judge::{self, HEALING_MS};
use crate::world::{Event, MINUTE_MS, World};
use std::rc::Rc;

/// Leases of some worlds' storms: holders who wait are overtaken.
const SHORT_LEASE_SECONDS: i64 = 10;

/// The weather changes.
pub fn change(world: &Rc<World>, healed_ms: i64) {
    judge::follow(world);
    let is_storm = world.budgets.borrow().is_storm;
    if is_storm {
        clear(world);
    } else if world.now_ms.get() < healed_ms {
        world.faults_on.set(true);
        world.trouble_shopee();
        let mut memory = world.budgets.borrow_mut();
        memory.is_storm = true;
        let is_short = memory.has_short_leases;
        drop(memory);
        world.with_db(|db| db.budgets.lease_seconds = is_short.then_some(SHORT_LEASE_SECONDS));
        *world.tally.borrow_mut().budgets.entry("storms").or_default() += 1;
    }
    let minutes = if is_storm { 60 + world.pick(500) } else { 10 + world.pick(240) };
    world.later(i64::from(minutes) * MINUTE_MS, Event::Weather);
}

/// The storm is over.
pub fn clear(world: &Rc<World>) {
    let now_ms = world.now_ms.get();
    world.heal();
    world.with_db(|db| db.budgets.lease_seconds = None);
    let mut memory = world.budgets.borrow_mut();
    memory.is_storm = false;
    memory.rough_until_ms = now_ms + HEALING_MS;
    for view in memory.shops.values_mut() {
        view.wait_for_tick(now_ms + HEALING_MS);
    }
}
