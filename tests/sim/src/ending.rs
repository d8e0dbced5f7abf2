//! How a world comes to its end: when everything is quiet, how long that may take, and what must hold then.

use crate::{
    faults::Fault,
    truth,
    world::{DAY_MS, Event, World},
};
use std::rc::Rc;
use sync_core::RUN_MS_MAX;

/// Virtual time after the faults in which everything must have come to its end, in milliseconds.
pub(crate) const SETTLE_MS: i64 = 3 * 3_600_000;

impl World {
    pub(crate) fn has_messages(&self) -> bool {
        self.events.borrow().values().any(|event| matches!(event, Event::Deliver(_)))
            || self.waiting.borrow().values().any(|queue| !queue.is_empty())
    }

    /// Whether a statement is still under way to Postgres: an operator's late reset has the last word over any run.
    fn has_late_statements(&self) -> bool {
        self.events.borrow().values().any(|event| matches!(event, Event::Late(_)))
    }

    pub(crate) fn is_quiet(&self) -> bool {
        // A run that has ended and that Postgres shows is over, also if its object has not heard so: the next event
        // tells it.
        let open =
            self.shops().into_iter().filter_map(|shop| self.stored(shop)?.run).any(|run| run.is_active());
        let db = self.db.borrow();
        !open
            && !self.has_messages()
            && !self.has_late_statements()
            && self.tasks.count() == 0
            && !db.jobs.values().any(crate::db::Job::is_open)
            && !db.runs.values().any(|run| run.status == "running")
            && !db.progress.values().any(crate::db::Progress::is_syncing)
    }

    /// The same where something waits for a known time: a run that is paused for its life, a day's quota for its end.
    pub(crate) fn settle_ms(&self) -> i64 {
        let paused = self
            .shops()
            .into_iter()
            .filter_map(|shop| self.stored(shop)?.run)
            .any(|run| run.header.paused.is_some());
        self.paused.set(self.paused.get() || paused);
        match (self.paused.get(), self.case.faults.contains(Fault::ShopeeDayQuota)) {
            (true, _) => RUN_MS_MAX + SETTLE_MS,
            (false, true) => DAY_MS + SETTLE_MS,
            (false, false) => SETTLE_MS,
        }
    }

    /// Nothing is left to do. Some worlds are synced once more before, and compared with the platform.
    pub(crate) fn is_over(self: &Rc<Self>) -> bool {
        if !self.case.seed.is_multiple_of(4) || self.synced_again_ms.get().is_some() {
            return true;
        }
        self.synced_again_ms.set(Some(self.now_ms.get()));
        for shop in self.shops() {
            self.insert_job(shop);
        }
        false
    }

    pub(crate) fn open_work(&self) -> String {
        let db = self.db.borrow();
        let jobs: Vec<_> = db.jobs.values().filter(|job| job.is_open()).collect();
        let runs: Vec<_> =
            db.runs.iter().filter(|(_, run)| run.status == "running").map(|(key, _)| key).collect();
        let live: Vec<_> = self
            .shops()
            .into_iter()
            .filter_map(|shop| self.stored(shop)?.run)
            .filter(|run| !run.is_closed())
            .map(|run| (run.header.generation, run.header.phase, run.state(), run.header.announced))
            .collect();
        format!(
            "now {} jobs {jobs:?}, runs {runs:?}, objects {live:?}, tasks {:?}",
            self.now_ms.get(),
            self.tasks.list()
        )
    }

    pub(crate) fn last_checks(&self) -> Result<(), String> {
        let db = self.db.borrow();
        if let Some(progress) = db.progress.values().find(|progress| progress.is_syncing()) {
            return Err(format!("7: all is over and the progress row says {}", progress.sync_stage));
        }
        if let Some(lost) = self.dead.borrow().iter().find(|id| !db.letters.contains_key(*id)) {
            return Err(format!("10: the dead letter {lost} was lost"));
        }
        if self.synced_again_ms.get().is_some() {
            drop(db);
            return truth::check(self);
        }
        Ok(())
    }
}
