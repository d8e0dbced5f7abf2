//! Progress, runs, and what shows them.

use super::{Model, Values};
use serde::Deserialize;
use serde_json::{Value, json};

/// A progress row.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns")]
pub struct Progress {
    pub generation: i64,
    pub projection_rev: i64,
    pub sync_stage: String,
    pub total_campaigns: i64,
    pub synced_campaigns: i64,
    pub current_chunk: i64,
    pub total_chunks: i64,
    pub units_done: i64,
    pub units_planned: i64,
    pub failed_chunks: Vec<i64>,
    pub waiting_reason: Option<String>,
    pub waiting_until_ms: Option<i64>,
    pub last_chunk_at_ms: i64,
    pub redrive_count: i64,
}

impl Progress {
    /// A run is at work on it.
    #[must_use]
    pub fn is_syncing(&self) -> bool {
        matches!(self.sync_stage.as_str(), "syncing_campaigns" | "syncing_performance")
    }
}

/// A run's row.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct Run {
    pub kind: String,
    pub trigger: String,
    pub status: String,
    pub params: Value,
    pub receipt: Value,
    pub started_at_ms: i64,
}

/// A picture, as `store::runs::project` writes it.
#[derive(Deserialize)]
struct Picture {
    shop_id: i64,
    generation: i64,
    rev: i64,
    stage: String,
    total_campaigns: i64,
    synced_campaigns: i64,
    current_chunk: i64,
    total_chunks: i64,
    units_done: i64,
    units_planned: i64,
    failed_chunks: Vec<i64>,
    waiting_reason: Option<String>,
    waiting_until_ms: Option<i64>,
    jobs: Vec<String>,
    job_error: Option<String>,
    receipt: Value,
    chunk_rows: Vec<ChunkRow>,
    claim_seconds: i64,
    chunked: bool,
}

#[derive(Deserialize)]
struct ChunkRow {
    stage: String,
    chunk_index: i64,
    status: String,
}

const ORDER: [&str; 4] = ["syncing_campaigns", "syncing_performance", "completed", "failed"];

impl Model {
    pub(super) fn runs_begin(&mut self, v: &Values<'_>) -> Vec<String> {
        let (shop_id, generation, now_ms) = (v.long(0), v.long(1), self.now_ms);
        let first = match self.progress.get(&shop_id) {
            Some(progress) => progress.generation < generation,
            None => true,
        };
        // The first statement's guard is on the insert: a row that is there is decided by its own generation.
        let refused = self.status.get(&shop_id).is_some_and(|known| *known >= generation);
        if refused || !first {
            return Vec::new();
        }
        let progress = Progress {
            generation,
            sync_stage: "syncing_campaigns".to_owned(),
            last_chunk_at_ms: now_ms,
            ..Progress::default()
        };
        self.progress.insert(shop_id, progress);
        let known = self.status.entry(shop_id).or_default();
        *known = generation.max(*known);
        self.runs.entry((shop_id, generation)).or_insert_with(|| Run {
            kind: v.text(2).to_owned(),
            trigger: v.text(3).to_owned(),
            status: "running".to_owned(),
            params: v.json(4),
            receipt: Value::Null,
            started_at_ms: now_ms,
        });
        if let Some(job) = self.jobs.get_mut(v.text(5)).filter(|job| job.is_open()) {
            (job.status, job.generation) = ("processing".to_owned(), Some(generation));
            job.started_at_ms = job.started_at_ms.or(Some(now_ms));
        }
        vec!["true".to_owned()]
    }

    pub(super) fn runs_owned(&self, v: &Values<'_>) -> Value {
        let (shop_id, generation) = (v.long(0), v.long(1));
        let row = self.progress.get(&shop_id);
        let shown = row.is_some_and(|p| p.generation == generation && p.sync_stage != "idle");
        (shown && self.runs.get(&(shop_id, generation)).is_some_and(|run| run.status == "running")).into()
    }

    pub(super) fn runs_shown(&self, v: &Values<'_>) -> Value {
        let row = self.progress.get(&v.long(0));
        row.is_some_and(|p| {
            p.generation == v.long(1) && p.projection_rev >= v.long(2) && p.sync_stage != "idle"
        })
        .into()
    }

    pub(super) fn runs_project(&mut self, v: &Values<'_>) -> Vec<String> {
        let i: Picture = v.json(0);
        let now_ms = self.now_ms;
        let Some(p) = self.progress.get_mut(&i.shop_id) else { return Vec::new() };
        if p.generation != i.generation || p.projection_rev >= i.rev || p.sync_stage == "idle" {
            return Vec::new();
        }
        let place = |stage: &str| ORDER.iter().position(|known| *known == stage);
        let before = (place(&p.sync_stage), p.current_chunk, p.synced_campaigns, p.units_done);
        let after = (place(&i.stage), i.current_chunk, i.synced_campaigns, i.units_done);
        let fell = (before.0, before.1) > (after.0, after.1) || before.2 > after.2 || before.3 > after.3;
        let beyond =
            i.synced_campaigns > i.total_campaigns || i.units_done > i.units_planned.max(i.units_done.min(0));
        let ended = matches!(i.stage.as_str(), "completed" | "failed");
        let progressed = i.units_done > p.units_done || i.total_campaigns > p.total_campaigns;
        if progressed || i.stage != p.sync_stage {
            p.last_chunk_at_ms = now_ms;
        }
        p.redrive_count = if progressed { 0 } else { p.redrive_count };
        let wrong = (p.sync_stage == i.stage && fell && i.stage != "failed") || beyond;
        (p.projection_rev, p.sync_stage) = (i.rev, i.stage.clone());
        (p.total_campaigns, p.synced_campaigns) = (i.total_campaigns, i.synced_campaigns);
        (p.current_chunk, p.total_chunks) = (i.current_chunk, i.total_chunks);
        (p.units_done, p.units_planned) = (i.units_done, i.units_planned);
        p.failed_chunks.clone_from(&i.failed_chunks);
        (p.waiting_reason, p.waiting_until_ms) = (i.waiting_reason.clone(), i.waiting_until_ms);
        if wrong {
            self.broken(format!(
                "4: progress fell or passed its total: {before:?} → {after:?}, shop {}",
                i.shop_id
            ));
        }
        for id in &i.jobs {
            let Some(job) = self.jobs.get_mut(id).filter(|job| job.is_open()) else { continue };
            job.status = if ended { i.stage.clone() } else { "processing".to_owned() };
            job.generation = Some(i.generation);
            job.started_at_ms = job.started_at_ms.or(Some(now_ms));
            job.claimed_until_ms = (!ended).then(|| now_ms + i.claim_seconds * 1_000);
            job.error_message = if ended { i.job_error.clone() } else { i.waiting_reason.clone() };
        }
        if let Some(run) = self.runs.get_mut(&(i.shop_id, i.generation)) {
            run.status = if ended { i.stage.clone() } else { "running".to_owned() };
            run.receipt = i.receipt;
        }
        for row in i.chunk_rows.into_iter().filter(|_| i.chunked) {
            let known = self.chunks.entry((i.shop_id, i.generation, row.stage, row.chunk_index)).or_default();
            if known != "completed" || row.status == "completed" {
                *known = row.status;
            }
        }
        vec!["true".to_owned()]
    }

    pub(super) fn runs_cancel(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, generation) = (v.long(0), v.long(1));
        if let Some(p) =
            self.progress.get_mut(&shop_id).filter(|p| p.generation == generation && p.is_syncing())
        {
            (p.sync_stage, p.waiting_reason, p.waiting_until_ms) = ("idle".to_owned(), None, None);
        }
        self.close(shop_id, generation, "cancelled", v.text(2));
        true.into()
    }

    /// Ends a run's row, its jobs and its chunks.
    fn close(&mut self, shop_id: i64, generation: i64, status: &str, reason: &str) {
        if let Some(run) = self.runs.get_mut(&(shop_id, generation)).filter(|run| run.status == "running") {
            run.status = status.to_owned();
        }
        let jobs = self.jobs.values_mut();
        for job in
            jobs.filter(|job| job.shop_id == shop_id && job.generation == Some(generation) && job.is_open())
        {
            (job.status, job.claimed_until_ms) = ("failed".to_owned(), None);
            job.error_message = Some(reason.to_owned());
        }
        let last = (shop_id, generation + 1, String::new(), 0);
        for (_, row) in self.chunks.range_mut((shop_id, generation, String::new(), i64::MIN)..last) {
            if matches!(row.as_str(), "pending" | "processing") {
                *row = "failed".to_owned();
            }
        }
    }

    pub(super) fn runs_get(&self, v: &Values<'_>) -> Vec<String> {
        let (shop_id, generation) = (v.long(0), v.long(1));
        let Some(run) = self.runs.get(&(shop_id, generation)) else { return Vec::new() };
        let row = json!({
            "shop_id": shop_id, "generation": generation, "kind": run.kind, "trigger": run.trigger, "mode": null,
            "status": run.status, "params": run.params, "total_campaigns": 0, "total_chunks": 0,
            "receipt": run.receipt, "error_message": null, "started_at_ms": run.started_at_ms, "ended_at_ms": null,
        });
        vec![row.to_string()]
    }

    pub(super) fn stuck_candidates(&mut self, v: &Values<'_>) -> Vec<String> {
        let now_ms = self.now_ms;
        let silent = now_ms - v.long(0) * 60_000;
        let found = self.progress.iter_mut().filter(|(_, p)| {
            p.is_syncing()
                && p.last_chunk_at_ms < silent
                && p.waiting_until_ms.is_none_or(|until| until <= now_ms)
        });
        let counted = found.map(|(shop_id, p)| {
            p.redrive_count += 1;
            json!({ "shop_id": shop_id, "generation": p.generation, "redrive_count": p.redrive_count, "run_kind": null })
        });
        counted.map(|row| row.to_string()).collect()
    }

    pub(super) fn stuck_orphans(&self, v: &Values<'_>) -> Vec<String> {
        let since = self.now_ms - v.long(0) * 60_000;
        let open = self.runs.iter().filter(|((shop_id, generation), run)| {
            run.status == "running"
                && run.started_at_ms < since
                && !self.is_syncing(*shop_id, Some(*generation))
        });
        open.map(|((shop_id, generation), _)| {
            json!({ "shop_id": shop_id, "generation": generation }).to_string()
        })
        .collect()
    }

    pub(super) fn stuck_give_up(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, generation) = (v.long(0), v.long(1));
        let Some(p) =
            self.progress.get_mut(&shop_id).filter(|p| p.generation == generation && p.is_syncing())
        else {
            return false.into();
        };
        (p.sync_stage, p.waiting_reason, p.waiting_until_ms) = ("failed".to_owned(), None, None);
        self.close(shop_id, generation, "failed", v.text(2));
        true.into()
    }

    pub(super) fn is_reset(&self, shop_id: i64) -> bool {
        let idle = self.progress.get(&shop_id).is_none_or(|p| p.sync_stage == "idle");
        let pending = |job: &super::Job| job.shop_id == shop_id && job.status == "pending";
        let chunk = self.chunks.iter().any(|((shop, ..), status)| *shop == shop_id && status == "pending");
        idle && !chunk && !self.jobs.values().any(pending)
    }

    /// What operators do to reset a shop.
    pub fn progress_reset(&mut self, shop_id: i64) -> bool {
        self.jobs.retain(|_, job| job.shop_id != shop_id || job.status != "pending");
        self.chunks.retain(|(shop, ..), status| *shop != shop_id || status != "pending");
        let Some(p) = self.progress.get_mut(&shop_id) else { return false };
        (p.sync_stage, p.waiting_reason, p.waiting_until_ms) = ("idle".to_owned(), None, None);
        true
    }

    /// What operators do to roll back: all chunk rows and all progress rows go.
    pub fn roll_back(&mut self) {
        self.chunks.clear();
        self.progress.clear();
    }
}
