//! `apishopee_ads_budget_changes`: shops with a changed schedule or rule, over HTTP or in SQL. A trigger writes the rows; they are
//! deleted once messages for the shops were sent.

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, one},
};
use serde::Deserialize;

/// Changes noted by the trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NotedChanges {
    /// The rows, for [`forget`].
    pub ids: Vec<i64>,
    /// Of these shops; 0 is every shop.
    pub shops: Vec<i64>,
}

const NOTED: Statement = Statement {
    name: "budget_changes.noted",
    sql: "-- budget_changes.noted
        SELECT jsonb_build_object('ids', coalesce(jsonb_agg(c.id ORDER BY c.id), '[]'),
          'shops', coalesce(jsonb_agg(DISTINCT c.shop_id), '[]'))::text
        FROM (SELECT id, shop_id FROM apishopee_ads_budget_changes ORDER BY id LIMIT $1) c",
};

/// The oldest changes, at most `limit`.
///
/// # Errors
/// What the database reports.
pub async fn noted(db: &impl Db, limit: i32) -> Result<NotedChanges, DbError> {
    one(db, &NOTED, &[Param::I64(limit.into())]).await
}

const FORGET: Statement = Statement {
    name: "budget_changes.forget",
    // By exact ids: a row committed meanwhile may have a smaller one.
    sql: "-- budget_changes.forget
        WITH gone AS (
          DELETE FROM apishopee_ads_budget_changes
          WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb) AS c (value))
        )
        SELECT 'true'",
};

/// Deletes changes, once messages for the shops were sent.
///
/// # Errors
/// What the database reports; they may be forgotten then.
pub async fn forget(db: &impl Db, ids: &[i64]) -> Result<(), DbError> {
    one::<bool>(db, &FORGET, &[Param::Text(&json_text(&ids)?)]).await.map(|_| ())
}
