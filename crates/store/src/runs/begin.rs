//! Giving a run the ownership of its shop's progress row.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, json_text, one},
};
use serde_json::Value;

/// A run to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct BeginRun {
    /// The shop.
    pub shop_id: i64,
    /// The run's number: greater than all earlier ones of the shop.
    pub generation: i64,
    /// `realtime`, `backfill_day` or `backfill_full`.
    pub kind: String,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
    /// The job's parameters.
    pub params: Value,
    /// The job.
    pub job_id: String,
}

/// Whether a run owns the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It does.
    Begun,
    /// A later run or an operator does.
    Superseded,
}

const BEGIN: Statement = Statement { name: "runs.begin", sql: include_str!("../sql/runs_begin.sql") };

// A separate statement, which sees what a concurrent repetition of the first has written.
const OWNED: Statement = Statement {
    name: "runs.owned",
    sql: "-- runs.owned
        SELECT to_jsonb(EXISTS (
          SELECT FROM apishopee_ads_sync_progress p
          JOIN apishopee_ads_sync_runs r ON r.shop_id = p.shop_id AND r.generation = p.generation
          WHERE p.shop_id = $1 AND p.generation = $2 AND p.sync_stage <> 'idle' AND r.status = 'running'))::text",
};

/// Gives the shop's progress row to a run, resets the counters and records the run. Beginning the same run again changes
/// nothing; beginning an older run, or one that was reset meanwhile, writes nothing.
///
/// # Errors
/// What the database reports.
pub async fn begin(db: &impl Db, run: &BeginRun) -> Result<Begun, DbError> {
    let params = json_text(&run.params)?;
    let values = [
        Param::I64(run.shop_id),
        Param::I64(run.generation),
        Param::Text(&run.kind),
        Param::Text(&run.trigger),
        Param::Text(&params),
        Param::Text(&run.job_id),
    ];
    if first::<bool>(db, &BEGIN, &values).await?.is_some() {
        return Ok(Begun::Begun);
    }
    let owned: bool = one(db, &OWNED, &values[..2]).await?;
    Ok(if owned { Begun::Begun } else { Begun::Superseded })
}
