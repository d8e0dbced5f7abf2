//! What operators and callers do while work is running.

use crate::{faults::Fault, host::SimHost, tasks::Owner, world::World};
use serde_json::json;
use shopee::Grantee;
use std::rc::Rc;
use store::queue::NewJob;
use sync_core::{Generation, RunAction, RunId, ShopId};
use sync_flow::{
    actions::{consent::Callback, replay, run_actions, start_sync},
    queues::Queue,
};

/// One thing, of the seed's choice.
pub fn act(world: &Rc<World>) {
    let shop = world.any_shop();
    match world.pick(13) {
        0 | 1 => accept(world, shop),
        2 => drop(world.insert_job(shop)),
        3 if world.strikes(Fault::OperatorReset) => {
            world.with_db(|db| db.progress_reset(shop));
        }
        4 if world.strikes(Fault::OperatorResync) => {
            world.with_db(|db| drop(db.progress.remove(&shop)));
            world.insert_job(shop);
        }
        5 if world.strikes(Fault::OperatorRollBack) => world.with_db(|db| db.roll_back()),
        6 | 8 if world.strikes(Fault::OperatorVerbs) => verb(world, shop),
        7 => messages(world, shop),
        9 if world.strikes(Fault::Consents) => consent(world, shop),
        10 if world.strikes(Fault::SettingsChange) => settings(world, shop),
        11 if world.strikes(Fault::OddRows) => odd_row(world, shop),
        12 if world.strikes(Fault::TakenByHand) => {
            world.with_db(|db| db.take_by_hand(shop, 250));
        }
        _ => {}
    }
}

fn accept(world: &Rc<World>, shop: i64) {
    let host = SimHost { world: Rc::clone(world) };
    let job = NewJob {
        id: None,
        shop_id: shop,
        sync_type: ["realtime", "realtime", "realtime", "backfill_day", "backfill_full"]
            [world.pick(5) as usize]
            .to_owned(),
        sync_params: json!({}),
        priority: 1,
        chunk_size: None,
        trigger: "http".to_owned(),
    };
    world.start(Owner::Consumer, "operator", async move {
        // A refusal is an answer too; what was accepted is looked after by the checks.
        drop(start_sync::accept(&host, job).await);
    });
}

/// Resumes the shop's run, if it is paused.
pub fn resume(world: &Rc<World>, shop: i64) {
    let host = SimHost { world: Rc::clone(world) };
    let Some(run) = world.stored(shop).and_then(|shop| shop.run).filter(|run| run.header.paused.is_some())
    else {
        return;
    };
    let run = RunId { shop: ShopId(shop), generation: run.header.generation };
    world.start(Owner::Consumer, "operator", async move {
        drop(run_actions::request(&host, run, RunAction::Resume, "somebody").await);
    });
}

fn verb(world: &Rc<World>, shop: i64) {
    let host = SimHost { world: Rc::clone(world) };
    let Some(generation) = world.stored(shop).and_then(|shop| shop.run).map(|run| run.header.generation)
    else {
        return;
    };
    let run =
        RunId { shop: ShopId(shop), generation: Generation(generation.0 - i64::from(world.chance(100))) };
    let choice = world.pick(7);
    let letters: Vec<String> =
        world.with_db(|db| db.letters.values().map(|letter| letter.id.clone()).collect());
    world.start(Owner::Consumer, "operator", async move {
        match choice {
            0 => drop(run_actions::request(&host, run, RunAction::Cancel, "somebody").await),
            1 | 2 => drop(run_actions::request(&host, run, RunAction::Pause, "somebody").await),
            3 => drop(run_actions::request(&host, run, RunAction::Resume, "somebody").await),
            4 | 5 => drop(run_actions::retry(&host, run, "somebody").await),
            _ => {
                drop(run_actions::reset(&host, ShopId(shop), "somebody").await);
                for letter in letters {
                    drop(replay::replay(&host, &letter, "somebody").await);
                }
            }
        }
    });
}

/// Messages that nobody of this release has written.
fn messages(world: &Rc<World>, shop: i64) {
    if world.strikes(Fault::UnreadableMessages) {
        for body in [
            "not json",
            "{}",
            r#"{"v":99,"shop_id":1,"generation":1,"stage":"campaigns","chunk":0,"attempt":1}"#,
        ] {
            let id = world.enqueue(Queue::Chunk.name(), body);
            world.dead.borrow_mut().insert(id);
        }
        let id = world.enqueue(Queue::Start.name(), r#"{"v":1,"shop_id":"x"}"#);
        world.dead.borrow_mut().insert(id);
    }
    let run = world.stored(shop).and_then(|shop| shop.run);
    if let Some(run) = run.filter(|_| world.strikes(Fault::OldMessages)) {
        // Of the version before, of this run and of the one before, for chunks that may not exist.
        for (generation, chunk) in [(0, 0), (0, 1), (1, 0)] {
            let generation = run.header.generation.0 - generation;
            let attempt = 1 + world.pick(3);
            let body = json!({ "v": 0, "shop_id": shop, "generation": generation, "stage": "campaigns",
                               "chunk": chunk, "attempt": attempt });
            world.enqueue(Queue::Chunk.name(), &body.to_string());
        }
    }
}

/// A seller consents again: for one shop, or with a main account for all.
pub(crate) fn consent(world: &Rc<World>, shop: i64) {
    let all = world.chance(300);
    let shops = world.shops().into_iter().filter(|id| all || *id == shop).map(|id| id as u64).collect();
    let main = all.then_some(77);
    let code = world.platform.issue_code(world.now_ms.get(), shops, main).expect("the shops are there");
    let grantee = if all { Grantee::MainAccount(77) } else { Grantee::Shop(shop) };
    let host = SimHost { world: Rc::clone(world) };
    world.start(Owner::Consumer, "consent", async move {
        let callback = Callback { code, grantee, expected: None };
        let config = host.world.config.clone();
        // The link is HTTP's matter.
        if let Ok(pair) = sync_flow::actions::consent::exchange(&host, &config, &callback).await {
            sync_flow::actions::consent::adopt(&host, grantee, &pair).await;
        }
    });
}

/// An operator changes the shop's settings.
fn settings(world: &Rc<World>, shop: i64) {
    let (size, window, attempts) = (1 + world.pick(150), 1 + world.pick(8), 1 + world.pick(6));
    let (lease, dynamic) = (5 + world.pick(60), world.chance(500));
    let (days, with_settings, all) = (1 + world.pick(8), world.chance(500), world.chance(300));
    world.with_db(|db| {
        if let Some(fields) = db.shops.get_mut(&shop).and_then(|shop| shop.settings.as_object_mut()) {
            fields.insert("chunk_size".to_owned(), size.into());
            fields.insert("window_chunks".to_owned(), window.into());
            fields.insert("max_attempts".to_owned(), attempts.into());
            fields.insert("lease_seconds".to_owned(), lease.into());
            fields.insert("dynamic_chunks".to_owned(), dynamic.into());
            fields.insert("backfill_days".to_owned(), days.into());
            fields.insert("backfill_settings".to_owned(), with_settings.into());
            fields.insert("realtime_all_campaigns".to_owned(), all.into());
        }
    });
}

/// Rows that cannot be run, or hardly.
fn odd_row(world: &Rc<World>, shop: i64) {
    let newest = world.stored(shop).and_then(|shop| shop.run).map_or(1, |run| run.header.generation.0);
    let (sync_type, params) = match world.pick(7) {
        0 => ("hourly", json!({})),
        1 => ("realtime", json!([1])),
        2 => ("backfill_day", json!({ "days_ago": 9_999 })),
        3 => ("realtime", json!({ "retry_of": "x" })),
        4 => ("realtime", json!(null)),
        _ => ("realtime", json!({ "retry_of": newest })),
    };
    let shop = if world.chance(100) { 4_040_404 } else { shop };
    world.with_db(|db| db.insert_job(shop, sync_type, params, None));
}
