//! Handing out chunks and moving the stage.

use crate::{
    chunk::ChunkState,
    commit::Work,
    ids::Stage,
    limits::QUEUED_MS_MAX,
    message::ChunkMessage,
    receipt::Receipt,
    retry::back_off_ms,
    run::{End, Mode, Phase, Run},
    shop::{Event, Shop},
};
use shopee::ErrorClass;

impl Shop {
    /// Does whatever the present state allows: the next stage, the end, messages for free places in the window.
    pub(crate) fn advance(&mut self, event: Event) {
        while let Some(run) = self.run.as_mut() {
            let stage_over =
                run.chunks.iter().filter(|chunk| run.is_open(chunk.key.stage)).all(|c| c.state.is_terminal());
            match run.header.phase {
                Phase::Campaigns if stage_over => {
                    run.header.phase = Phase::Performance;
                    run.header.projection_urgent = true;
                    run.touch();
                }
                Phase::Performance if stage_over => run.finish(event.now_ms, verdict(run)),
                _ => break,
            }
            self.changes.header = true;
        }
        self.send_messages(event);
    }

    fn send_messages(&mut self, event: Event) {
        let shop_id = self.shop_id;
        let Some(run) = self.run.as_mut().filter(|run| run.is_active() && !run.header.direct_held) else {
            return;
        };
        let window = run.header.settings.window_chunks as usize;
        let in_flight = run.chunks.iter().filter(|chunk| chunk.state.is_in_flight()).count();
        let ready =
            ready_chunks(run, event.now_ms).take(window.saturating_sub(in_flight)).collect::<Vec<_>>();
        if ready.is_empty() {
            return;
        }
        let rev = run.touch();
        let until_ms = event.now_ms.saturating_add(QUEUED_MS_MAX);
        self.changes.header = true;
        for position in ready {
            let Some(chunk) = run.chunks.get_mut(position) else { continue };
            chunk.state = ChunkState::Queued { until_ms };
            chunk.rev = rev;
            self.changes.chunks.insert(position);
            let message = ChunkMessage::new(shop_id, run.header.generation, chunk.key, chunk.attempt + 1);
            self.changes.chunk_messages.push(message);
        }
    }

    /// These messages could not be sent: their chunks wait a moment and are sent again by the alarm.
    pub fn unsent(&mut self, event: Event, messages: &[ChunkMessage]) {
        for message in messages {
            let Some(run) = self.active(message.generation) else { continue };
            let rev = run.touch();
            let Some(position) = run.position(message.key()) else { continue };
            let Some(chunk) = run.chunks.get_mut(position) else { continue };
            if matches!(chunk.state, ChunkState::Queued { .. }) && chunk.attempt + 1 == message.attempt {
                let wait = back_off_ms(ErrorClass::Retry, 1, None, event.random);
                chunk.state = ChunkState::Pending { not_before_ms: event.now_ms.saturating_add(wait) };
                chunk.rev = rev;
                self.changes.header = true;
                self.changes.chunks.insert(position);
            }
        }
    }

    /// The next chunk for the consumer that holds a direct run. When nothing can be done now, messages take over.
    pub(crate) fn hand_out(&mut self, event: Event) -> Option<Work> {
        let run = self.run.as_mut().filter(|run| run.is_active() && run.header.direct_held)?;
        let next = ready_chunks(run, event.now_ms).next();
        match next {
            Some(position) => self.lease(event, position),
            None => {
                run.header.direct_held = false;
                self.changes.header = true;
                self.send_messages(event);
                None
            }
        }
    }

    /// Starts an attempt at a chunk.
    pub(crate) fn lease(&mut self, event: Event, position: usize) -> Option<Work> {
        let run = self.run.as_mut()?;
        let rev = run.touch();
        let until_ms = event.now_ms.saturating_add(run.header.settings.lease_ms());
        let chunk = run.chunks.get_mut(position)?;
        chunk.attempt += 1;
        chunk.rev = rev;
        chunk.state = ChunkState::Leased { until_ms };
        let chunk = chunk.clone();
        self.changes.header = true;
        self.changes.chunks.insert(position);
        Some(Work {
            generation: run.header.generation,
            key: chunk.key,
            attempt: chunk.attempt,
            lease_until_ms: until_ms,
            ids: run.ids(&chunk).to_vec(),
            window: run.header.window.clone(),
            kind: run.header.kind,
            direct: run.header.mode == Some(Mode::Direct),
        })
    }
}

fn ready_chunks(run: &Run, now_ms: i64) -> impl Iterator<Item = usize> + '_ {
    run.chunks.iter().enumerate().filter_map(move |(position, chunk)| match chunk.state {
        ChunkState::Pending { not_before_ms } if not_before_ms <= now_ms && run.is_open(chunk.key.stage) => {
            Some(position)
        }
        _ => None,
    })
}

/// How a run ends whose chunks are all terminal.
fn verdict(run: &Run) -> End {
    let failed: Vec<_> = run
        .chunks
        .iter()
        .filter_map(|chunk| match &chunk.state {
            ChunkState::Failed { message, .. } => Some((chunk.key, message)),
            _ => None,
        })
        .collect();
    if let Some((key, message)) = failed.first() {
        let what = match key.stage {
            Stage::ShopTotals => "the shop totals".to_owned(),
            stage => format!("chunk {} of {}", key.index, stage.as_str()),
        };
        let more = match failed.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        return End::Failed { message: format!("{what} failed: {message}{more}") };
    }
    let receipt = Receipt::of(run);
    if receipt.balances() {
        End::Completed
    } else {
        End::Failed { message: format!("the receipt does not balance: {}", receipt.equation()) }
    }
}
