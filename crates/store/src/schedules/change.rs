//! Changing schedules, if what they were validated against has not changed.

use super::ScheduleRow;
use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, is_uuid, json_text, one},
};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::Value;

/// SQLSTATE of a row that has the id, or the campaign and start, of another row (unique violation).
const UNIQUE_VIOLATION: &str = "23505";

/// What new or changed schedules are validated against: one snapshot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Admission {
    /// The shop's local time.
    pub local: NaiveDateTime,
    /// The shop's market; empty if it is not known.
    pub region: String,
    /// `deployment` and `shop`: the fields of `RailsOverride`.
    pub rules: Value,
    /// Fingerprint of the campaigns' schedules, for [`put`].
    pub print: String,
    /// How many schedules the shop has.
    pub of_shop: usize,
    /// Those of the campaigns that the last sync found.
    pub campaigns: Vec<Campaign>,
    /// Campaigns that belong to other shops, by their syncs.
    pub elsewhere: Vec<i64>,
    /// All schedules of the campaigns.
    pub schedules: Vec<ScheduleRow>,
    /// The shop's schedules with the requested ids, of any campaign.
    pub made: Vec<ScheduleRow>,
}

/// A campaign as of the last sync.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Campaign {
    /// The campaign.
    pub campaign_id: i64,
    /// Its name.
    pub name: Option<String>,
    /// `auto` or `manual`.
    pub ad_type: Option<String>,
    /// `ongoing`, `paused`, `scheduled`, `ended`, `deleted` or `closed`.
    pub status: Option<String>,
    /// The platform no longer lists it.
    pub is_gone: bool,
}

const ADMISSION: Statement =
    Statement { name: "schedules.admission", sql: include_str!("../sql/schedules_admission.sql") };

/// Reads what schedules of these campaigns are validated against; `None` if the shop is unknown. `ids`: UUIDs of schedules
/// that may exist already.
///
/// # Errors
/// What the database reports.
pub async fn admission(
    db: &impl Db,
    shop_id: i64,
    campaigns: &[i64],
    ids: &[&str],
) -> Result<Option<Admission>, DbError> {
    let (campaigns, ids) = (json_text(&campaigns)?, json_text(&ids)?);
    first(db, &ADMISSION, &[Param::I64(shop_id), Param::Text(&campaigns), Param::Text(&ids)]).await
}

/// The outcome of [`put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// All are stored, each with its row in the audit log.
    Stored,
    /// The campaigns' schedules have changed since: nothing was stored.
    Changed,
}

const PUT: Statement = Statement {
    name: "schedules.put",
    sql: "-- schedules.put
        -- $1 shop, $2 campaigns, $3 fingerprint, $4 rows, $5 actor
        SELECT coalesce(ads_put_budget_schedules($1,
          ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb) AS c (value)), $3, $4::jsonb, $5), 'null')::text",
};

/// Stores schedules of one shop, all or none, if those of `campaigns` have not changed since `print` was read. `campaigns`
/// must be those of the [`admission`].
///
/// # Errors
/// What the database reports; they may be stored then.
pub async fn put(
    db: &impl Db,
    shop_id: i64,
    campaigns: &[i64],
    print: &str,
    rows: &[ScheduleRow],
    actor: &str,
) -> Result<Put, DbError> {
    let (campaigns, rows, actor) = (json_text(&campaigns)?, json_text(&rows)?, clean(actor));
    let values = [
        Param::I64(shop_id),
        Param::Text(&campaigns),
        Param::Text(print),
        Param::Text(&rows),
        Param::Text(&actor),
    ];
    match one::<Option<Vec<String>>>(db, &PUT, &values).await {
        Ok(Some(_)) => Ok(Put::Stored),
        Ok(None) => Ok(Put::Changed),
        // A writer that takes no locks, such as an operator in SQL, was faster.
        Err(error) if error.code.as_deref() == Some(UNIQUE_VIOLATION) => Ok(Put::Changed),
        Err(error) => Err(error),
    }
}

const DELETE: Statement = Statement {
    name: "schedules.delete",
    sql: "-- schedules.delete
        -- $1 id, $2 actor
        WITH gone AS (
          DELETE FROM apishopee_scheduled_ads_budget b WHERE b.id = $1::uuid RETURNING b.*
        ), audited AS (
          INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before)
          SELECT now(), $2, 'budget_schedule.delete', g.shop_id, g.id::text, to_jsonb(g) FROM gone g
        )
        SELECT to_jsonb(EXISTS (SELECT FROM gone))::text",
};

/// Deletes a schedule; false if there is none with this id.
///
/// # Errors
/// What the database reports; it may be deleted then.
pub async fn delete(db: &impl Db, id: &str, actor: &str) -> Result<bool, DbError> {
    if !is_uuid(id) {
        return Ok(false);
    }
    one(db, &DELETE, &[Param::Text(id), Param::Text(&clean(actor))]).await
}

const DEACTIVATE: Statement = Statement {
    name: "schedules.deactivate",
    sql: "-- schedules.deactivate
        -- $1 id, $2 actor. Other columns stay as they are.
        WITH before AS (
          SELECT * FROM apishopee_scheduled_ads_budget WHERE id = $1::uuid FOR UPDATE
        ), changed AS (
          UPDATE apishopee_scheduled_ads_budget b SET is_active = false, updated_at = now()
          FROM before WHERE b.id = before.id
          RETURNING b.*
        ), audited AS (
          INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before, after)
          SELECT now(), $2, 'budget_schedule.update', c.shop_id, c.id::text, to_jsonb(b), to_jsonb(c)
          FROM changed c JOIN before b ON b.id = c.id
        )
        SELECT to_jsonb(EXISTS (SELECT FROM changed))::text",
};

/// Deactivates a schedule, even one with invalid columns; false if there is none with this id.
///
/// # Errors
/// What the database reports; it may be done then.
pub async fn deactivate(db: &impl Db, id: &str, actor: &str) -> Result<bool, DbError> {
    if !is_uuid(id) {
        return Ok(false);
    }
    one(db, &DEACTIVATE, &[Param::Text(id), Param::Text(&clean(actor))]).await
}
