//! Runs and rows that nobody works on.

use super::{Model, Values};
use serde_json::{Value, json};

const SILENT_MS: i64 = 30 * 60_000;

impl Model {
    pub(super) fn stuck_candidates(&mut self, v: &Values<'_>) -> Vec<String> {
        let (now_ms, limit) = (self.now_ms, usize::try_from(v.long(1)).unwrap_or(0));
        let silent_ms = now_ms - v.long(0) * 60_000;
        let mut found: Vec<(bool, i64, i64)> = Vec::new();
        for (shop, p) in
            self.progress.iter().filter(|(_, p)| p.is_syncing() && p.last_chunk_at_ms < silent_ms)
        {
            let waits = p.waiting_until_ms.is_some_and(|until| until > now_ms);
            if !waits || p.updated_at_ms < silent_ms {
                found.push((waits, if waits { p.updated_at_ms } else { p.last_chunk_at_ms }, *shop));
            }
        }
        found.sort_unstable();
        found.truncate(limit);
        let mut shops: Vec<(i64, bool)> = found.into_iter().map(|(waits, _, shop)| (shop, waits)).collect();
        shops.sort_unstable();
        let counted = shops.into_iter().filter_map(|(shop_id, waits)| {
            let p = self.progress.get_mut(&shop_id)?;
            p.redrive_count += i64::from(!waits);
            p.updated_at_ms = now_ms;
            let row = json!({ "shop_id": shop_id, "generation": p.generation, "redrive_count": p.redrive_count,
                              "run_kind": p.run_kind, "waits": waits });
            Some(row.to_string())
        });
        counted.collect()
    }

    pub(super) fn stuck_orphans(&self, v: &Values<'_>) -> Vec<String> {
        let since_ms = self.now_ms - v.long(0) * 60_000;
        let mut open: Vec<(i64, i64, i64)> = self
            .runs
            .iter()
            .filter(|((shop_id, generation), run)| {
                run.status == "running"
                    && run.started_at_ms < since_ms
                    && !self.is_syncing(*shop_id, Some(*generation))
            })
            .map(|((shop_id, generation), run)| (run.started_at_ms, *shop_id, *generation))
            .collect();
        open.sort_unstable();
        open.truncate(usize::try_from(v.long(1)).unwrap_or(0));
        let row =
            |(_, shop_id, generation)| json!({ "shop_id": shop_id, "generation": generation }).to_string();
        open.into_iter().map(row).collect()
    }

    pub(super) fn stuck_give_up(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, generation, reason, now_ms) = (v.long(0), v.long(1), v.text(2), self.now_ms);
        let Some(p) =
            self.progress.get_mut(&shop_id).filter(|p| p.generation == generation && p.is_syncing())
        else {
            return false.into();
        };
        (p.sync_stage, p.is_complete, p.completed_at_ms) = ("failed".to_owned(), false, Some(now_ms));
        (p.waiting_reason, p.waiting_until_ms) = (None, None);
        p.error_message = Some(reason.to_owned());
        if let Some(status) = self.status.get_mut(&shop_id) {
            status.stage("failed");
            status.last_sync_error = Some(reason.to_owned());
        }
        self.close(shop_id, generation, "failed", reason);
        true.into()
    }

    pub(super) fn cleanup_stuck(&mut self) -> Value {
        let now_ms = self.now_ms;
        let worked_on = |shop_id: i64, generation: Option<i64>| {
            self.progress.get(&shop_id).is_some_and(|p| {
                let waits = p.waiting_until_ms.is_some_and(|until| until > now_ms);
                p.is_syncing() && (Some(p.generation) == generation || waits)
            })
        };
        let jobs: Vec<String> = self
            .jobs
            .values()
            .filter(|job| {
                let since_ms = job.claimed_until_ms.or(job.started_at_ms).unwrap_or(job.created_at_ms);
                job.status == "processing"
                    && since_ms < now_ms - SILENT_MS
                    && !worked_on(job.shop_id, job.generation)
            })
            .map(|job| job.id.clone())
            .collect();
        let rows: Vec<_> = self
            .chunks
            .iter()
            .filter(|((shop_id, generation, ..), row)| {
                row.is_open()
                    && row.started_at_ms.unwrap_or(row.created_at_ms) < now_ms - SILENT_MS
                    && !worked_on(*shop_id, Some(*generation))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for id in &jobs {
            let job = self.jobs.get_mut(id).expect("it was found");
            if job.retry_count < job.max_retries {
                job.retry_count += 1;
                (job.status, job.scheduled_at_ms) = ("pending".to_owned(), now_ms);
                (job.claimed_until_ms, job.completed_at_ms) = (None, None);
                job.error_message = Some("stopped without an end; waits for another try".to_owned());
            } else {
                let times = job.retry_count + 1;
                job.fail(now_ms, &format!("stopped without an end {times} times; no retries are left"));
            }
        }
        for key in &rows {
            let row = self.chunks.get_mut(key).expect("it was found");
            row.fail(now_ms, "the run of this chunk is no longer active");
        }
        (jobs.len() + rows.len()).into()
    }
}
