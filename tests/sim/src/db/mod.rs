//! A model of Postgres: the statements of `store`, by their names, over rows in memory.
//!
//! Each statement happens at once, as it does there; `now()` is the virtual time. A statement that nothing in the
//! simulation uses has no model: it panics. `tests/conformance.rs` runs the same statements on the model and on a real
//! server and compares every answer and every row; without that, the simulation would prove nothing.

pub mod budgets;
mod chunk_rows;
mod data;
mod dump;
mod people;
mod picture;
mod queue;
mod retention;
mod runs;
mod shops;
mod stuck;

pub use chunk_rows::ChunkRow;
pub use data::{Campaign, FigureKey, Figures, Row as DataRow};
pub use people::{Alert, Letter};
pub use queue::Job;
pub use runs::{Progress, Run, Status};
pub use shops::Shop;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{Param, Statement};

/// The key of a chunk's row: shop, generation, stage, index.
pub type ChunkKey = (i64, i64, String, i64);

/// All tables.
#[derive(Debug, Default)]
pub struct Model {
    /// `now()`, unix milliseconds.
    pub now_ms: i64,
    /// `apishopee_shops`, each with its row of `apishopee_ads_sync_settings`.
    pub shops: BTreeMap<i64, Shop>,
    /// Row 0 of `apishopee_ads_sync_settings`; null: it has no value set.
    pub deployment: Value,
    /// `apishopee_ads_sync_queue`, jobs only, by id.
    pub jobs: BTreeMap<String, Job>,
    /// The rows of chunks in the same table.
    pub chunks: BTreeMap<ChunkKey, ChunkRow>,
    /// `apishopee_ads_sync_progress`.
    pub progress: BTreeMap<i64, Progress>,
    /// `apishopee_ads_sync_status`.
    pub status: BTreeMap<i64, Status>,
    /// `apishopee_ads_sync_runs`.
    pub runs: BTreeMap<(i64, i64), Run>,
    /// `apishopee_ads_campaign_data`.
    pub campaigns: BTreeMap<(i64, i64), data::Row<data::Campaign>>,
    /// Its `status_since`, unix milliseconds.
    pub status_since_ms: BTreeMap<(i64, i64), i64>,
    /// The performance tables: (shop, campaign or 0, day, hour or −1).
    pub performance: BTreeMap<data::FigureKey, data::Row<data::Figures>>,
    /// `apishopee_ads_shop_balance`.
    pub balances: BTreeMap<i64, data::Row<data::Balance>>,
    /// `apishopee_ads_alerts`.
    pub alerts: Vec<Alert>,
    /// `apishopee_ads_api_drift`, with shop and run.
    pub drift: Vec<Value>,
    /// `apishopee_ads_dead_letters` by message id.
    pub letters: BTreeMap<String, Letter>,
    /// `apishopee_ads_audit_log`: actor, action, shop, subject, before, after.
    pub audits: Vec<Value>,
    /// The tables of the budget scheduler.
    pub budgets: budgets::Budgets,
    /// Which campaign was accounted for by which generation, for the invariants.
    pub accounted: BTreeSet<(i64, i64, i64)>,
    /// Which chunk has written, for the invariants.
    pub finished: BTreeSet<ChunkKey>,
    /// Postgres takes writes whatever the progress row says: a deliberate break.
    pub no_fence: bool,
    /// The shop whose picture was drawn last, for the invariants.
    pub drawn: Option<i64>,
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

    fn truth(&self, n: usize) -> bool {
        match self.0[n] {
            Param::Bool(value) => value,
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
        serde_json::from_str(self.opt_text(n).expect("a text")).expect("a document that store has written")
    }
}

type Execute = fn(&mut Model, &Values<'_>) -> Vec<String>;

fn one(value: Value) -> Vec<String> {
    vec![value.to_string()]
}

/// Hundredths as the text of a `NUMERIC(15,2)`.
fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The reverse, for texts that the flow has written.
fn hundredths_of(decimal: &str) -> i64 {
    decimal.parse::<sync_core::budget::Money>().expect("an amount").hundredths()
}

/// The statements that have a model.
const STATEMENTS: &[(&str, Execute)] = &[
    ("settings.deployment", |model, _| one(model.settings_deployment())),
    ("shops.load", |model, v| model.shops_load(v)),
    ("shops.list", |model, v| model.shops_list(v)),
    ("shops.store_pair", |model, v| one(model.store_pair(v))),
    ("shops.upsert_consent", |model, v| one(model.upsert_consent(v))),
    ("shops.learn", |model, v| one(model.learn(v))),
    ("shops.watch_consents", |_, _| one(0.into())),
    // No shop of the simulation has an app of its own.
    ("partner_keys.others", |_, _| Vec::new()),
    ("partner_keys.under_others", |_, _| one(0.into())),
    ("sinks.under_others", |_, _| Vec::new()),
    ("shops.mark_reconsent", |model, v| one(model.mark_reconsent(v))),
    ("queue.claim_due", |model, v| one(model.claim_due(v))),
    ("queue.insert_claimed", |model, v| model.insert_claimed(v)),
    ("queue.job", |model, v| model.job(v)),
    ("queue.fail_job", |model, v| one(model.fail_job(v))),
    ("queue.claim_job", |model, v| one(model.claim_job(v))),
    ("queue.release_job", |model, v| one(model.release_job(v))),
    ("queue.enqueue_all", |model, v| one(model.enqueue_all(v))),
    ("queue.enqueue_due", |model, v| one(model.enqueue_due(v))),
    // The alerts of stale data steer nothing.
    ("freshness.watch", |_, _| one(json!({ "stale": 0, "fresh_again": 0 }))),
    ("queue.cleanup_stuck", |model, _| one(model.cleanup_stuck())),
    // Steers nothing either.
    ("cron_ticks.record", |_, _| one(true.into())),
    ("budgets.due", |model, v| model.budgets_due(v)),
    ("budget_changes.noted", |model, v| one(model.budget_changes_noted(v))),
    ("budget_changes.forget", |model, v| one(model.budget_changes_forget(v))),
    ("budgets.claim", |model, v| one(model.budgets_claim(v))),
    ("budgets.release", |model, v| one(model.budgets_release(v))),
    ("budgets.limits", |model, v| one(model.budgets_limits(v))),
    ("budgets.load", |model, v| model.budgets_load(v)),
    ("budgets.arm", |model, v| one(model.budgets_arm(v))),
    ("budgets.record", |model, v| one(model.budgets_record(v))),
    ("budgets.looked", |model, v| one(model.budgets_looked(v))),
    ("runs.begin", |model, v| model.runs_begin(v)),
    ("runs.owned", |model, v| one(model.runs_owned(v))),
    ("runs.known", |model, v| one(model.runs_known(v))),
    ("runs.project", |model, v| model.runs_project(v)),
    ("runs.shown", |model, v| one(model.runs_shown(v))),
    ("runs.cancel", |model, v| one(model.runs_cancel(v))),
    ("runs.get", |model, v| model.runs_get(v)),
    ("retention.clean", |model, _| one(model.retention_clean())),
    ("stuck.candidates", |model, v| model.stuck_candidates(v)),
    ("stuck.orphans", |model, v| model.stuck_orphans(v)),
    ("stuck.give_up", |model, v| one(model.stuck_give_up(v))),
    ("progress.is_reset", |model, v| one(model.is_reset(v.long(0)).into())),
    ("progress.reset", |model, v| one(model.progress_reset(v.long(0)).into())),
    ("write_campaigns.campaigns", |model, v| one(model.write_campaigns(v))),
    ("write_campaigns.emptied", |model, v| one(model.emptied(v))),
    ("write_performance.performance", |model, v| one(model.write_figures(v))),
    ("write_performance.shop_performance", |model, v| one(model.write_figures(v))),
    ("alerts.raise", |model, v| one(model.raise(v))),
    ("alerts.resolve", |model, v| one(model.resolve(v))),
    ("alerts.settle", |model, v| one(model.settle(v))),
    ("drift.report", |model, v| model.report_drift(v)),
    ("audit.record", |model, v| one(model.record_audit(v))),
    ("dead_letters.insert", |model, v| one(model.keep_letter(v))),
    ("dead_letters.settle", |model, v| one(model.settle_letters(v))),
    ("dead_letters.get", |model, v| model.get_letter(v)),
    ("dead_letters.mark_replayed", |model, v| one(model.mark_replayed(v))),
    ("dead_letters.unmark_replayed", |model, v| one(model.unmark_replayed(v))),
];

impl Model {
    /// Runs a statement; the answer is its rows.
    pub fn execute(&mut self, statement: &Statement, values: &[Param<'_>]) -> Vec<String> {
        let known = STATEMENTS.iter().find(|(name, _)| *name == statement.name);
        let (_, execute) = known.unwrap_or_else(|| panic!("the statement {} has no model", statement.name));
        execute(self, &Values(values))
    }

    /// The names of the statements that have a model.
    pub fn statements() -> impl Iterator<Item = &'static str> {
        STATEMENTS.iter().map(|(name, _)| *name)
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
