//! What is stored before an edit is sent, and what came of it.

use super::{Log, State};

const DAY_MS: i64 = 24 * 3_600 * 1_000;
use crate::db::{Model, Values, hundredths_of};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Entry {
    campaign_id: i64,
    known: Value,
    log: Option<Line>,
    was_read: bool,
}

#[derive(Deserialize)]
struct Missed {
    campaign_id: i64,
    #[serde(flatten)]
    line: Line,
}

#[derive(Deserialize)]
struct Line {
    schedule_id: String,
    action: String,
    slot_date: String,
    old_budget: Option<String>,
    new_budget: String,
    status: String,
    outcome: String,
    error_message: Option<String>,
}

impl Model {
    pub(in crate::db) fn budgets_arm(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, fence, campaign_id) = (v.long(0), v.long(1), v.long(3));
        // The lease is renewed whatever the answer is.
        if !self.budgets.renew(shop_id, fence, self.now_ms + self.budgets.lease_ms(v.long(2))) {
            return "lost".into();
        }
        if self.budgets_are_stopped(shop_id) {
            return "stopped".into();
        }
        if !self.budgets_are_decided_by((shop_id, campaign_id), &v.json::<Vec<Value>>(6), &v.json(7)) {
            return "changed".into();
        }
        let state = State {
            known: v.json(4),
            write: Some(v.json::<Value>(5)).filter(|write| !write.is_null()),
            updated_at_ms: self.now_ms,
        };
        self.budgets.states.insert((shop_id, campaign_id), state);
        "go".into()
    }

    pub(in crate::db) fn budgets_record(&mut self, v: &Values<'_>) -> Value {
        let shop_id = v.long(0);
        if !self.budgets.renew(shop_id, v.long(1), self.now_ms + self.budgets.lease_ms(v.long(2))) {
            return false.into();
        }
        for Entry { campaign_id, known, log, was_read } in v.json::<Vec<Entry>>(3) {
            let before = self.budgets.states.get(&(shop_id, campaign_id)).map(|state| state.updated_at_ms);
            let updated_at_ms = if was_read { self.now_ms } else { before.unwrap_or(0) };
            let state = State { known, write: None, updated_at_ms };
            self.budgets.states.insert((shop_id, campaign_id), state);
            if let Some(line) = log {
                self.log_budget(shop_id, campaign_id, line);
            }
        }
        true.into()
    }

    pub(in crate::db) fn budgets_looked(&mut self, v: &Values<'_>) -> Value {
        let (shop_id, fence, at_ms, now_ms) = (v.long(0), v.long(1), v.long(2), self.now_ms);
        let lease = self.budgets.leases.get_mut(&shop_id).filter(|lease| lease.fence == fence);
        let Some(lease) = lease.filter(|lease| lease.looked_at_ms.is_none_or(|looked| looked < at_ms)) else {
            return false.into();
        };
        lease.looked_at_ms = Some(at_ms);
        for Missed { campaign_id, line } in v.json::<Vec<Missed>>(3) {
            self.add_line(shop_id, campaign_id, line);
        }
        let of_shop =
            self.alerts.iter_mut().filter(|a| a.kind == "budget_missed" && a.shop_id == Some(shop_id));
        for alert in of_shop.filter(|alert| alert.last_seen_at_ms < now_ms - DAY_MS) {
            alert.resolved_at_ms = alert.resolved_at_ms.or(Some(now_ms));
        }
        true.into()
    }

    fn log_budget(&mut self, shop_id: i64, campaign_id: i64, line: Line) {
        let schedule = self.budgets.schedules.get(&line.schedule_id);
        let creator = schedule.and_then(|row| row.created_by.clone()).unwrap_or_else(|| "sql".to_owned());
        let (old_budget, new_budget) =
            (line.old_budget.as_deref().map(hundredths_of), hundredths_of(&line.new_budget));
        let number = |hundredths: i64| hundredths as f64 / 100.0;
        self.audits.push(json!({
            "actor": format!("schedule of {creator}"), "action": format!("budget.{}", line.action),
            "shop_id": shop_id, "subject": format!("campaign {campaign_id}"),
            "before": old_budget.map(|old| json!({ "budget": number(old) })),
            "after": { "budget": number(new_budget), "schedule_id": line.schedule_id, "slot_date": line.slot_date,
                       "outcome": line.outcome, "why": line.error_message },
            "at_ms": self.now_ms,
        }));
        self.add_line(shop_id, campaign_id, line);
    }

    fn add_line(&mut self, shop_id: i64, campaign_id: i64, line: Line) {
        let schedule = self.budgets.schedules.get(&line.schedule_id);
        let name = schedule.and_then(|row| row.campaign_name.clone()).filter(|name| !name.is_empty());
        let campaign_name = name.or_else(|| self.campaigns.get(&(shop_id, campaign_id))?.value.name.clone());
        let is_there = schedule.is_some();
        self.budgets.logs.push(Log {
            shop_id,
            campaign_id,
            campaign_name,
            schedule_id: Some(line.schedule_id).filter(|_| is_there),
            old_budget: line.old_budget.as_deref().map(hundredths_of),
            new_budget: hundredths_of(&line.new_budget),
            status: line.status,
            error_message: line.error_message,
            executed_at_ms: self.now_ms,
            action: line.action,
            slot_date: line.slot_date,
        });
    }
}
