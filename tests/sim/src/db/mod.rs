//! A model of Postgres: the statements of `store`, by their names, over rows in memory.
//!
//! Each statement happens at once, as it does there; `now()` is the virtual time. A statement that nothing in the
//! simulation uses has no model: it panics. `tests/conformance.rs` compares the model with a real server.

mod data;
mod people;
mod queue;
mod runs;
mod shops;

pub use queue::Job;
pub use runs::{Progress, Run};
pub use shops::Shop;

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{Param, Statement};

/// All tables.
#[derive(Debug, Default)]
pub struct Model {
    /// `now()`, unix milliseconds.
    pub now_ms: i64,
    /// `apishopee_shops` with their settings.
    pub shops: BTreeMap<i64, Shop>,
    /// `apishopee_ads_sync_queue`, jobs only, by id.
    pub jobs: BTreeMap<String, Job>,
    /// The rows of chunks: (shop, generation, stage, index) → status.
    pub chunks: BTreeMap<(i64, i64, String, i64), String>,
    /// `apishopee_ads_sync_progress`.
    pub progress: BTreeMap<i64, Progress>,
    /// The generation of `apishopee_ads_sync_status`.
    pub status: BTreeMap<i64, i64>,
    /// `apishopee_ads_sync_runs`.
    pub runs: BTreeMap<(i64, i64), Run>,
    /// `apishopee_ads_campaign_data`.
    pub campaigns: BTreeMap<(i64, i64), data::Row>,
    /// The performance tables: (shop, campaign or 0, day, hour or −1).
    pub performance: BTreeMap<(i64, i64, String, i64), data::Row>,
    /// Which campaign was accounted for by which generation, for the invariants.
    pub accounted: BTreeSet<(i64, i64, i64)>,
    /// Which chunk has written, for the invariants.
    pub finished: BTreeSet<(i64, i64, String, i64)>,
    /// Open alerts: kind and shop.
    pub alerts: BTreeSet<(String, Option<i64>)>,
    /// `apishopee_ads_dead_letters` by message id.
    pub letters: BTreeMap<String, people::Letter>,
    /// Rows of the audit log.
    pub audits: u64,
    /// Postgres takes writes whatever the progress row says: a deliberate break.
    pub no_fence: bool,
    /// Something that must not be, found while a statement ran.
    pub violation: Option<String>,
    last_id: u64,
}

/// The values of a statement.
pub struct Values<'a>(pub &'a [Param<'a>]);

impl Values<'_> {
    fn long(&self, n: usize) -> i64 {
        match self.0[n] {
            Param::I64(value) => value,
            Param::I32(value) => value.into(),
            Param::F64(value) => value as i64,
            ref other => panic!("parameter {n} is {other:?}"),
        }
    }

    fn opt_long(&self, n: usize) -> Option<i64> {
        match self.0[n] {
            Param::OptI64(value) => value,
            ref other => panic!("parameter {n} is {other:?}"),
        }
    }

    fn text(&self, n: usize) -> &str {
        match self.0[n] {
            Param::Text(value) => value,
            ref other => panic!("parameter {n} is {other:?}"),
        }
    }

    fn opt_text(&self, n: usize) -> Option<&str> {
        match self.0[n] {
            Param::OptText(value) => value,
            Param::Text(value) => Some(value),
            ref other => panic!("parameter {n} is {other:?}"),
        }
    }

    fn json<T: DeserializeOwned>(&self, n: usize) -> T {
        serde_json::from_str(self.text(n)).expect("a document that store has written")
    }
}

impl Model {
    /// Runs a statement; the answer is its rows.
    pub fn execute(&mut self, statement: &Statement, values: &[Param<'_>]) -> Vec<String> {
        let v = Values(values);
        let one = |value: Value| vec![value.to_string()];
        match statement.name {
            "settings.deployment" => one(serde_json::json!({})),
            "shops.load" => self.shops_load(&v),
            "shops.list" => self.shops_list(&v),
            "shops.store_pair" => one(self.store_pair(&v)),
            "shops.mark_reconsent" => one(self.mark_reconsent(&v)),
            "queue.claim_due" => self.claim_due(&v),
            "queue.insert_claimed" => self.insert_claimed(&v),
            "queue.job" => self.job(&v),
            "queue.fail_job" => one(self.fail_job(&v)),
            "queue.release_job" => one(self.release_job(&v)),
            "queue.enqueue_all" => one(self.enqueue_all(&v)),
            "queue.cleanup_old" => one(0.into()),
            "queue.cleanup_stuck" => one(self.cleanup_stuck()),
            "budgets.active_schedules" => one(0.into()),
            "runs.begin" => self.runs_begin(&v),
            "runs.owned" => one(self.runs_owned(&v)),
            "runs.project" => self.runs_project(&v),
            "runs.shown" => one(self.runs_shown(&v)),
            "runs.cancel" => one(self.runs_cancel(&v)),
            "runs.get" => self.runs_get(&v),
            "stuck.candidates" => self.stuck_candidates(&v),
            "stuck.orphans" => self.stuck_orphans(&v),
            "stuck.give_up" => one(self.stuck_give_up(&v)),
            "progress.is_reset" => one(self.is_reset(v.long(0)).into()),
            "progress.reset" => one(self.progress_reset(v.long(0)).into()),
            "write_campaigns.campaigns" => one(self.write_campaigns(&v)),
            "write_performance.performance" | "write_performance.shop_performance" => {
                one(self.write_figures(&v))
            }
            "alerts.raise" => one(self.raise(&v)),
            "alerts.resolve" => one(self.resolve(&v)),
            "audit.record" => {
                self.audits += 1;
                vec!["true".to_owned()]
            }
            "dead_letters.insert" => one(self.keep_letter(&v)),
            "dead_letters.get" => self.get_letter(&v),
            "dead_letters.mark_replayed" => one(self.mark_replayed(&v)),
            "dead_letters.unmark_replayed" => one(self.unmark_replayed(&v)),
            other => panic!("the statement {other} has no model"),
        }
    }

    /// A UUID that differs from all before.
    pub fn fresh_id(&mut self) -> String {
        self.last_id += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.last_id)
    }

    fn broken(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }
}
