//! A run as its object shows it: to the HTTP interface, and to whoever must know whether it is still under way.

use serde::{Deserialize, Serialize};
use shopee::ErrorClass;
use sync_core::{
    Chunk, ChunkKey, ChunkResult, ChunkState, End, Generation, Hold, Kind, Mode, Pause, Phase, Receipt,
    RunState, Shop, Stage, Trigger,
};

/// The shop's run. An object of another release may lack fields that were added since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `RunHeader`")]
pub struct RunView {
    pub generation: Generation,
    pub kind: Kind,
    pub trigger: Trigger,
    pub retry_of: Option<Generation>,
    pub state: RunState,
    pub phase: Phase,
    pub mode: Option<Mode>,
    pub end: Option<EndView>,
    pub paused: Option<Pause>,
    /// What keeps the shop, or the part of the run that is due, from calling.
    pub wait: Option<Hold>,
    /// Not ended.
    pub active: bool,
    /// Ended, and Postgres shows it.
    pub closed: bool,
    pub started_ms: i64,
    pub ended_ms: Option<i64>,
    pub listing: ListingView,
    pub receipt: Receipt,
    pub chunks: Vec<ChunkView>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndView {
    /// `completed`, `failed` or `cancelled`.
    pub end: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who or what cancelled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far the listing is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListingView {
    /// Pages taken so far.
    pub pages: u32,
    /// The last error.
    pub last_error: Option<String>,
}

/// One chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of `Chunk`")]
pub struct ChunkView {
    pub key: ChunkKey,
    /// The campaign that it begins with; none for the shop totals.
    pub first_campaign: Option<i64>,
    pub size: u32,
    pub state: ChunkStateView,
    pub attempt: u32,
    pub failures: u32,
    pub failed_calls: u32,
    pub carried: bool,
    pub last_error: Option<String>,
}

/// Where a chunk stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChunkStateView {
    /// `pending`, `queued`, `leased`, `done` or `failed`.
    pub state: String,
    /// Of a pending one: when it may be handed out, unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before_ms: Option<i64>,
    /// Of a queued or leased one: when it counts as lost, unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Of a done one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ChunkResult>,
    /// Of a failed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ErrorClass>,
    /// Of a failed one: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl RunView {
    /// The shop's run, if it has one.
    #[must_use]
    pub fn of(shop: &Shop, now_ms: i64) -> Option<Self> {
        Self::with_chunks(shop, now_ms, |_| true)
    }

    /// The same, with some of its chunks.
    pub(crate) fn with_chunks(shop: &Shop, now_ms: i64, wanted: impl Fn(&Chunk) -> bool) -> Option<Self> {
        let run = shop.run.as_ref()?;
        let header = &run.header;
        let spenders: Vec<i64> = run.spenders().collect();
        let first_campaign = |chunk: &Chunk| match chunk.key.stage {
            Stage::Campaigns => run.plan.get(chunk.first as usize),
            Stage::Performance => spenders.get(chunk.first as usize),
            Stage::ShopTotals => None,
        };
        Some(Self {
            generation: header.generation,
            kind: header.kind,
            trigger: header.trigger,
            retry_of: header.retry_of,
            state: run.state(),
            phase: header.phase,
            mode: header.mode,
            end: header.end.as_ref().map(EndView::of),
            paused: header.paused.clone(),
            wait: shop.held(now_ms),
            active: run.is_active(),
            closed: run.is_closed(),
            started_ms: header.started_ms,
            ended_ms: header.ended_ms,
            listing: ListingView {
                pages: header.listing.pages,
                last_error: header.listing.last_error.clone(),
            },
            receipt: Receipt::of(run),
            chunks: run
                .chunks
                .values()
                .filter(|chunk| wanted(chunk))
                .map(|chunk| ChunkView::of(chunk, first_campaign(chunk).copied()))
                .collect(),
        })
    }
}

impl EndView {
    fn of(end: &End) -> Self {
        let (end, message, reason) = match end {
            End::Completed => ("completed", None, None),
            End::Failed { message } => ("failed", Some(message.clone()), None),
            End::Cancelled { reason } => ("cancelled", None, Some(reason.clone())),
        };
        Self { end: end.to_owned(), message, reason }
    }
}

impl ChunkView {
    fn of(chunk: &Chunk, first_campaign: Option<i64>) -> Self {
        Self {
            key: chunk.key,
            first_campaign,
            size: chunk.size,
            state: ChunkStateView::of(&chunk.state),
            attempt: chunk.attempt,
            failures: chunk.failures,
            failed_calls: chunk.failed_calls,
            carried: chunk.carried,
            last_error: chunk.last_error.clone(),
        }
    }
}

impl ChunkStateView {
    fn of(state: &ChunkState) -> Self {
        let view = Self { state: state.as_str().to_owned(), ..Self::default() };
        match state {
            ChunkState::Pending { not_before_ms } => Self { not_before_ms: Some(*not_before_ms), ..view },
            ChunkState::Queued { until_ms, .. } | ChunkState::Leased { until_ms } => {
                Self { until_ms: Some(*until_ms), ..view }
            }
            ChunkState::Done { result } => Self { result: Some(result.clone()), ..view },
            ChunkState::Failed { class, message } => {
                Self { class: Some(*class), message: Some(message.clone()), ..view }
            }
        }
    }
}
