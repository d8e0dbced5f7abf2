//! Writes several campaigns together: one call reads the settings of all, edits are sent a few at a time.
//!
//! Replay: an edit is sent only after the write is stored as being sent. After a crash the next holder treats its
//! outcome as unknown, reads it back, and sends it again, if at all, under the same reference id. The statement that
//! stores it refuses what is no longer wanted: a stop, a changed rule or schedule. Its permission lasts for
//! [`ARMED_MS_MAX`].

use super::{
    campaigns::Campaigns,
    done::remember,
    lease::ShopLease,
    wave_stop::{SLOT_OVER, WaveStop},
};
use crate::{
    attempt_error::{AttemptError, refused},
    host::Host,
};
use api::budget::run::BudgetResult;
use compact::{SortedMap, SortedSet};
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use store::budgets::{ArmReply, Basis, WriteRecord};
use sync_core::{
    ARMED_MS_MAX, BUDGET_EDITS_AT_ONCE,
    budget::{
        Action, CampaignMemory, Clock, Observation, Schedule, ShopBudgets, Write, WriteOutcome, WriteStep,
        can_spend, plan,
    },
};

/// How often an edit may be stored if its permit or its permission expires in the meantime.
const ARMS_MAX: u32 = 4;

/// What a wave works with.
pub struct Wave<'a, 'i, 'h, H: Host> {
    pub host: &'h H,
    pub campaigns: &'a Campaigns<'i, 'h, H>,
    /// The lease; `None` in a dry run, which stores nothing.
    pub held: Option<&'a ShopLease<'a, H>>,
    pub schedules: &'a [Schedule],
    /// The schedules as read, by campaign.
    pub rows: &'a SortedMap<i64, Vec<Value>>,
    /// The rules as read.
    pub rules: &'a Value,
    /// Campaigns for which something else is wanted now, and which need another look.
    pub again: SortedSet<i64>,
    pub known: &'a mut SortedMap<i64, CampaignMemory>,
    pub budgets: &'a mut ShopBudgets,
    /// The shop's wall clock, as read from Postgres.
    pub clock: Clock,
    /// No edit is sent after this, unix milliseconds.
    pub until_ms: i64,
    pub done: &'a mut Vec<BudgetResult>,
}

/// An edit to send.
struct Edit {
    campaign_id: i64,
    write: Write,
    known: CampaignMemory,
    /// The next step; `None` if something else is wanted.
    step: Option<WriteStep>,
    /// Whether it may be stored as being sent.
    is_stored: bool,
}

impl<H: Host> Wave<'_, '_, '_, H> {
    /// Carries the writes to their ends.
    ///
    /// # Errors
    /// The wave ended early.
    pub async fn run(&mut self, mut writes: SortedMap<i64, Write>) -> Result<(), WaveStop> {
        let mut steps: SortedMap<i64, WriteStep> =
            writes.iter_mut().map(|(id, write)| (*id, write.start())).collect();
        let ended = self.carry(&mut writes, &mut steps).await;
        if ended.is_err() {
            for (id, write) in &mut writes {
                if let Some(end) = write.end_if_refused() {
                    steps.insert(*id, end);
                }
            }
            self.finish(&mut writes, &mut steps).await?;
        }
        ended
    }

    async fn carry(
        &mut self,
        writes: &mut SortedMap<i64, Write>,
        steps: &mut SortedMap<i64, WriteStep>,
    ) -> Result<(), WaveStop> {
        loop {
            self.finish(writes, steps).await?;
            if self.host.now_ms() >= self.until_ms && !steps.is_empty() {
                return Err(WaveStop::Late);
            }
            if steps.values().any(|step| matches!(step, WriteStep::Edit { .. })) {
                self.edit(writes, steps).await?;
            } else if let Some(ms) = steps.values().filter_map(wait_ms).max() {
                self.host.sleep_ms(ms).await;
                next(writes, steps, |step| wait_ms(step).map(|_| Observation::Waited));
            } else if steps.is_empty() {
                return Ok(());
            } else {
                self.read(writes, steps).await?;
            }
        }
    }

    /// Stores and reports the writes that have ended, and renews the lease.
    async fn finish(
        &mut self,
        writes: &mut SortedMap<i64, Write>,
        steps: &mut SortedMap<i64, WriteStep>,
    ) -> Result<(), WaveStop> {
        let mut entries = Vec::new();
        let ended: Vec<i64> =
            steps.iter().filter(|(_, step)| matches!(step, WriteStep::Done(_))).map(|(id, _)| *id).collect();
        for id in ended {
            if let (Some(WriteStep::Done(outcome)), Some(write)) = (steps.remove(&id), writes.remove(&id)) {
                entries.push(self.take(&write, &outcome)?);
            }
        }
        match self.held {
            Some(held) if !held.record(&entries).await? => Err(WaveStop::Lost),
            _ => Ok(()),
        }
    }

    /// Remembers an outcome. Returns the record to store.
    fn take(&mut self, write: &Write, outcome: &WriteOutcome) -> Result<WriteRecord, WaveStop> {
        let intent = write.intent();
        match outcome.last {
            _ if outcome.is_in_force() => self.budgets.became(intent.campaign_id, intent.budget),
            Some(last) if !outcome.may_have_changed => self.budgets.became(intent.campaign_id, last),
            _ => {}
        }
        let known = self.known.entry(intent.campaign_id).or_default();
        let (done, entry) = remember(known, intent, outcome).map_err(unstored)?;
        self.done.push(done);
        Ok(entry)
    }

    async fn read(
        &mut self,
        writes: &mut SortedMap<i64, Write>,
        steps: &mut SortedMap<i64, WriteStep>,
    ) -> Result<(), WaveStop> {
        let ids: Vec<i64> = steps.keys().copied().collect();
        let mut seen = self.campaigns.read(&ids).await?;
        // All budgets of the answers come first, since each change is checked against their sum.
        for (id, write) in &*writes {
            if let Some(Observation::Setting { budget, status, .. }) = seen.get(id) {
                self.budgets.set(*id, can_spend(status).then_some(*budget));
                if write.may_have_changed() {
                    self.budgets.may_become(*id, write.intent().budget);
                }
            }
        }
        for (id, write) in writes {
            let Some(observation) = seen.remove(id) else { continue };
            write.sees(self.budgets.context(*id));
            let step = write.next(observation);
            if let WriteStep::Edit { budget, .. } = &step {
                // The campaigns after this one are checked against the sum that includes it.
                self.budgets.may_become(*id, *budget);
            }
            steps.insert(*id, step);
        }
        Ok(())
    }

    async fn edit(
        &mut self,
        writes: &mut SortedMap<i64, Write>,
        steps: &mut SortedMap<i64, WriteStep>,
    ) -> Result<(), WaveStop> {
        let mut edits = Vec::new();
        for (id, write) in writes.iter_mut() {
            if let Some(step @ WriteStep::Edit { .. }) = steps.get(id) {
                let (known, step) = (self.known.get(id).cloned().unwrap_or_default(), Some(step.clone()));
                let (write, is_stored) = (write.clone(), false);
                edits.push(Edit { campaign_id: *id, write, known, step, is_stored });
            }
        }
        let this = &*self;
        // If one edit fails, those under way are still awaited: a dropped call would have an unknown outcome.
        let sent: Vec<(Edit, Result<(), WaveStop>)> =
            stream::iter(edits.into_iter().map(|mut edit| async move {
                let sent = this.send(&mut edit).await;
                (edit, sent)
            }))
            .buffer_unordered(BUDGET_EDITS_AT_ONCE)
            .collect()
            .await;
        let mut stop = None;
        for (edit, result) in sent {
            stop = stop.or(result.err());
            let id = edit.campaign_id;
            if let Some(step) = edit.step {
                self.known.insert(id, edit.known);
                steps.insert(id, step);
                writes.insert(id, edit.write);
            } else {
                // An edit that was sent stays stored as being sent.
                steps.remove(&id);
                writes.remove(&id);
                self.again.insert(id);
            }
        }
        stop.map_or(Ok(()), Err)
    }

    async fn send(&self, edit: &mut Edit) -> Result<(), WaveStop> {
        let sent = self.store_and_send(edit).await;
        if let Err(stop) = &sent
            && edit.is_stored
            && !edit.write.may_have_changed()
        {
            // It is stored as being sent, but was not sent.
            edit.step = Some(edit.write.stop(&stop.reason(), false));
        }
        sent
    }

    /// Takes the permit, stores, then sends: nothing is awaited between the last two.
    async fn store_and_send(&self, edit: &mut Edit) -> Result<(), WaveStop> {
        let Some(WriteStep::Edit { reference_id, budget, ad_type, old }) = edit.step.clone() else {
            return Err(WaveStop::Late);
        };
        let Some(held) = self.held else {
            edit.step = Some(edit.write.hold_back("dry_run: nothing is written"));
            return Ok(());
        };
        let none = Vec::new();
        let schedules = self.rows.get(&edit.campaign_id).unwrap_or(&none);
        let basis = Basis { schedules, rules: self.rules };
        let mut known = edit.known.clone();
        known.will_edit(edit.write.intent(), old, edit.write.spends());
        let calls = self.campaigns.edits();
        for _ in 0..ARMS_MAX {
            if self.host.now_ms() >= self.until_ms {
                return Err(WaveStop::Late);
            }
            if !calls.is_reserved() {
                self.campaigns.permit(&calls, ad_type).await?;
            }
            if !self.is_wanted(edit) {
                let is_over = self.is_over(&edit.write);
                let over = format!("{SLOT_OVER} the slot has ended before it could be applied");
                edit.step = is_over.then(|| edit.write.stop(&over, true));
                return Ok(());
            }
            let asked_ms = self.host.now_ms();
            edit.is_stored = true;
            match held.arm(&known, &edit.write, basis).await.map_err(unstored)? {
                ArmReply::Go => {}
                ArmReply::Lost => return Err(WaveStop::Lost),
                ArmReply::Stopped => {
                    let off = "kill_switch: writing was switched off meanwhile";
                    edit.step = Some(edit.write.hold_back(off));
                    return Ok(());
                }
                ArmReply::Changed => {
                    edit.step = None;
                    return Ok(());
                }
            }
            if !calls.is_reserved() {
                self.campaigns.permit(&calls, ad_type).await?;
            }
            if self.host.now_ms().saturating_sub(asked_ms) <= ARMED_MS_MAX {
                edit.known = known;
                let seen =
                    self.campaigns.edit(&calls, edit.campaign_id, (ad_type, budget), &reference_id).await;
                edit.step = Some(edit.write.next(seen));
                return Ok(());
            }
        }
        Err(WaveStop::Late)
    }

    /// Whether the edit is still wanted by the shop's clock.
    fn is_wanted(&self, edit: &Edit) -> bool {
        let intent = edit.write.intent();
        let id = intent.campaign_id;
        let of_campaign = self.schedules.iter().filter(|schedule| schedule.campaign_id() == id);
        let schedules: Vec<Schedule> = of_campaign.cloned().collect();
        let known = SortedMap::from([(id, edit.known.clone())]);
        let now = plan(&schedules, &known, self.clock.at(self.host.now_ms()));
        intent.action == Action::Now || now.intents.iter().any(|wanted| wanted.is_same(intent))
    }

    fn is_over(&self, write: &Write) -> bool {
        let (intent, local) = (write.intent(), self.clock.at(self.host.now_ms()).local);
        let schedule = self.schedules.iter().find(|schedule| schedule.id() == intent.slot.schedule);
        intent.action == Action::Apply
            && schedule.is_some_and(|schedule| schedule.is_over(intent.slot.date, local))
    }
}

fn unstored(error: impl ToString) -> AttemptError {
    refused(shopee::ErrorClass::Retry, error.to_string()).into()
}

fn wait_ms(step: &WriteStep) -> Option<i64> {
    match step {
        WriteStep::Wait { ms } => Some(*ms),
        _ => None,
    }
}

/// Passes observations to the writes that have one.
fn next(
    writes: &mut SortedMap<i64, Write>,
    steps: &mut SortedMap<i64, WriteStep>,
    seen: impl Fn(&WriteStep) -> Option<Observation>,
) {
    for (id, step) in steps {
        if let (Some(observation), Some(write)) = (seen(step), writes.get_mut(id)) {
            *step = write.next(observation);
        }
    }
}
