//! Works on one shop in rounds: what is due, one wave of writes at a time, until nothing is due any more.

use super::{
    campaigns::Campaigns, done::remember, lease::ShopLease, snapshot::Snapshot, wave::Wave,
    wave_stop::WaveStop,
};
use crate::{
    attempt_error::{self, AttemptError},
    host::Host,
    invocation::Invocation,
};
use api::budget::run::BudgetResult;
use compact::{SortedMap, SortedSet};
use shopee::ErrorClass;
use store::{budgets, shops::ShopRow};
use sync_core::{
    AttemptFailure, BUDGET_WAVE_CAMPAIGNS,
    budget::{Action, CampaignMemory, GuardRails, Intent, Write, WriteOutcome, WriteStatus, in_force},
};

/// The scope of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunScope {
    /// Everything that is due now, as at a tick.
    Due,
    /// One schedule's budget, at once.
    Schedule {
        /// The schedule's id.
        id: String,
        /// For how long, if it restores; `None`: as long as its slots.
        minutes: Option<u32>,
    },
}

/// How the work on a shop ended.
pub enum RoundsEnd {
    /// Nothing is due any more; contains the final state.
    Done(Box<Snapshot>),
    /// Another shop has its turn.
    More {
        /// The last campaign that was handled.
        after: i64,
    },
}

/// The work on one shop.
pub struct Rounds<'a, 'h, H: Host> {
    pub invocation: &'a Invocation<'h, H>,
    pub shop: &'a ShopRow,
    /// The lease; `None` in a dry run.
    pub held: Option<&'a ShopLease<'a, H>>,
    /// No work begins after this, unix milliseconds.
    pub until_ms: i64,
    /// The last campaign that was already handled.
    pub after: Option<i64>,
    /// The results.
    pub done: Vec<BudgetResult>,
    /// Causes that were tried; anything left of them waits for a later tick.
    tried: SortedSet<(i64, String, &'static str)>,
    /// Whether to leave what was refused for now until its next try is due.
    is_patient: bool,
    has_asked_limits: bool,
}

impl<'a, 'h, H: Host> Rounds<'a, 'h, H> {
    pub fn new(
        invocation: &'a Invocation<'h, H>,
        shop: &'a ShopRow,
        held: Option<&'a ShopLease<'a, H>>,
        until_ms: i64,
        after: Option<i64>,
    ) -> Self {
        Self {
            invocation,
            shop,
            held,
            until_ms,
            after,
            done: Vec::new(),
            tried: SortedSet::new(),
            is_patient: true,
            has_asked_limits: false,
        }
    }

    /// Also tries what was refused for now, since a caller asks for it.
    pub fn impatient(mut self) -> Self {
        self.is_patient = false;
        self
    }

    /// Works until nothing is due, or until another shop has its turn.
    ///
    /// # Errors
    /// The work ended early.
    pub async fn run(&mut self, wanted: &RunScope, waves_max: usize) -> Result<RoundsEnd, WaveStop> {
        let mut waves = 0_usize;
        loop {
            let mut snapshot = self.look().await?;
            let rails = match (self.held, &snapshot.rails) {
                (None, Ok(rails)) => Ok(GuardRails { dry_run: true, ..*rails }),
                (_, rails) => rails.clone(),
            };
            let open = if self.held.is_some() { snapshot.resumed() } else { SortedMap::new() };
            let intents = if open.is_empty() { self.next(&snapshot, wanted) } else { Vec::new() };
            if open.is_empty() && intents.is_empty() {
                return Ok(RoundsEnd::Done(Box::new(snapshot)));
            }
            if let Some(after) = self.after.filter(|_| waves >= waves_max) {
                return Ok(RoundsEnd::More { after });
            }
            if !snapshot.knows_limits && !std::mem::replace(&mut self.has_asked_limits, true) {
                if let Ok(campaigns) = Campaigns::open(self.invocation, self.shop).await {
                    campaigns.learn_limits().await?;
                }
                continue;
            }
            waves = waves.saturating_add(1);
            self.after = intents.last().map(|intent| intent.campaign_id).or(self.after);
            self.tried.extend(open.values().map(Write::intent).chain(&intents).map(key));
            match rails {
                Ok(rails) => {
                    let mut writes = open;
                    writes.extend(snapshot.writes(intents, rails));
                    self.wave(&mut snapshot, writes).await?;
                }
                Err(error) if !intents.is_empty() => {
                    let refused = WriteOutcome::refused(WriteStatus::Skipped, format!("rules: {error}"));
                    self.refuse(&mut snapshot, intents, &refused).await?;
                }
                Err(error) => return Err(fatal(format!("rules: {error}")).into()),
            }
        }
    }

    /// Loads the current state.
    ///
    /// # Errors
    /// Postgres does not answer, or its data cannot be read.
    pub async fn look(&self) -> Result<Snapshot, WaveStop> {
        let loaded = budgets::load(&self.invocation.db, self.shop.shop_id).await?;
        let loaded = loaded.ok_or_else(|| fatal("the shop is gone from the database".to_owned()))?;
        Ok(Snapshot::read(loaded, self.invocation.host.now_ms()).map_err(fatal)?)
    }

    /// The next wave of writes.
    fn next(&self, snapshot: &Snapshot, wanted: &RunScope) -> Vec<Intent> {
        let mut intents = snapshot.plan().intents;
        if let RunScope::Schedule { id, minutes } = wanted {
            intents.retain(|intent| intent.action == Action::Apply && intent.slot.schedule == *id);
            let schedule = snapshot.schedules.iter().find(|schedule| schedule.id() == id);
            let is_tried = self.tried.iter().any(|(_, slot, _)| slot.starts_with(id.as_str()));
            if let (true, false, Some(schedule)) = (intents.is_empty(), is_tried, schedule) {
                let (nothing, id) = (CampaignMemory::default(), schedule.campaign_id());
                let known = snapshot.known.get(&id).unwrap_or(&nothing);
                let of_campaign = snapshot.schedules.iter().filter(|other| other.campaign_id() == id);
                let is_in_force = in_force(of_campaign, snapshot.clock.local)
                    .is_some_and(|best| best.id() == schedule.id());
                intents.push(Intent::now(schedule, is_in_force, known, snapshot.clock, *minutes));
            }
        }
        let waits = |intent: &Intent| {
            self.is_patient
                && snapshot.known.get(&intent.campaign_id).is_some_and(|known| known.waits(intent))
        };
        intents.retain(|intent| !waits(intent));
        let had_its_turn = |intent: &Intent| self.after.is_some_and(|after| intent.campaign_id <= after);
        intents.retain(|intent| !had_its_turn(intent) && !self.tried.contains(&key(intent)));
        intents.truncate(BUDGET_WAVE_CAMPAIGNS);
        intents
    }

    async fn wave(&mut self, snapshot: &mut Snapshot, writes: SortedMap<i64, Write>) -> Result<(), WaveStop> {
        let intents: Vec<Intent> = writes.values().map(|write| write.intent().clone()).collect();
        let campaigns = match Campaigns::open(self.invocation, self.shop).await {
            Ok(campaigns) => campaigns,
            Err(trouble) => return self.without(snapshot, intents, trouble).await,
        };
        let mut wave = Wave {
            host: self.invocation.host,
            campaigns: &campaigns,
            held: self.held,
            schedules: &snapshot.schedules,
            rows: &snapshot.rows,
            rules: &snapshot.rules,
            again: SortedSet::new(),
            known: &mut snapshot.known,
            budgets: &mut snapshot.budgets,
            clock: snapshot.clock,
            until_ms: self.until_ms,
            done: &mut self.done,
        };
        let ended = wave.run(writes).await;
        let again = std::mem::take(&mut wave.again);
        if let Some(first) = again.first() {
            self.after = self.after.map(|after| after.min(first.saturating_sub(1)));
            self.tried.retain(|(id, ..)| !again.contains(id));
        }
        match ended {
            Err(WaveStop::Trouble(trouble)) => self.without(snapshot, intents, trouble).await,
            other => other,
        }
    }

    /// Handles a shop that cannot call. If that is final, the wanted writes have failed; writes already sent stay open.
    async fn without(
        &mut self,
        snapshot: &mut Snapshot,
        intents: Vec<Intent>,
        trouble: AttemptError,
    ) -> Result<(), WaveStop> {
        let AttemptError::Refused(failure) = &trouble else { return Err(trouble.into()) };
        if !failure.is_final() {
            return Err(trouble.into());
        }
        let open = self.look().await?.open;
        let is_done = |intent: &Intent| {
            open.contains_key(&intent.campaign_id)
                || self.done.iter().any(|done| done.campaign_id == intent.campaign_id)
        };
        let left: Vec<Intent> = intents.into_iter().filter(|intent| !is_done(intent)).collect();
        if left.is_empty() {
            return Err(trouble.into());
        }
        let failed = WriteOutcome::refused(WriteStatus::Failed, failure.message.clone());
        self.refuse(snapshot, left, &failed).await
    }

    /// Refuses writes before anything is asked of Shopee.
    async fn refuse(
        &mut self,
        snapshot: &mut Snapshot,
        intents: Vec<Intent>,
        outcome: &WriteOutcome,
    ) -> Result<(), WaveStop> {
        let mut entries = Vec::new();
        for intent in intents {
            let known: &mut CampaignMemory = snapshot.known.entry(intent.campaign_id).or_default();
            let (done, entry) =
                remember(known, &intent, outcome).map_err(|error| fatal(error.to_string()))?;
            entries.push(entry);
            self.done.push(done);
        }
        match self.held {
            Some(held) if !held.record(&entries).await? => Err(WaveStop::Lost),
            _ => Ok(()),
        }
    }
}

fn key(intent: &Intent) -> (i64, String, &'static str) {
    (intent.campaign_id, intent.slot.to_string(), intent.action.as_str())
}

fn fatal(error: impl ToString) -> AttemptFailure {
    attempt_error::refused(ErrorClass::FatalConfiguration, error.to_string())
}
