//! `apishopee_ads_api_drift`: what in Shopee's answers is not as documented. One row per kind, for its first occurrence.

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, many},
};
use api::drift::KnownDrift;
use serde::{Deserialize, Serialize};

/// The problem of an undocumented field.
pub const UNKNOWN: &str = "unknown";

/// One kind of drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The endpoint's name.
    pub endpoint: String,
    /// The field's path inside its row.
    pub field: String,
    /// What is wrong with it; [`UNKNOWN`]: it is not documented.
    pub problem: String,
    /// The campaign in which it was found, if any.
    pub campaign_id: Option<i64>,
    /// The beginning of the value, or of the row that could not be read.
    pub sample: String,
}

const REPORT: Statement = Statement {
    name: "drift.report",
    sql: "-- drift.report
        -- $1 shop, $2 run, $3 what it found. The table is bounded, whatever the platform sends.
        WITH added AS (
          INSERT INTO apishopee_ads_api_drift AS d (endpoint, field, problem, campaign_id, sample, shop_id, generation, at)
          SELECT n.endpoint, n.field, n.problem, n.campaign_id, n.sample, $1, $2, now()
          FROM jsonb_to_recordset($3::jsonb) AS n (endpoint text, field text, problem text, campaign_id bigint, sample text)
          WHERE (SELECT count(*) FROM apishopee_ads_api_drift) < 1000
          ON CONFLICT (endpoint, field, problem) DO NOTHING
          RETURNING jsonb_build_object('endpoint', d.endpoint, 'field', d.field, 'problem', d.problem,
            'campaign_id', d.campaign_id, 'sample', d.sample)::text AS row
        )
        SELECT row FROM added",
};

/// Stores the kinds that are new and returns them. Each kind is reported once, whichever shop finds it.
///
/// # Errors
/// What the database reports.
pub async fn report(
    db: &impl Db,
    shop_id: i64,
    generation: i64,
    found: &[Drift],
) -> Result<Vec<Drift>, DbError> {
    let found = json_text(&found)?;
    many(db, &REPORT, &[Param::I64(shop_id), Param::I64(generation), Param::Text(&found)]).await
}

const LIST: Statement = Statement {
    name: "drift.list",
    sql: "-- drift.list
        SELECT (to_jsonb(d) || jsonb_build_object('at_ms', ads_unix_ms(d.at)))::text FROM apishopee_ads_api_drift d
        WHERE d.id < coalesce($1, 9223372036854775807) ORDER BY d.id DESC LIMIT $2",
};

/// Up to `limit` kinds, newest first, before `before_id` if given.
///
/// # Errors
/// What the database reports.
pub async fn list(db: &impl Db, before_id: Option<i64>, limit: i32) -> Result<Vec<KnownDrift>, DbError> {
    many(db, &LIST, &[Param::OptI64(before_id), Param::I64(limit.into())]).await
}
