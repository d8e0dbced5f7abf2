//! Decides who gets which slots. Calls of runs stand in line: a far slot is a turn, for which the shop comes back.
//! Calls with precedence take the first slot that no shop holds; the turns of runs behind it give way.

use super::*;
use crate::rate::{
    governor_messages::{Precedence, SlotRequest},
    spacing::spacing_ms,
};
use compact::SortedSet;

/// A shop's part of the app's slots.
#[derive(Clone, Copy)]
struct Part {
    /// Slots that the shop holds.
    held: usize,
    /// Slots that each shop may hold at once.
    ahead: usize,
    /// The time between two slots of the app, in milliseconds.
    gap_ms: i64,
}

impl Governor {
    /// The number of shops that hold slots or wait for their turn.
    pub(super) fn shops(&self) -> usize {
        self.calendar.holders().into_iter().chain(self.turns.holders()).collect::<SortedSet<_>>().len()
    }

    /// Books a shop's next slots. `Err`: when to ask again.
    pub(super) fn book(
        &mut self,
        event: Event,
        shop: ShopId,
        ask: &SlotRequest,
        rate: f64,
    ) -> Result<Vec<i64>, i64> {
        let now_ms = event.now_ms;
        let (held, first_ms) = self.calendar.held(shop, now_ms);
        let (waiting, turn_ms) = self.turns.held(shop, in_time(now_ms));
        let shops = self.shops() + usize::from(held + waiting == 0);
        let ahead = (rate * OWN_AHEAD_MS as f64 / 1_000.0 / shops as f64).ceil().max(1.0) as usize;
        let is_run = ask.precedence == Precedence::Run;
        // Calls with precedence do not stand in line one by one.
        let ahead = if is_run || self.turns.is_empty() { ahead } else { ahead.max(BUDGET_EDITS_AT_ONCE) };
        let part = Part { held, ahead, gap_ms: spacing_ms(rate) };
        if is_run && turn_ms.is_some() {
            return self.come_up(now_ms, shop);
        }
        if let (true, Some(first_ms)) = (held >= ahead, first_ms) {
            // A shop that came first must not book what another shop is owed.
            return Err(first_ms.saturating_add(1));
        }
        let slots = self.free_slots(now_ms, shop, ask, part);
        if slots.is_empty() {
            let spread_ms = (SLOT_AHEAD_MS as f64 / 8.0 * event.random.clamp(0.0, 1.0)) as i64;
            return Err(now_ms.saturating_add(SLOT_AHEAD_MS / 8).saturating_add(spread_ms));
        }
        if is_run {
            self.turns.add(shop, &slots);
            return self.come_up(now_ms, shop);
        }
        self.calendar.add(shop, &slots);
        self.turns.give_way(&self.calendar, part.gap_ms);
        Ok(slots)
    }

    /// Finds the first free slots.
    fn free_slots(&self, now_ms: i64, shop: ShopId, ask: &SlotRequest, part: Part) -> Vec<i64> {
        let mut taken = self.calendar.clone();
        if ask.precedence == Precedence::Run {
            taken.join(&self.turns);
        }
        let whole = ask.wanted.clamp(1, BLOCK_SLOTS_MAX) as usize;
        let all = ask.wanted.saturating_add(ask.more).clamp(1, BLOCK_SLOTS_MAX) as usize;
        let mut wanted = all.min(part.ahead.saturating_sub(part.held));
        let mut slots = Vec::new();
        let mut from_ms = now_ms.max(ask.earliest_ms);
        let mut limit_ms = from_ms.saturating_add(SLOT_AHEAD_MS);
        while slots.len() < wanted && !taken.is_full() {
            let Some(slot) = taken.free(from_ms, limit_ms, part.gap_ms) else { break };
            // The calls of one chunk belong together: its consumer holds the chunk while it waits between them.
            limit_ms = slots.first().copied().unwrap_or(slot).saturating_add(BLOCK_SPAN_MS);
            if slots.is_empty() && part.held == 0 {
                // If turns are long, a chunk whose calls took several of them would hold its work for too long.
                let turns = i64::try_from(whole.div_ceil(part.ahead)).unwrap_or(i64::MAX);
                let is_long = slot.saturating_sub(now_ms).saturating_mul(turns) > BLOCK_SPAN_MS;
                wanted = if is_long { whole } else { wanted };
            }
            taken.add(shop, &[slot]);
            slots.push(slot);
            from_ms = slot.saturating_add(ask.spacing_ms);
        }
        slots
    }

    /// Gives a shop the near slots of its turn. `Err`: when to come back for them.
    fn come_up(&mut self, now_ms: i64, shop: ShopId) -> Result<Vec<i64>, i64> {
        let near = self.turns.remove(shop, in_time(now_ms)..=now_ms.saturating_add(SLOT_NEAR_MS));
        if near.is_empty() {
            let turn_ms = self.turns.held(shop, in_time(now_ms)).1.unwrap_or(now_ms);
            // After a long wait it is a message that comes back, which needs time.
            let is_far = turn_ms.saturating_sub(now_ms) > PERMIT_PATIENCE_MS;
            return Err(turn_ms.saturating_sub(if is_far { SLOT_LEAD_MS } else { SLOT_NEAR_MS }));
        }
        self.calendar.add(shop, &near);
        Ok(near)
    }
}

/// The earliest slot that may still be used.
pub(super) fn in_time(now_ms: i64) -> i64 {
    now_ms.saturating_sub(PERMIT_LATE_MS)
}
