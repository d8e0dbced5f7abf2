//! Runs: their own table, the progress row and the status row.

use super::{Model, Values};
use serde_json::{Value, json};

/// A progress row.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns")]
pub struct Progress {
    pub generation: i64,
    pub projection_rev: i64,
    pub run_kind: Option<String>,
    pub sync_stage: String,
    pub is_complete: bool,
    pub total_campaigns: i64,
    pub synced_campaigns: i64,
    pub current_chunk: i64,
    pub total_chunks: i64,
    pub chunks_done: i64,
    pub chunks_planned: i64,
    pub units_done: i64,
    pub units_planned: i64,
    pub failed_chunks: Vec<i64>,
    pub error_message: Option<String>,
    pub waiting_reason: Option<String>,
    pub waiting_until_ms: Option<i64>,
    pub started_at_ms: Option<i64>,
    pub last_chunk_at_ms: i64,
    pub updated_at_ms: i64,
    pub completed_at_ms: Option<i64>,
    pub redrive_count: i64,
}

impl Progress {
    /// A run is at work on it.
    #[must_use]
    pub fn is_syncing(&self) -> bool {
        matches!(self.sync_stage.as_str(), "syncing_campaigns" | "syncing_performance")
    }

    /// As an operator's reset leaves it.
    fn idle(&mut self) {
        (self.sync_stage, self.is_complete) = ("idle".to_owned(), false);
        (self.waiting_reason, self.waiting_until_ms) = (None, None);
    }
}

/// A row of `apishopee_ads_sync_status`.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns")]
pub struct Status {
    pub generation: i64,
    pub is_syncing: bool,
    pub last_sync_at_ms: Option<i64>,
    pub last_sync_error: Option<String>,
    pub sync_progress: Value,
    pub total_campaigns: i64,
    pub ongoing_campaigns: i64,
    pub listed_empty: Option<i64>,
}

impl Status {
    pub(super) fn stage(&mut self, stage: &str) {
        self.is_syncing = false;
        if let Some(fields) = self.sync_progress.as_object_mut() {
            fields.insert("stage".to_owned(), stage.into());
        }
    }
}

/// A run's row.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct Run {
    pub kind: String,
    pub trigger: String,
    pub mode: Option<String>,
    pub status: String,
    pub params: Value,
    pub total_campaigns: i64,
    pub total_chunks: i64,
    pub receipt: Value,
    pub error_message: Option<String>,
    pub started_at_ms: i64,
    pub ended_at_ms: Option<i64>,
}

impl Model {
    pub(super) fn runs_begin(&mut self, v: &Values<'_>) -> Vec<String> {
        let (shop_id, generation, now_ms, kind) = (v.long(0), v.long(1), self.now_ms, v.text(2).to_owned());
        let known = self.status.get(&shop_id).is_some_and(|status| status.generation >= generation);
        let newer = self.progress.get(&shop_id).is_some_and(|progress| progress.generation >= generation);
        if known || newer {
            return Vec::new();
        }
        let progress = Progress {
            generation,
            run_kind: Some(kind.clone()),
            sync_stage: "syncing_campaigns".to_owned(),
            started_at_ms: Some(now_ms),
            last_chunk_at_ms: now_ms,
            updated_at_ms: now_ms,
            ..Progress::default()
        };
        self.progress.insert(shop_id, progress);
        let status = self.status.entry(shop_id).or_default();
        (status.generation, status.is_syncing) = (generation.max(status.generation), true);
        status.sync_progress =
            json!({ "generation": generation, "kind": kind, "stage": "syncing_campaigns", "percent": 0 });
        self.runs.entry((shop_id, generation)).or_insert_with(|| Run {
            kind,
            trigger: v.text(3).to_owned(),
            mode: None,
            status: "running".to_owned(),
            params: v.json(4),
            total_campaigns: 0,
            total_chunks: 0,
            receipt: Value::Null,
            error_message: None,
            started_at_ms: now_ms,
            ended_at_ms: None,
        });
        if let Some(job) = self.jobs.get_mut(v.text(5)).filter(|job| job.is_open()) {
            (job.status, job.generation) = ("processing".to_owned(), Some(generation));
            (job.started_at_ms, job.error_message) = (job.started_at_ms.or(Some(now_ms)), None);
        }
        vec!["true".to_owned()]
    }

    pub(super) fn runs_owned(&self, v: &Values<'_>) -> Value {
        let (shop_id, generation) = (v.long(0), v.long(1));
        let row = self.progress.get(&shop_id);
        let shown = row.is_some_and(|p| p.generation == generation && p.sync_stage != "idle");
        (shown && self.runs.get(&(shop_id, generation)).is_some_and(|run| run.status == "running")).into()
    }

    pub(super) fn runs_known(&self, v: &Values<'_>) -> Value {
        self.runs.contains_key(&(v.long(0), v.long(1))).into()
    }

    pub(super) fn runs_shown(&self, v: &Values<'_>) -> Value {
        let row = self.progress.get(&v.long(0));
        row.is_some_and(|p| {
            p.generation == v.long(1) && p.projection_rev >= v.long(2) && p.sync_stage != "idle"
        })
        .into()
    }

    pub(super) fn runs_cancel(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, generation, reason) = (v.long(0), v.long(1), v.text(2));
        if let Some(p) =
            self.progress.get_mut(&shop_id).filter(|p| p.generation == generation && p.is_syncing())
        {
            p.idle();
            (p.error_message, p.completed_at_ms) = (Some(reason.to_owned()), None);
        }
        if let Some(status) = self.status.get_mut(&shop_id).filter(|status| status.generation == generation) {
            status.stage("idle");
        }
        let running = self.runs.get_mut(&(shop_id, generation)).filter(|run| run.status == "running");
        if let (Some(run), Some(receipt)) = (running, v.opt_text(3)) {
            run.receipt = serde_json::from_str(receipt).expect("a document that store has written");
        }
        self.close(shop_id, generation, "cancelled", reason);
        true.into()
    }

    /// Ends a run's row, its jobs and its chunks.
    pub(super) fn close(&mut self, shop_id: i64, generation: i64, status: &str, reason: &str) {
        let now_ms = self.now_ms;
        if let Some(run) = self.runs.get_mut(&(shop_id, generation)).filter(|run| run.status == "running") {
            (run.status, run.ended_at_ms) = (status.to_owned(), Some(now_ms));
            run.error_message = Some(reason.to_owned());
        }
        let of_run = |job: &&mut super::Job| job.shop_id == shop_id && job.generation == Some(generation);
        self.jobs
            .values_mut()
            .filter(of_run)
            .filter(|job| job.is_open())
            .for_each(|job| job.fail(now_ms, reason));
        let rows = self.rows_of(shop_id, generation).map(|(_, row)| row);
        rows.filter(|row| row.is_open()).for_each(|row| row.fail(now_ms, reason));
    }

    pub(super) fn runs_get(&self, v: &Values<'_>) -> Vec<String> {
        let (shop_id, generation) = (v.long(0), v.long(1));
        let Some(run) = self.runs.get(&(shop_id, generation)) else { return Vec::new() };
        vec![super::dump::run(shop_id, generation, run).to_string()]
    }

    pub(super) fn is_reset(&self, shop_id: i64) -> bool {
        let idle = self.progress.get(&shop_id).is_none_or(|p| p.sync_stage == "idle");
        let waits = |status: &str| status == "pending";
        idle && !self.jobs.values().any(|job| job.shop_id == shop_id && waits(&job.status))
            && !self.chunks.iter().any(|((shop, ..), row)| *shop == shop_id && waits(&row.status))
    }

    /// What operators do to reset a shop.
    pub fn progress_reset(&mut self, shop_id: i64) -> bool {
        self.jobs.retain(|_, job| job.shop_id != shop_id || job.status != "pending");
        self.chunks.retain(|(shop, ..), row| *shop != shop_id || row.status != "pending");
        self.progress.get_mut(&shop_id).map(Progress::idle).is_some()
    }

    /// `init_ads_sync_progress`: an operator takes the shop over by hand.
    pub fn take_by_hand(&mut self, shop_id: i64, total_campaigns: i64) {
        let newest = self.runs.range((shop_id, 0)..=(shop_id, i64::MAX)).next_back().map(|((_, g), _)| *g);
        let known = self.status.get(&shop_id).map(|status| status.generation);
        let shown = self.progress.get(&shop_id).map(|p| p.generation);
        let generation = 1 + [newest, known, shown].into_iter().flatten().max().unwrap_or(0);
        let size = |settings: &Value| settings.get("chunk_size").and_then(Value::as_i64);
        let own = self.shops.get(&shop_id).and_then(|shop| size(&shop.settings));
        let chunks =
            (total_campaigns as u64).div_ceil(own.or(size(&self.deployment)).unwrap_or(100) as u64) as i64;
        let progress = Progress {
            generation,
            run_kind: Some("manual".to_owned()),
            sync_stage: "syncing_campaigns".to_owned(),
            total_campaigns,
            total_chunks: chunks,
            chunks_planned: chunks,
            started_at_ms: Some(self.now_ms),
            last_chunk_at_ms: self.now_ms,
            updated_at_ms: self.now_ms,
            ..Progress::default()
        };
        self.progress.insert(shop_id, progress);
        let status = self.status.entry(shop_id).or_default();
        (status.generation, status.is_syncing, status.total_campaigns) = (generation, true, total_campaigns);
    }

    /// What operators do to roll back: all chunk rows and all progress rows go.
    pub fn roll_back(&mut self) {
        self.chunks.clear();
        self.progress.clear();
    }
}
