//! What somebody asks for over HTTP.

use super::{Calm, SHOP};
use crate::{host::SimHost, tasks::Owner};
use serde_json::{Value, json};
use std::{cell::Cell, rc::Rc};
use store::queue::NewJob;
use sync_core::{Run, RunAction, RunState};
use sync_flow::actions::{run_actions, start_sync};

impl Calm {
    /// An operator replays the only dead letter.
    ///
    /// # Errors
    /// Why it was not replayed.
    pub fn replay(&self) -> Result<(), String> {
        let id = self.world.db.borrow().letters.values().next().map(|letter| letter.id.clone());
        let (host, answer) =
            (SimHost { world: Rc::clone(&self.world) }, Rc::new(std::cell::RefCell::new(None)));
        let (id, told) = (id.ok_or("there is no letter")?, Rc::clone(&answer));
        self.world.start(Owner::Consumer, "operator", async move {
            told.replace(Some(sync_flow::actions::replay::replay(&host, &id, "somebody").await));
        });
        while answer.borrow().is_none() {
            self.step()?;
        }
        let answer = answer.take().ok_or("no answer")?;
        answer.map_err(|refused| format!("{refused:?}"))
    }

    /// Asks for a run as over HTTP, and cancels it before its message is handled. The answer is how long Postgres went
    /// on to show it as running, in milliseconds.
    ///
    /// # Errors
    /// The first violation.
    pub fn sync_and_cancel(&self) -> Result<i64, String> {
        let (host, answered) = (SimHost { world: Rc::clone(&self.world) }, Rc::new(Cell::new(false)));
        let (job, said) = (job("realtime", json!({})), Rc::clone(&answered));
        self.world.start(Owner::Consumer, "operator", async move {
            let inner = Rc::clone(&host.world);
            let accepted = start_sync::accept(&host, job).await;
            let Ok(accepted) = accepted else { return inner.broken(format!("refused: {accepted:?}")) };
            let done = run_actions::request(&host, accepted.run, RunAction::Cancel, "somebody").await;
            if let Err(refused) = done {
                inner.broken(format!("refused: {refused:?}"));
            }
            said.set(true);
        });
        while !answered.get() {
            self.step()?;
        }
        let cancelled_ms = self.now_ms();
        while self.world.db.borrow().runs.values().any(|run| run.status == "running") {
            self.step()?;
        }
        Ok(self.now_ms() - cancelled_ms)
    }

    /// Asks for a run as over HTTP, and waits for its end. Small chunks, of all campaigns, so that there is some work.
    ///
    /// # Errors
    /// The first violation, or the run does not complete.
    pub fn sync(&self, sync_type: &str, params: Value, calls_per_second: f64) -> Result<Run, String> {
        let settings = json!({ "shop_calls_per_second": calls_per_second, "chunk_size": 8, "list_page_size": 7,
                               "direct_threshold": 0, "realtime_all_campaigns": true });
        self.sync_with(sync_type, params, settings)
    }

    /// The same under other settings.
    ///
    /// # Errors
    /// The first violation, or the run does not complete.
    pub fn sync_with(&self, sync_type: &str, params: Value, settings: Value) -> Result<Run, String> {
        self.world.with_db(|db| db.shops.get_mut(&SHOP).expect("the shop").settings = settings);
        let host = SimHost { world: Rc::clone(&self.world) };
        let job = job(sync_type, params);
        self.world.start(Owner::Consumer, "operator", async move {
            let inner = Rc::clone(&host.world);
            if let Err(refusal) = start_sync::accept(&host, job).await {
                inner.broken(format!("refused: {refusal:?}"));
            }
        });
        self.settle()?;
        let run = self.world.stored(SHOP).and_then(|shop| shop.run).ok_or("there is no run")?;
        let done = run.state() == RunState::Completed;
        if done { Ok(run) } else { Err(format!("the run ended as {:?}", run.header.end)) }
    }
}

fn job(sync_type: &str, sync_params: Value) -> NewJob {
    NewJob {
        id: None,
        shop_id: SHOP,
        sync_type: sync_type.to_owned(),
        sync_params,
        priority: 1,
        chunk_size: None,
        trigger: "http".to_owned(),
    }
}
