//! All rows as JSON, for the comparison with a real server. Times are unix milliseconds.

use super::{Letter, Model, Run};
use serde_json::{Value, json};

/// A run's row, as `runs.get` gives it.
pub(super) fn run(shop_id: i64, generation: i64, run: &Run) -> Value {
    json!({
        "shop_id": shop_id, "generation": generation, "kind": run.kind, "trigger": run.trigger, "mode": run.mode,
        "status": run.status, "params": run.params, "total_campaigns": run.total_campaigns,
        "total_chunks": run.total_chunks, "receipt": run.receipt, "error_message": run.error_message,
        "started_at_ms": run.started_at_ms, "ended_at_ms": run.ended_at_ms,
    })
}

/// A dead letter, as `dead_letters.get` gives it.
pub(super) fn letter(message_id: &str, letter: &Letter) -> Value {
    json!({ "id": letter.id, "queue": letter.queue, "message_id": message_id, "body": letter.body,
            "reason": letter.reason, "received_at_ms": letter.received_at_ms,
            "replayed_at_ms": letter.replayed_at_ms, "replayed_by": letter.replayed_by })
}

impl Model {
    /// Every row with the name of its table.
    #[must_use]
    pub fn dump(&self) -> Vec<(&'static str, Value)> {
        let mut rows = Vec::new();
        self.dump_queue(&mut rows);
        self.dump_runs(&mut rows);
        self.dump_data(&mut rows);
        self.dump_people(&mut rows);
        self.dump_budgets(&mut rows);
        rows
    }

    fn dump_queue(&self, rows: &mut Vec<(&'static str, Value)>) {
        rows.extend(self.jobs.values().map(|job| {
            let row = json!({
                "id": job.id, "shop_id": job.shop_id, "priority": job.priority, "sync_type": job.sync_type,
                "sync_params": job.sync_params, "status": job.status, "retry_count": job.retry_count,
                "max_retries": job.max_retries, "scheduled_at_ms": job.scheduled_at_ms,
                "started_at_ms": job.started_at_ms, "completed_at_ms": job.completed_at_ms,
                "error_message": job.error_message, "created_at_ms": job.created_at_ms, "chunk_index": null,
                "chunk_size": job.chunk_size, "is_chunk": false, "trigger": job.trigger,
                "generation": job.generation, "stage": null, "attempt": 0,
                "claimed_until_ms": job.claimed_until_ms, "result": job.result,
            });
            ("queue", row)
        }));
        rows.extend(self.chunks.iter().map(|((shop_id, generation, stage, index), chunk)| {
            let row = json!({
                "id": null, "shop_id": shop_id, "priority": chunk.priority, "sync_type": chunk.sync_type,
                "sync_params": chunk.sync_params, "status": chunk.status, "retry_count": chunk.retry_count,
                "max_retries": 3, "scheduled_at_ms": chunk.scheduled_at_ms, "started_at_ms": chunk.started_at_ms,
                "completed_at_ms": chunk.completed_at_ms, "error_message": chunk.error_message,
                "created_at_ms": chunk.created_at_ms, "chunk_index": index, "chunk_size": chunk.chunk_size,
                "is_chunk": true, "trigger": chunk.trigger, "generation": generation, "stage": stage,
                "attempt": chunk.attempt, "claimed_until_ms": null, "result": chunk.result,
            });
            ("queue", row)
        }));
    }

    fn dump_runs(&self, rows: &mut Vec<(&'static str, Value)>) {
        rows.extend(self.progress.iter().map(|(shop_id, p)| {
            let row = json!({
                "shop_id": shop_id, "generation": p.generation, "projection_rev": p.projection_rev,
                "run_kind": p.run_kind, "sync_stage": p.sync_stage, "is_complete": p.is_complete,
                "total_campaigns": p.total_campaigns, "synced_campaigns": p.synced_campaigns,
                "current_chunk": p.current_chunk, "total_chunks": p.total_chunks, "chunks_done": p.chunks_done,
                "chunks_planned": p.chunks_planned, "units_done": p.units_done, "units_planned": p.units_planned,
                "failed_chunks": p.failed_chunks, "error_message": p.error_message,
                "waiting_reason": p.waiting_reason, "waiting_until_ms": p.waiting_until_ms,
                "started_at_ms": p.started_at_ms, "last_chunk_at_ms": p.last_chunk_at_ms,
                "completed_at_ms": p.completed_at_ms, "updated_at_ms": p.is_syncing().then_some(p.updated_at_ms), "redrive_count": p.redrive_count,
            });
            ("progress", row)
        }));
        rows.extend(self.status.iter().map(|(shop_id, s)| {
            let row = json!({
                "shop_id": shop_id, "generation": s.generation, "is_syncing": s.is_syncing,
                "last_sync_at_ms": s.last_sync_at_ms, "last_sync_error": s.last_sync_error,
                "sync_progress": s.sync_progress, "total_campaigns": s.total_campaigns,
                "ongoing_campaigns": s.ongoing_campaigns, "listed_empty": s.listed_empty,
            });
            ("status", row)
        }));
        rows.extend(self.runs.iter().map(|((shop, generation), row)| ("runs", run(*shop, *generation, row))));
        rows.extend(self.shops.iter().map(|(shop_id, s)| {
            let row = json!({
                "shop_id": shop_id, "shop_name": s.shop_name, "region": s.region, "partner_id": s.partner_id,
                "access_token": s.access_token, "refresh_token": s.refresh_token,
                "token_expires_at_ms": s.token_expires_at_ms, "authorized_until_ms": s.authorized_until_ms,
                "consented_at_ms": s.consented_at_ms,
                "info_at_ms": s.info_at_ms,
                "token_state": s.token_state, "token_error": s.token_error,
            });
            ("shops", row)
        }));
    }

    fn dump_data(&self, rows: &mut Vec<(&'static str, Value)>) {
        let money = |cents: i64| cents as f64 / 100.0;
        rows.extend(self.campaigns.iter().map(|((shop_id, campaign_id), row)| {
            let value = &row.value;
            let row = json!({
                "shop_id": shop_id, "campaign_id": campaign_id, "ad_type": value.ad_type, "name": value.name,
                "status": value.status, "campaign_placement": value.campaign_placement,
                "bidding_method": value.bidding_method, "campaign_budget": value.campaign_budget.map(money),
                "start_time": value.start_time, "end_time": value.end_time, "item_count": value.item_count,
                "roas_target": value.roas_target.map(|target| target as f64 / 10_000.0),
                "raw_data": value.raw_data, "generation": row.generation, "fetched_at_ms": row.fetched_at_ms,
                "vanished_at_ms": row.vanished_at_ms,
                "status_since_ms": self.status_since_ms.get(&(*shop_id, *campaign_id)),
            });
            ("campaigns", row)
        }));
        rows.extend(self.performance.iter().map(|((shop_id, campaign_id, date, hour), row)| {
            let f = &row.value;
            let row = json!({
                "shop_id": shop_id, "campaign_id": campaign_id, "date": date, "hour": hour,
                "impression": f.impression, "clicks": f.clicks, "expense": money(f.expense),
                "direct_order": f.direct_order, "direct_gmv": f.direct_gmv.map(money), "broad_order": f.broad_order,
                "broad_gmv": f.broad_gmv.map(money), "direct_item_sold": f.direct_item_sold,
                "broad_item_sold": f.broad_item_sold, "generation": row.generation,
                "fetched_at_ms": row.fetched_at_ms,
            });
            ("performance", row)
        }));
        rows.extend(self.balances.iter().map(|(shop_id, row)| {
            let value = &row.value;
            let row = json!({ "shop_id": shop_id, "balance": money(value.balance),
                              "data_timestamp": value.data_timestamp, "generation": row.generation,
                              "fetched_at_ms": row.fetched_at_ms });
            ("balances", row)
        }));
    }

    fn dump_people(&self, rows: &mut Vec<(&'static str, Value)>) {
        rows.extend(self.alerts.iter().map(|a| {
            let row = json!({
                "kind": a.kind, "shop_id": a.shop_id, "severity": a.severity, "text": a.text,
                "first_seen_at_ms": a.first_seen_at_ms, "last_seen_at_ms": a.last_seen_at_ms,
                "seen_count": a.seen_count, "resolved_at_ms": a.resolved_at_ms,
            });
            ("alerts", row)
        }));
        rows.extend(self.letters.iter().map(|(id, row)| ("letters", letter(id, row))));
        rows.extend(self.drift.iter().map(|row| ("drift", row.clone())));
        rows.extend(self.audits.iter().map(|entry| ("audits", entry.clone())));
    }

    fn dump_budgets(&self, rows: &mut Vec<(&'static str, Value)>) {
        let money = |hundredths: i64| hundredths as f64 / 100.0;
        let budgets = &self.budgets;
        rows.extend(budgets.schedules.iter().map(|(id, s)| {
            let row = json!({
                "id": id, "shop_id": s.shop_id, "campaign_id": s.campaign_id, "campaign_name": s.campaign_name,
                "hour_start": s.hour_start, "minute_start": s.minute_start, "hour_end": s.hour_end,
                "minute_end": s.minute_end, "budget": s.budget.map(money), "days_of_week": s.days_of_week,
                "specific_dates": s.specific_dates, "is_active": s.is_active, "restore": s.restore,
                "unlimited": s.unlimited, "created_by": s.created_by,
            });
            ("schedules", row)
        }));
        rows.extend(budgets.rules.iter().map(|((shop_id, region), r)| {
            let row = json!({
                "shop_id": shop_id, "region": region, "floor": r.floor.map(money), "ceiling": r.ceiling.map(money),
                "change_percent_tick": r.change_percent_tick, "change_percent_day": r.change_percent_day,
                "shop_daily_total": r.shop_daily_total.map(money), "enabled": r.enabled, "dry_run": r.dry_run,
                "allow_unlimited": r.allow_unlimited, "restore_over_hands": r.restore_over_hands,
            });
            ("rules", row)
        }));
        rows.extend(
            budgets.changes.iter().map(|(id, shop_id)| ("changes", json!({ "id": id, "shop_id": shop_id }))),
        );
        rows.extend(budgets.states.iter().map(|((shop_id, campaign_id), s)| {
            let row = json!({ "shop_id": shop_id, "campaign_id": campaign_id, "known": s.known, "write": s.write,
                              "has_write": s.write.is_some(), "updated_at_ms": s.updated_at_ms });
            ("states", row)
        }));
        rows.extend(budgets.limits.iter().map(|(shop_id, l)| {
            let row = json!({ "shop_id": shop_id, "min_budget": l.min_budget.map(money),
                              "max_budget": l.max_budget.map(money), "fetched_at_ms": l.fetched_at_ms });
            ("budget_limits", row)
        }));
        rows.extend(budgets.leases.iter().map(|(shop_id, l)| {
            let row = json!({ "shop_id": shop_id, "holder": l.holder, "fence": l.fence, "asked": l.asked,
                              "lease_until_ms": l.lease_until_ms, "looked_at_ms": l.looked_at_ms });
            ("leases", row)
        }));
        rows.extend(budgets.logs.iter().map(|l| {
            let row = json!({
                "shop_id": l.shop_id, "campaign_id": l.campaign_id, "campaign_name": l.campaign_name,
                "schedule_id": l.schedule_id, "old_budget": l.old_budget.map(money),
                "new_budget": money(l.new_budget), "status": l.status, "error_message": l.error_message,
                "executed_at_ms": l.executed_at_ms, "action": l.action, "slot_date": l.slot_date,
            });
            ("logs", row)
        }));
    }
}
