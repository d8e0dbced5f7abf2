//! Builds the write for a due cause from the campaign's memory.

use super::{
    campaign_memory::CampaignMemory,
    clock::{Clock, MINUTE_MS},
    intent::{Action, Intent},
    money::Money,
    schedule::Schedule,
    slot::{SlotKey, is_of_one_slot},
};

impl Intent {
    pub(super) fn new(
        (campaign_id, action, now): (i64, Action, Clock),
        slot: SlotKey,
        budget: Money,
        memory: &CampaignMemory,
    ) -> Self {
        let (ours, turn) = (memory.ours.clone(), memory.turn);
        let (carried, restore, is_return, until_ms, reference_id) = (None, false, false, None, String::new());
        let mut intent = Self {
            campaign_id,
            action,
            slot,
            budget,
            carried,
            restore,
            is_return,
            ours,
            at: now.local,
            at_ms: now.at_ms,
            until_ms,
            turn,
            reference_id,
        };
        // An edit for the same slot with an unknown outcome may still arrive: under the same id only one of the two
        // takes effect.
        let own = intent.own_id();
        let unused = memory.unused_id.as_ref().filter(|id| is_of_one_slot(id, &own));
        intent.reference_id = unused.unwrap_or(&own).clone();
        intent
    }

    /// A schedule's budget right now, regardless of its slots. If the schedule restores and is not in force, the run
    /// ends after `minutes`, or after the length of its slots, and the earlier budget comes back.
    #[must_use]
    pub fn now(
        schedule: &Schedule,
        is_in_force: bool,
        memory: &CampaignMemory,
        now: Clock,
        minutes: Option<u32>,
    ) -> Self {
        let slot = schedule.slot(now.local.date());
        let restore = schedule.restore() && !is_in_force;
        let length = schedule.end().minutes().saturating_sub(schedule.start().minutes());
        let span_ms = i64::from(minutes.unwrap_or(length.into())).saturating_mul(MINUTE_MS);
        let until_ms = restore.then(|| now.at_ms.saturating_add(span_ms));
        let carried = memory.applied.as_ref().filter(|_| restore).and_then(|applied| applied.before);
        let run = Self::new((schedule.campaign_id(), Action::Now, now), slot, schedule.budget(), memory);
        Self { carried, restore, until_ms, ..run }
    }
}
