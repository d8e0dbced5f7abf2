//! What Postgres shows of a run.

use super::{
    chunk::{Chunk, ChunkState, Drift},
    receipt::Receipt,
    shop::Shop,
    state::{End, Mode, Phase, RESET, Run, RunHeader, Trigger},
};
use crate::{
    event::Event,
    ids::{Generation, ShopId, Stage},
    job::Kind,
    limits::{PROJECTION_INTERVAL_MS, RUN_MS_MAX, SHOWN_WAIT_MS_MIN},
    rate::{
        back_off::projection_back_off_ms,
        hold::{Hold, WaitReason},
    },
};

/// The stage as the progress table names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProjectedStage {
    /// `syncing_campaigns`, which includes the listing.
    SyncingCampaigns,
    /// `syncing_performance`.
    SyncingPerformance,
    /// `completed`.
    Completed,
    /// `failed`.
    Failed,
}

impl ProjectedStage {
    /// The stage's name in the progress table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SyncingCampaigns => "syncing_campaigns",
            Self::SyncingPerformance => "syncing_performance",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// The row of one chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkRow {
    /// The chunk in its current state.
    pub chunk: Chunk,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: &'static str,
}

/// A snapshot of a run at one revision. Within a run, (stage, `current_chunk`) and `synced_campaigns` never fall.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The shop.
    pub shop_id: ShopId,
    /// The run.
    pub generation: Generation,
    /// The snapshot's revision; an older snapshot never replaces a newer one.
    pub rev: u64,
    /// What the run syncs.
    pub kind: Kind,
    /// What caused the run.
    pub trigger: Trigger,
    /// Whether the run has a row in Postgres. If that is not known, the row may be missing, or that of something else
    /// with the same number.
    pub announced: bool,
    /// Set if the run was cancelled: only its end is projected.
    pub cancelled: Option<String>,
    /// The stage.
    pub stage: ProjectedStage,
    /// Direct or chunked, once known.
    pub mode: Option<Mode>,
    /// Campaigns listed so far, or planned.
    pub total_campaigns: u64,
    /// Campaigns whose settings are in Postgres or otherwise accounted for.
    pub synced_campaigns: u64,
    /// Terminal chunks of the current stage.
    pub current_chunk: u64,
    /// Chunks of the current stage, including those not cut yet. For a completed run, see [`Receipt::chunks`].
    pub total_chunks: u64,
    /// Terminal chunks of all stages.
    pub chunks_done: u64,
    /// Chunks of all stages.
    pub chunks_planned: u64,
    /// Work done, in campaigns of each stage plus one for the shop totals; unlike chunks, these units never change in
    /// size. A campaign that the performance stage leaves out counts as done. 0 until the plan is frozen.
    pub units_done: u64,
    /// Work planned, in the same units; 0 until the plan is frozen.
    pub units_planned: u64,
    /// What the run waits for.
    pub wait: Option<Hold>,
    /// Indices of failed chunks; −1 is the shop totals.
    pub failed_chunks: Vec<i32>,
    /// Why the run failed.
    pub error_message: Option<String>,
    /// Whether the run has completed and found no campaigns at all.
    pub is_empty: bool,
    /// The queue rows that this run serves.
    pub jobs: Vec<String>,
    /// The receipt; final once the run has ended.
    pub receipt: Receipt,
    /// The drift that an ended run met.
    pub drift: Vec<Drift>,
    /// Chunks that changed since the last snapshot that was written.
    pub chunk_rows: Vec<ChunkRow>,
}

impl Projection {
    /// Whether the run has ended, so that this is its last snapshot.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.stage, ProjectedStage::Completed | ProjectedStage::Failed)
    }
}

/// The result of writing a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectionResult {
    /// Postgres shows this revision or a newer one.
    Written,
    /// The progress row is missing, idle or of another run: an operator has reset the shop.
    Reset,
    /// Nobody has announced the run, and Postgres does not know it.
    Unknown,
    /// Not known to be written.
    Failed,
}

impl RunHeader {
    /// When the next projection is due, in unix milliseconds. `None` if Postgres already shows everything.
    pub(crate) fn projection_due_ms(&self) -> Option<i64> {
        // An end is shown also if nobody has said that the run has a row in Postgres: it may have one.
        let behind = (self.announced || self.phase == Phase::Ended) && self.projected_rev < self.rev;
        let paced_ms =
            if self.projection_urgent { 0 } else { self.verified_ms.saturating_add(PROJECTION_INTERVAL_MS) };
        behind.then(|| paced_ms.max(self.project_not_before_ms))
    }
}

impl Shop {
    /// The snapshot to write now, if one is due.
    #[must_use]
    pub fn projection(&self, now_ms: i64) -> Option<Projection> {
        let run = self.run.as_ref()?;
        let due_ms = run.header.projection_due_ms()?;
        (due_ms <= now_ms).then(|| picture(self.shop_id, run, wait(run, self.waits_for(now_ms), now_ms)))
    }

    /// Records the result of writing the snapshot of revision `rev`.
    pub fn projected(&mut self, event: Event, generation: Generation, rev: u64, result: ProjectionResult) {
        let Some(run) = self.run.as_mut().filter(|run| run.header.generation == generation) else { return };
        let cancelled = matches!(run.header.end, Some(End::Cancelled { .. }));
        let was_closed = run.is_closed();
        let header = &mut run.header;
        self.changes.header = true;
        match result {
            ProjectionResult::Written | ProjectionResult::Unknown => {
                header.projected_rev = header.projected_rev.max(rev);
                header.verified_ms = event.now_ms;
                header.project_not_before_ms = 0;
                header.projection_failures = 0;
                // Changes made while the snapshot was being written are urgent only if they ended the run.
                header.projection_urgent = header.phase == Phase::Ended && header.projected_rev < header.rev;
            }
            // This includes a run that has just ended, since Postgres will never show that end.
            ProjectionResult::Reset if !cancelled => {
                let changed = run.finish(event.now_ms, End::Cancelled { reason: RESET.to_owned() });
                self.changes.chunks.extend(changed);
            }
            // The end of a cancelled run still has to be written.
            ProjectionResult::Reset => {}
            ProjectionResult::Failed => {
                header.projection_failures = header.projection_failures.saturating_add(1);
                let wait = projection_back_off_ms(header.projection_failures, event.random);
                header.project_not_before_ms = event.now_ms.saturating_add(wait);
            }
        }
        // Whoever watches is to see it.
        if !was_closed && run.is_closed() {
            run.header.projected_rev = run.touch();
        }
    }
}

/// The wait that the operator sees.
fn wait(run: &Run, hold: Option<Hold>, now_ms: i64) -> Option<Hold> {
    if !run.is_active() {
        return None;
    }
    let end_ms = run.header.started_ms.saturating_add(RUN_MS_MAX);
    let paused = run.header.paused.is_some().then_some(Hold { until_ms: end_ms, reason: WaitReason::Paused });
    paused.or(hold.filter(|hold| hold.until_ms >= now_ms.saturating_add(SHOWN_WAIT_MS_MIN)))
}

fn picture(shop_id: ShopId, run: &Run, wait: Option<Hold>) -> Projection {
    let header = &run.header;
    let receipt = Receipt::of(run);
    let (stage, error_message, cancelled) = match &header.end {
        None if header.phase == Phase::Performance => (ProjectedStage::SyncingPerformance, None, None),
        None => (ProjectedStage::SyncingCampaigns, None, None),
        Some(End::Completed) => (ProjectedStage::Completed, None, None),
        Some(End::Failed { message }) => (ProjectedStage::Failed, Some(message.clone()), None),
        Some(End::Cancelled { reason }) => {
            (ProjectedStage::Failed, Some(reason.clone()), Some(reason.clone()))
        }
    };
    let current = match stage {
        ProjectedStage::SyncingCampaigns => Stage::Campaigns,
        ProjectedStage::Completed => run.main_stage(),
        ProjectedStage::SyncingPerformance | ProjectedStage::Failed => Stage::Performance,
    };
    let terminal = |stage: Stage| run.stage(stage).filter(|chunk| chunk.state.is_terminal());
    let (campaigns, performance) = (terminal(Stage::Campaigns), terminal(Stage::Performance));
    let ids = |chunks: Vec<&Chunk>| chunks.iter().map(|chunk| u64::from(chunk.size)).sum::<u64>();
    let totals = terminal(Stage::ShopTotals).count() as u64;
    let stages = 1 + u64::from(header.fetch.settings);
    let is_frozen = u64::from(header.mode.is_some());
    let planned = stages * u64::from(run.planned()) + 1;
    let done = ids(campaigns.collect()) + ids(performance.collect()) + u64::from(run.left_out()) + totals;
    Projection {
        shop_id,
        generation: header.generation,
        rev: header.rev,
        kind: header.kind,
        trigger: header.trigger,
        announced: header.announced,
        cancelled,
        stage,
        mode: header.mode,
        total_campaigns: receipt.planned,
        synced_campaigns: receipt.written + receipt.unchanged + receipt.vanished + receipt.quarantined,
        current_chunk: terminal(current).count() as u64,
        total_chunks: u64::from(run.total_chunks(current)),
        chunks_done: run.chunks.values().filter(|chunk| chunk.state.is_terminal()).count() as u64,
        chunks_planned: [Stage::Campaigns, Stage::Performance, Stage::ShopTotals]
            .into_iter()
            .map(|stage| u64::from(run.total_chunks(stage)))
            .sum(),
        units_done: is_frozen * done,
        units_planned: is_frozen * planned,
        wait,
        failed_chunks: failed_indices(run),
        error_message,
        is_empty: header.end == Some(End::Completed) && header.listing.complete && run.plan.is_empty(),
        jobs: header.jobs.clone(),
        receipt,
        drift: if run.is_active() { Vec::new() } else { run.drift().into_iter().cloned().collect() },
        chunk_rows: run.chunks.values().filter(|chunk| chunk.rev > header.projected_rev).map(row).collect(),
    }
}

fn failed_indices(run: &Run) -> Vec<i32> {
    let mut indices: Vec<i32> = run
        .chunks
        .values()
        .filter(|chunk| matches!(chunk.state, ChunkState::Failed { .. }))
        .map(|chunk| match chunk.key.stage {
            Stage::ShopTotals => -1,
            Stage::Campaigns | Stage::Performance => i32::try_from(chunk.key.index).unwrap_or(i32::MAX),
        })
        .collect();
    indices.sort_unstable();
    indices.dedup();
    indices
}

fn row(chunk: &Chunk) -> ChunkRow {
    let status = match chunk.state {
        ChunkState::Pending { .. } => "pending",
        ChunkState::Queued { .. } | ChunkState::Leased { .. } => "processing",
        ChunkState::Done { .. } => "completed",
        ChunkState::Failed { .. } => "failed",
    };
    ChunkRow { chunk: chunk.clone(), status }
}
