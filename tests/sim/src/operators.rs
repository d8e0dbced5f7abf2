//! What operators and callers do while work is running.

use crate::{case::Fault, host::SimHost, tasks::Owner, world::World};
use serde_json::json;
use std::rc::Rc;
use store::queue::NewJob;
use sync_core::{Generation, RunId, ShopId, Verb};
use sync_flow::{
    consumer::{CHUNK_QUEUE, START_QUEUE},
    intake, replay, verbs,
};

/// One thing, of the seed's choice.
pub fn act(world: &Rc<World>) {
    let shop = world.any_shop();
    match world.pick(9) {
        0 | 1 => kick(world, shop),
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
        _ => {}
    }
}

fn kick(world: &Rc<World>, shop: i64) {
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
        drop(intake::kick(&host, job).await);
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
        drop(verbs::request(&host, run, Verb::Resume, "somebody").await);
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
            0 => drop(verbs::request(&host, run, Verb::Cancel, "somebody").await),
            1 | 2 => drop(verbs::request(&host, run, Verb::Pause, "somebody").await),
            3 => drop(verbs::request(&host, run, Verb::Resume, "somebody").await),
            4 | 5 => drop(verbs::retry(&host, run, "somebody").await),
            _ => {
                drop(verbs::reset(&host, ShopId(shop), "somebody").await);
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
            world.enqueue(CHUNK_QUEUE, body, 0);
        }
        world.enqueue(START_QUEUE, r#"{"v":1,"shop_id":"x"}"#, 0);
    }
    let run = world.stored(shop).and_then(|shop| shop.run);
    if let Some(run) = run.filter(|_| world.strikes(Fault::OldMessages)) {
        // Of the version before, of this run and of the one before, for chunks that may not exist.
        for (generation, chunk) in [(0, 0), (0, 1), (1, 0)] {
            let generation = run.header.generation.0 - generation;
            let attempt = 1 + world.pick(3);
            let body = json!({ "v": 0, "shop_id": shop, "generation": generation, "stage": "campaigns",
                               "chunk": chunk, "attempt": attempt });
            world.enqueue(CHUNK_QUEUE, &body.to_string(), 0);
        }
    }
}
