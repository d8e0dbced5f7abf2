//! What is stored before an edit is sent, and its outcome. Everything is fenced.

use crate::{
    Db, DbError, Param, Statement,
    budgets::StateRow,
    decode::{json_text, one},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether an edit may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArmReply {
    /// It is stored: send it.
    Go,
    /// Nothing is stored: the kill switch is on.
    Stopped,
    /// Nothing is stored: a schedule of the campaign or a rule has changed. Decide again.
    Changed,
    /// Nothing is stored: the lease was lost.
    Lost,
}

const ARM: Statement = Statement { name: "budgets.arm", sql: include_str!("../sql/budgets_arm.sql") };

/// What an edit was decided from, as read by [`super::load`].
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The active schedules of the campaign, in the order of their ids.
    pub schedules: &'a [Value],
    /// The rules of the shop.
    pub rules: &'a Value,
}

/// Stores what must be known before an edit is sent, if its basis is unchanged, and renews the lease.
///
/// # Errors
/// What the database reports; it may be stored then.
pub async fn arm(
    db: &impl Db,
    shop_id: i64,
    fence: i64,
    lease_seconds: i32,
    state: &StateRow,
    basis: Basis<'_>,
) -> Result<ArmReply, DbError> {
    let (known, write) = (json_text(&state.known)?, json_text(&state.write)?);
    let (schedules, rules) = (json_text(&basis.schedules)?, json_text(basis.rules)?);
    let values = [
        Param::I64(shop_id),
        Param::I64(fence),
        Param::F64(f64::from(lease_seconds)),
        Param::I64(state.campaign_id),
        Param::Text(&known),
        Param::Text(&write),
        Param::Text(&schedules),
        Param::Text(&rules),
    ];
    one(db, &ARM, &values).await
}

const LIMITS: Statement = Statement {
    name: "budgets.limits",
    sql: "-- budgets.limits
        WITH kept AS (
          INSERT INTO apishopee_ads_budget_limits AS l (shop_id, min_budget, max_budget, fetched_at)
          VALUES ($1, $2::text::numeric, $3::text::numeric, now())
          ON CONFLICT (shop_id) DO UPDATE SET
            min_budget = CASE WHEN $4 THEN EXCLUDED.min_budget ELSE l.min_budget END,
            max_budget = CASE WHEN $4 THEN EXCLUDED.max_budget ELSE l.max_budget END, fetched_at = EXCLUDED.fetched_at
        )
        SELECT 'true'",
};

/// Stores the budgets that Shopee allows, as decimal text in major units; `None`: there is no such limit, or the app has no
/// permission to read it. If they are not `known`, the stored ones are kept, and they are requested again a day later.
///
/// # Errors
/// What the database reports.
pub async fn limits(
    db: &impl Db,
    shop_id: i64,
    min: Option<&str>,
    max: Option<&str>,
    known: bool,
) -> Result<(), DbError> {
    let values = [Param::I64(shop_id), Param::OptText(min), Param::OptText(max), Param::Bool(known)];
    one::<bool>(db, &LIMITS, &values).await.map(|_| ())
}

/// A campaign's memory after a write, and the line for the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteRecord {
    /// The campaign.
    pub campaign_id: i64,
    /// `Known`.
    pub known: Value,
    /// The outcome of the write; `None` if the log has it already.
    pub log: Option<LogLine>,
    /// The budget was read from Shopee.
    pub was_read: bool,
}

/// A row for `apishopee_ads_budget_logs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// The schedule's id.
    pub schedule_id: String,
    /// `apply`, `restore` or `now`.
    pub action: String,
    /// YYYY-MM-DD
    pub slot_date: String,
    /// Decimal text in major units.
    pub old_budget: Option<String>,
    /// Decimal text in major units.
    pub new_budget: String,
    /// `success`, `failed` or `skipped`.
    pub status: String,
    /// In detail: `success`, `already_there`, `skipped`, `failed`, `unknown` or `missed`.
    pub outcome: String,
    /// The reason; `None` on success.
    pub error_message: Option<String>,
}

const RECORD: Statement = Statement {
    name: "budgets.record",
    sql: concat!(
        "-- budgets.record
-- $1 shop, $2 fence, $3 seconds, $4 entries.
WITH held AS (
  UPDATE apishopee_ads_budget_leases SET lease_until = now() + make_interval(secs => $3)
  WHERE shop_id = $1 AND fence = $2
  RETURNING 1
), entries AS (
  SELECT e.* FROM jsonb_to_recordset($4::jsonb) AS e (campaign_id bigint, known jsonb, log jsonb, was_read boolean)
  WHERE EXISTS (SELECT FROM held)
), kept AS (
  -- The time is that of the last budget read.
  INSERT INTO apishopee_ads_budget_state AS old (shop_id, campaign_id, known, write, updated_at)
  SELECT $1, e.campaign_id, e.known, NULL, CASE WHEN e.was_read THEN now() ELSE 'epoch' END FROM entries e
  ON CONFLICT (shop_id, campaign_id) DO UPDATE SET
    known = EXCLUDED.known, write = NULL, updated_at = greatest(old.updated_at, EXCLUDED.updated_at)
), given AS (
  SELECT e.campaign_id, l.*
  FROM entries e
  CROSS JOIN LATERAL jsonb_to_record(e.log) AS l (schedule_id uuid, action text, slot_date date, old_budget numeric,
    new_budget numeric, status text, outcome text, error_message text)
  WHERE jsonb_typeof(e.log) = 'object'
), ",
        include_str!("../sql/budgets_log.sql"),
        ", audited AS (
  INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before, after)
  SELECT now(), 'schedule of ' || coalesce(created_by, 'sql'), 'budget.' || action, $1, 'campaign ' || campaign_id,
    CASE WHEN old_budget IS NOT NULL THEN jsonb_build_object('budget', old_budget) END,
    jsonb_build_object('budget', new_budget, 'schedule_id', schedule_id, 'slot_date', slot_date, 'outcome', outcome,
      'why', error_message)
  FROM lines
)
SELECT to_jsonb(EXISTS (SELECT FROM held))::text"
    ),
};

/// Stores the outcomes of writes, with their lines for the log and the audit log, and renews the lease. No write of these
/// campaigns is open afterwards. False: nothing was stored, since the lease was lost.
///
/// # Errors
/// What the database reports; it may be stored then.
pub async fn record(
    db: &impl Db,
    shop_id: i64,
    fence: i64,
    lease_seconds: i32,
    entries: &[WriteRecord],
) -> Result<bool, DbError> {
    let entries = json_text(&entries)?;
    let lease = Param::F64(f64::from(lease_seconds));
    one(db, &RECORD, &[Param::I64(shop_id), Param::I64(fence), lease, Param::Text(&entries)]).await
}

/// A missed slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissedLine {
    /// The campaign.
    pub campaign_id: i64,
    /// Its line for the log; the old budget is not known.
    #[serde(flatten)]
    pub log: LogLine,
}

const LOOKED: Statement = Statement {
    name: "budgets.looked",
    sql: concat!(
        "-- budgets.looked
-- $1 shop, $2 fence, $3 when, unix ms, $4 log lines of missed slots. A late repetition changes nothing.
WITH held AS (
  UPDATE apishopee_ads_budget_leases SET looked_at = ads_from_unix_ms($3)
  WHERE shop_id = $1 AND fence = $2 AND (looked_at IS NULL OR looked_at < ads_from_unix_ms($3))
  RETURNING 1
), given AS (
  SELECT l.*
  FROM jsonb_to_recordset($4::jsonb) AS l (campaign_id bigint, schedule_id uuid, action text, slot_date date,
    old_budget numeric, new_budget numeric, status text, error_message text)
  WHERE EXISTS (SELECT FROM held)
), ",
        include_str!("../sql/budgets_log.sql"),
        ", over AS (
  UPDATE apishopee_ads_alerts SET resolved_at = now()
  WHERE kind = 'budget_missed' AND shop_id = $1 AND resolved_at IS NULL AND last_seen_at < now() - interval '1 day'
    AND EXISTS (SELECT FROM held)
)
SELECT to_jsonb(EXISTS (SELECT FROM held))::text"
    ),
};

/// Records that everything due at `at_ms`, unix milliseconds, has been done, with the log lines of slots missed before. Closes
/// the alert `budget_missed` a day after it was last raised. False: the lease was lost, or a later look was recorded.
///
/// # Errors
/// What the database reports; it may be stored then.
pub async fn looked(
    db: &impl Db,
    shop_id: i64,
    fence: i64,
    at_ms: i64,
    missed: &[MissedLine],
) -> Result<bool, DbError> {
    let missed = json_text(&missed)?;
    one(db, &LOOKED, &[Param::I64(shop_id), Param::I64(fence), Param::I64(at_ms), Param::Text(&missed)]).await
}
