//! A run as its object has it, in the words of the HTTP interface: for who asks, and for who watches.

use api::{
    app::Hold,
    live::LiveMessage,
    run::{ChunkKey, Listing, LiveChunk, LiveChunkState, LiveRun, Pause, Receipt, RunEnd, Window},
};
use compact::json;
use serde::Serialize;
use sync_flow::{
    live::Update,
    run_view::{ChunkView, RunView},
};

/// What who watches the shop is told.
pub fn message(update: Update) -> LiveMessage {
    let version = update.version.map(|version| version.to_string());
    let (run, chunks) = update.view.map(shown).unzip();
    let (run, chunks) = (run.map(Box::new), chunks.unwrap_or_default());
    match (update.since, version, run) {
        (Some(since), Some(version), Some(run)) => {
            LiveMessage::Change { since: since.to_string(), version, run, chunks }
        }
        (_, version, run) => LiveMessage::Snapshot { version, run, chunks },
    }
}

/// The run and its chunks.
pub fn shown(view: RunView) -> (LiveRun, Vec<LiveChunk>) {
    let chunks = view.chunks.into_iter().map(chunk).collect();
    let live = LiveRun {
        generation: view.generation.0,
        kind: json!(view.kind),
        trigger: word(&view.trigger),
        retry_of: view.retry_of.map(|run| run.0),
        state: word(&view.state),
        phase: word(&view.phase),
        mode: view.mode.as_ref().map(word),
        end: view.end.map(|end| RunEnd { end: end.end, message: end.message, reason: end.reason }),
        paused: view.paused.map(|pause| Pause { by: pause.by, since_ms: pause.since_ms }),
        wait: view.wait.map(|hold| Hold { until_ms: hold.until_ms, reason: json!(hold.reason) }),
        active: view.active,
        closed: view.closed,
        started_ms: view.started_ms,
        ended_ms: view.ended_ms,
        listing: Listing { pages: view.listing.pages, last_error: view.listing.last_error },
        receipt: receipt(view.receipt),
    };
    (live, chunks)
}

fn receipt(receipt: sync_core::Receipt) -> Receipt {
    Receipt {
        planned: receipt.planned,
        written: receipt.written,
        unchanged: receipt.unchanged,
        vanished: receipt.vanished,
        quarantined: receipt.quarantined,
        unanswered: receipt.unanswered,
        performance_accounted: receipt.performance_accounted,
        performance_left_out: receipt.performance_left_out,
        partial_chunks: receipt.partial_chunks,
        malformed_rows: receipt.malformed_rows,
        account: receipt.account,
        rows_written: receipt.rows_written,
        calls: receipt.calls,
        retries: receipt.retries,
        chunks: receipt.chunks,
        carried_chunks: receipt.carried_chunks,
        failed_chunks: receipt.failed_chunks,
        slowest_chunk_ms: receipt.slowest_chunk_ms,
        duration_ms: receipt.duration_ms,
        mode: receipt.mode.as_ref().map(word),
        window: Window {
            daily_from: receipt.window.daily_from.to_string(),
            daily_to: receipt.window.daily_to.to_string(),
            hourly: receipt.window.hourly.iter().map(ToString::to_string).collect(),
        },
    }
}

fn chunk(view: ChunkView) -> LiveChunk {
    let state = LiveChunkState {
        state: view.state.state,
        not_before_ms: view.state.not_before_ms,
        until_ms: view.state.until_ms,
        result: view.state.result.map(|result| json!(result)),
        class: view.state.class.as_ref().map(word),
        message: view.state.message,
    };
    LiveChunk {
        key: ChunkKey { stage: view.key.stage.as_str().to_owned(), index: view.key.index },
        first_campaign: view.first_campaign,
        size: view.size,
        state,
        attempt: view.attempt,
        failures: view.failures,
        failed_calls: view.failed_calls,
        carried: view.carried,
        last_error: view.last_error,
    }
}

/// The stable name of a value that has one.
pub fn word(value: &impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::{
        Begin, BeginReply, Event, Generation, Kind, ListedPage, Settings, Shop, ShopId, Trigger,
    };

    /// What programs have read before this type was made is still there.
    #[test]
    fn nothing_of_the_view_is_lost() {
        let mut shop = Shop::new(ShopId(1));
        let event = Event { now_ms: 1_000, random: 0.5 };
        let begin = Begin {
            job_id: "a".to_owned(),
            kind: Kind::Realtime,
            trigger: Trigger::Http,
            retry_of: None,
            today: "2026-03-01".parse().unwrap(),
            settings: Settings { direct_threshold: 0, ..Settings::default() },
            generation_floor: Generation(0),
            asked_at_ms: 1_000,
        };
        let BeginReply::Begun { generation } = shop.begin(event, begin) else { panic!("it begins") };
        let lease = shop.claim_listing(event, generation).expect("nobody lists");
        let page = ListedPage { offset: 0, ids: (1..=250).collect(), rows: 250, has_next_page: false };
        shop.page(event, generation, lease.attempt, &page);
        let view = RunView::of(&shop, 1_000).expect("a run");
        let mut whole = json!(view);
        let chunks = whole.as_object_mut().and_then(|fields| fields.remove("chunks")).expect("chunks");
        let (live, shown) = shown(view);
        assert_eq!((json!(live), json!(shown)), (whole, chunks));
    }
}
