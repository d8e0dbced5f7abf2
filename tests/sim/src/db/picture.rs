//! `runs.project`: drawing the picture of a run.

use super::{ChunkRow, Model, Progress, Values};
use serde::Deserialize;
use serde_json::{Value, json};

/// A picture, as `store::runs::project` writes it.
#[derive(Deserialize)]
struct Picture {
    shop_id: i64,
    generation: i64,
    rev: i64,
    stage: String,
    mode: Option<String>,
    total_campaigns: i64,
    synced_campaigns: i64,
    current_chunk: i64,
    total_chunks: i64,
    chunks_done: i64,
    chunks_planned: i64,
    units_done: i64,
    units_planned: i64,
    failed_chunks: Vec<i64>,
    error_message: Option<String>,
    waiting_reason: Option<String>,
    waiting_until_ms: Option<i64>,
    jobs: Vec<String>,
    job_error: Option<String>,
    job_result: Value,
    receipt: Value,
    chunk_rows: Vec<Drawn>,
    claim_seconds: i64,
    chunked: bool,
}

#[derive(Deserialize)]
struct Drawn {
    stage: String,
    chunk_index: i64,
    chunk_size: i64,
    status: String,
    attempt: i64,
    error_message: Option<String>,
    result: Value,
}

impl Picture {
    fn ended(&self) -> bool {
        matches!(self.stage.as_str(), "completed" | "failed")
    }

    fn percent(&self) -> Value {
        let (done, planned) = (self.units_done, self.units_planned);
        if self.stage == "completed" {
            100.into()
        } else if planned > 0 {
            ((1_000 * done / planned) as f64 / 10.0).min(100.0).into()
        } else if self.chunks_planned > 0 {
            ((1_000.0 * self.chunks_done as f64 / self.chunks_planned as f64).round() / 10.0).into()
        } else {
            0.into()
        }
    }
}

fn either(new: Value, old: &Value) -> Value {
    if new.is_null() { old.clone() } else { new }
}

impl Model {
    pub(super) fn runs_project(&mut self, v: &Values<'_>) -> Vec<String> {
        let i: Picture = v.json(0);
        let now_ms = self.now_ms;
        let Some(p) = self.progress.get_mut(&i.shop_id) else { return Vec::new() };
        if p.generation != i.generation || p.projection_rev >= i.rev || p.sync_stage == "idle" {
            return Vec::new();
        }
        let fault = fault(p, &i);
        self.drawn = Some(i.shop_id);
        draw(p, &i, now_ms);
        if let Some(fault) = fault {
            self.broken(format!("4: {fault}, shop {}, generation {}", i.shop_id, i.generation));
        }
        self.draw_status(&i);
        // The rows of chunks take the jobs' priority as it was before.
        self.draw_chunks(&i);
        self.draw_jobs(&i);
        if let Some(run) = self.runs.get_mut(&(i.shop_id, i.generation)) {
            run.mode = i.mode.clone().or(run.mode.take());
            run.status = if i.ended() { i.stage.clone() } else { "running".to_owned() };
            run.ended_at_ms = if i.ended() { run.ended_at_ms.or(Some(now_ms)) } else { None };
            (run.total_campaigns, run.total_chunks) = (i.total_campaigns, i.total_chunks);
            run.error_message.clone_from(&i.error_message);
            run.receipt = either(i.receipt, &run.receipt);
        }
        vec!["true".to_owned()]
    }

    fn draw_status(&mut self, i: &Picture) {
        let now_ms = self.now_ms;
        let of_shop = self.campaigns.range((i.shop_id, i64::MIN)..=(i.shop_id, i64::MAX));
        let ongoing = if i.ended() {
            of_shop.filter(|(_, row)| row.value.is_ongoing() && row.vanished_at_ms.is_none()).count()
        } else {
            0
        };
        let Some(status) = self.status.get_mut(&i.shop_id) else { return };
        status.is_syncing = !i.ended();
        if i.total_campaigns > 0 {
            status.listed_empty = None;
        }
        match i.stage.as_str() {
            "completed" => (status.last_sync_at_ms, status.last_sync_error) = (Some(now_ms), None),
            "failed" => status.last_sync_error.clone_from(&i.error_message),
            _ => {}
        }
        let kind = status.sync_progress.get("kind").cloned().unwrap_or_default();
        status.sync_progress =
            json!({ "generation": i.generation, "kind": kind, "stage": i.stage, "percent": i.percent() });
        if let Some(account) = i.receipt.get("account") {
            status.sync_progress["account"] = account.clone();
        }
        if i.ended() {
            status.total_campaigns = i.total_campaigns;
            status.ongoing_campaigns = ongoing as i64;
        }
    }

    fn draw_jobs(&mut self, i: &Picture) {
        let (now_ms, ended) = (self.now_ms, i.ended());
        let run = self.runs.get(&(i.shop_id, i.generation)).map(|run| (run.kind.clone(), run.params.clone()));
        let mut wrong = None;
        for id in &i.jobs {
            let Some(job) = self.jobs.get_mut(id).filter(|job| job.is_open()) else { continue };
            job.status = if ended { i.stage.clone() } else { "processing".to_owned() };
            job.generation = Some(i.generation);
            job.started_at_ms = job.started_at_ms.or(Some(now_ms));
            job.claimed_until_ms = (!ended).then(|| now_ms + i.claim_seconds * 1_000);
            job.completed_at_ms = ended.then_some(now_ms);
            job.error_message = if ended { i.job_error.clone() } else { i.waiting_reason.clone() };
            job.result = if ended { i.job_result.clone() } else { Value::Null };
            let days =
                |params: &Value, place: &str| params.pointer(place).and_then(Value::as_i64).unwrap_or(1);
            let serves = run.as_ref().is_some_and(|(kind, params)| {
                *kind == job.sync_type
                    && (kind != "backfill_day"
                        || days(params, "/request/days_ago") == days(&job.sync_params, "/days_ago"))
            });
            if i.stage == "completed" && !(serves && job.shop_id == i.shop_id) {
                wrong = Some(format!("10: job {id} was completed by run {run:?}, which does something else"));
            }
        }
        if let Some(wrong) = wrong {
            self.broken(wrong);
        }
    }

    fn draw_chunks(&mut self, i: &Picture) {
        let now_ms = self.now_ms;
        let Some(run) = self.runs.get(&(i.shop_id, i.generation)).filter(|_| i.chunked) else { return };
        let priority = i.jobs.iter().filter_map(|id| Some(self.jobs.get(id)?.priority)).max().unwrap_or(0);
        let fresh = ChunkRow {
            sync_type: run.kind.clone(),
            sync_params: run.params.clone(),
            priority,
            trigger: run.trigger.clone(),
            chunk_size: 0,
            status: String::new(),
            attempt: 0,
            retry_count: 0,
            created_at_ms: now_ms,
            scheduled_at_ms: now_ms,
            started_at_ms: None,
            completed_at_ms: None,
            error_message: None,
            result: Value::Null,
        };
        for drawn in &i.chunk_rows {
            let key = (i.shop_id, i.generation, drawn.stage.clone(), drawn.chunk_index);
            let row = self.chunks.entry(key).or_insert_with(|| fresh.clone());
            // The row says 'completed' as soon as the data are in; the object may hear of it later.
            if row.status == "completed" && drawn.status != "completed" {
                continue;
            }
            let begun = drawn.status != "pending";
            let ended = matches!(drawn.status.as_str(), "completed" | "failed");
            row.status.clone_from(&drawn.status);
            (row.chunk_size, row.attempt) = (drawn.chunk_size, drawn.attempt);
            row.retry_count = (drawn.attempt - 1).max(0);
            row.started_at_ms = row.started_at_ms.or(begun.then_some(now_ms));
            row.completed_at_ms = if ended { row.completed_at_ms.or(Some(now_ms)) } else { None };
            row.error_message.clone_from(&drawn.error_message);
            row.result = either(drawn.result.clone(), &row.result);
        }
    }
}

fn draw(p: &mut Progress, i: &Picture, now_ms: i64) {
    let on =
        i.chunks_done > p.chunks_done || i.units_done > p.units_done || i.total_campaigns > p.total_campaigns;
    if on || i.stage != p.sync_stage {
        p.last_chunk_at_ms = now_ms;
    }
    if on {
        p.redrive_count = 0;
    }
    p.updated_at_ms = now_ms;
    (p.projection_rev, p.sync_stage) = (i.rev, i.stage.clone());
    p.is_complete = i.stage == "completed";
    (p.total_campaigns, p.synced_campaigns) = (i.total_campaigns, i.synced_campaigns);
    (p.current_chunk, p.total_chunks) = (i.current_chunk, i.total_chunks);
    (p.chunks_done, p.chunks_planned) = (i.chunks_done, i.chunks_planned);
    (p.units_done, p.units_planned) = (i.units_done, i.units_planned);
    p.failed_chunks.clone_from(&i.failed_chunks);
    p.error_message.clone_from(&i.error_message);
    (p.waiting_reason, p.waiting_until_ms) = (i.waiting_reason.clone(), i.waiting_until_ms);
    p.completed_at_ms = if i.ended() { p.completed_at_ms.or(Some(now_ms)) } else { None };
}

/// Progress is monotone within a run, and never above its total.
fn fault(p: &Progress, i: &Picture) -> Option<String> {
    let place = |stage: &str| match stage {
        "syncing_campaigns" => 0,
        "syncing_performance" => 1,
        _ => 2,
    };
    let (before, after) = (place(&p.sync_stage), place(&i.stage));
    let fell = after < before
        || (before == 2 && p.sync_stage != i.stage)
        || (after == before && i.current_chunk < p.current_chunk)
        || i.synced_campaigns < p.synced_campaigns
        || i.units_done < p.units_done
        || i.chunks_done < p.chunks_done
        || i.total_campaigns < p.total_campaigns
        || (p.units_planned > 0 && i.units_planned != p.units_planned);
    let beyond = i.synced_campaigns > i.total_campaigns
        || i.units_done > i.units_planned
        || i.chunks_done > i.chunks_planned
        || i.current_chunk > i.total_chunks;
    let all_done = i.stage != "completed" || (i.units_done == i.units_planned && i.failed_chunks.is_empty());
    let shown = || {
        let before = (&p.sync_stage, p.current_chunk, p.synced_campaigns, p.units_done, p.total_campaigns);
        let after = (&i.stage, i.current_chunk, i.synced_campaigns, i.units_done, i.total_campaigns);
        format!("{before:?} → {after:?}, units planned {} → {}", p.units_planned, i.units_planned)
    };
    match (fell, beyond, all_done) {
        (true, ..) => Some(format!("progress fell: {}", shown())),
        (_, true, _) => Some(format!("progress passed its total: {}", shown())),
        (.., false) => Some(format!("complete, and not all is done: {}", shown())),
        _ => None,
    }
}
