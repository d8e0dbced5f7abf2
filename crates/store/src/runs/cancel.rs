//! Ending the record of a run that was given up.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, json_text, one},
};
use serde_json::Value;

const CANCEL: Statement = Statement { name: "runs.cancel", sql: include_str!("../sql/runs_cancel.sql") };

/// Records that a run was cancelled: its jobs and unfinished chunks fail with `reason`, and its progress row
/// becomes idle with it. A progress row that is no longer the run's, or that has been reset, stays as it is. The receipt
/// is stored if given: calls that were made count, whatever their outcome.
///
/// # Errors
/// What the database reports.
pub async fn cancel(
    db: &impl Db,
    shop_id: i64,
    generation: i64,
    reason: &str,
    receipt: Option<&Value>,
) -> Result<(), DbError> {
    let (reason, receipt) = (clean(reason), receipt.map(json_text).transpose()?);
    let values = [
        Param::I64(shop_id),
        Param::I64(generation),
        Param::Text(&reason),
        Param::OptText(receipt.as_deref()),
    ];
    one::<bool>(db, &CANCEL, &values).await.map(|_| ())
}
