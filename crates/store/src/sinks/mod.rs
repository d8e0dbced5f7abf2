//! `apishopee_ads_alert_sinks`: where alerts are told.

pub mod messages;

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, is_uuid, json_text, many, one},
};
use api::sink::{Sink, SinkDeleted, SinkMessage};
use serde::{Deserialize, Serialize};

/// A sink as JSON, as text, without what is sealed.
macro_rules! sink_json {
    () => {
        "((to_jsonb(s) - 'sealed') || jsonb_build_object(
          'quiet_from', to_char(make_interval(mins => s.quiet_from_minute), 'HH24:MI'),
          'quiet_to', to_char(make_interval(mins => s.quiet_to_minute), 'HH24:MI'),
          'digest_at', to_char(make_interval(mins => s.digest_minute), 'HH24:MI'),
          'failing_since_ms', ads_unix_ms(s.failing_since), 'last_sent_at_ms', ads_unix_ms(s.last_sent_at),
          'waiting', (SELECT count(*) FROM apishopee_ads_alert_messages m
            WHERE m.sink_id = s.id AND m.sent_at IS NULL AND m.given_up_at IS NULL)))::text"
    };
}

const LIST: Statement = Statement {
    name: "sinks.list",
    sql: concat!(
        "-- sinks.list
        SELECT ",
        sink_json!(),
        " FROM apishopee_ads_alert_sinks s ORDER BY s.name"
    ),
};

/// All sinks, by name.
///
/// # Errors
/// What the database reports.
pub async fn list(db: &impl Db) -> Result<Vec<Sink>, DbError> {
    many(db, &LIST, &[]).await
}

/// What is stored of a sink. Minutes are of the day, in the sink's time zone.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "as in `Sink`")]
pub struct SinkRow<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub sends_to: &'a str,
    pub sender: Option<&'a str>,
    pub language: &'a str,
    pub min_severity: &'a str,
    pub kinds: Option<&'a [String]>,
    pub shop_ids: Option<&'a [i64]>,
    pub reminder_minutes: Option<i32>,
    pub quiet_from_minute: Option<i32>,
    pub quiet_to_minute: Option<i32>,
    pub digest_minute: Option<i32>,
    pub time_zone: &'a str,
    pub enabled: bool,
}

// A digest whose time of the day is over is told from tomorrow on.
const PUT: Statement = Statement {
    name: "sinks.put",
    sql: "-- sinks.put
        WITH given AS (
          SELECT g.*, CASE WHEN now() AT TIME ZONE g.time_zone
              >= (now() AT TIME ZONE g.time_zone)::date + make_interval(mins => g.digest_minute)
            THEN (now() AT TIME ZONE g.time_zone)::date END AS told_on
          FROM jsonb_populate_record(NULL::apishopee_ads_alert_sinks, $2::jsonb) g
        ), put AS (
          INSERT INTO apishopee_ads_alert_sinks AS s (id, name, kind, sealed, sends_to, sender, language, min_severity, kinds,
            shop_ids, reminder_minutes, quiet_from_minute, quiet_to_minute, digest_minute, digest_on, time_zone, enabled)
          SELECT $1::uuid, name, kind, $3, sends_to, sender, language, min_severity, kinds, shop_ids, reminder_minutes,
            quiet_from_minute, quiet_to_minute, digest_minute, told_on, time_zone, enabled
          FROM given
          ON CONFLICT (id) DO UPDATE
          SET name = EXCLUDED.name, sealed = EXCLUDED.sealed, sends_to = EXCLUDED.sends_to, sender = EXCLUDED.sender,
            language = EXCLUDED.language, min_severity = EXCLUDED.min_severity, kinds = EXCLUDED.kinds,
            shop_ids = EXCLUDED.shop_ids, reminder_minutes = EXCLUDED.reminder_minutes,
            quiet_from_minute = EXCLUDED.quiet_from_minute, quiet_to_minute = EXCLUDED.quiet_to_minute,
            digest_minute = EXCLUDED.digest_minute, digest_on = coalesce(EXCLUDED.digest_on, s.digest_on),
            time_zone = EXCLUDED.time_zone, enabled = EXCLUDED.enabled
          RETURNING id
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, subject, after)
          SELECT $4, 'sink.put', id::text, $2::jsonb FROM put
        )
        SELECT 'true' FROM put",
};

/// Stores a sink, new or in place of the one of this id.
///
/// # Errors
/// What the database reports: among it, that another sink has the name.
pub async fn put(db: &impl Db, id: &str, row: &SinkRow<'_>, sealed: &str, by: &str) -> Result<(), DbError> {
    let row = json_text(row)?;
    let values = [Param::Text(id), Param::Text(&row), Param::Text(sealed), Param::Text(&clean(by))];
    one::<bool>(db, &PUT, &values).await.map(drop)
}

const DELETE: Statement = Statement {
    name: "sinks.delete",
    sql: "-- sinks.delete
        WITH unsent AS MATERIALIZED (
          SELECT count(*) AS messages FROM apishopee_ads_alert_messages
          WHERE sink_id = $1::uuid AND sent_at IS NULL AND given_up_at IS NULL
        ), gone AS (
          DELETE FROM apishopee_ads_alert_sinks WHERE id = $1::uuid RETURNING id, name
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, subject, before)
          SELECT $2, 'sink.delete', id::text, jsonb_build_object('name', name) FROM gone
        )
        SELECT jsonb_build_object('id', gone.id, 'unsent', unsent.messages)::text FROM gone, unsent",
};

/// Deletes a sink and its messages; `None` if there is none of this id.
///
/// # Errors
/// What the database reports.
pub async fn delete(db: &impl Db, id: &str, by: &str) -> Result<Option<SinkDeleted>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &DELETE, &[Param::Text(id), Param::Text(&clean(by))]).await
}

const KNOWS_TIME_ZONE: Statement = Statement {
    name: "sinks.knows_time_zone",
    sql: "-- sinks.knows_time_zone
        SELECT to_jsonb(EXISTS (SELECT FROM pg_timezone_names WHERE name = $1))::text",
};

/// Whether the database knows a time zone.
///
/// # Errors
/// What the database reports.
pub async fn knows_time_zone(db: &impl Db, name: &str) -> Result<bool, DbError> {
    one(db, &KNOWS_TIME_ZONE, &[Param::Text(&clean(name))]).await
}

const MESSAGES: Statement = Statement {
    name: "sinks.messages",
    sql: "-- sinks.messages
        -- $1 sink, $2 before, $3 maximum number of rows
        SELECT (to_jsonb(m) - 'content' || jsonb_build_object('made_at_ms', ads_unix_ms(m.made_at),
          'next_at_ms', CASE WHEN m.sent_at IS NULL AND m.given_up_at IS NULL THEN ads_unix_ms(m.next_at) END,
          'sent_at_ms', ads_unix_ms(m.sent_at), 'given_up_at_ms', ads_unix_ms(m.given_up_at)))::text
        FROM (
          SELECT * FROM apishopee_ads_alert_messages
          WHERE sink_id = $1::uuid AND ads_unix_ms(made_at) < coalesce($2, 9223372036854775807)
          ORDER BY ads_unix_ms(made_at) DESC FETCH FIRST ($3) ROWS WITH TIES
        ) m ORDER BY m.made_at DESC, m.id",
};

/// A sink's messages, newest first: about `limit` of them, before `before_ms` (of `made_at_ms`) if given. More than `limit`
/// are returned if several share the last one's millisecond.
///
/// # Errors
/// What the database reports.
pub async fn messages(
    db: &impl Db,
    id: &str,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<SinkMessage>, DbError> {
    many(db, &MESSAGES, &[Param::Text(id), Param::OptI64(before_ms), Param::I64(limit.into())]).await
}

/// What a sink seals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sealed {
    /// The sink's UUID.
    pub id: String,
    /// Its address and secret, sealed.
    pub sealed: String,
}

const SEALED: Statement = Statement {
    name: "sinks.sealed",
    sql: "-- sinks.sealed
        SELECT to_jsonb(sealed)::text FROM apishopee_ads_alert_sinks WHERE id = $1::uuid",
};

/// What a sink seals; `None` if there is none of this id.
///
/// # Errors
/// What the database reports.
pub async fn sealed(db: &impl Db, id: &str) -> Result<Option<String>, DbError> {
    first(db, &SEALED, &[Param::Text(id)]).await
}

const UNDER_OTHERS: Statement = Statement {
    name: "sinks.under_others",
    sql: "-- sinks.under_others
        SELECT jsonb_build_object('id', id, 'sealed', sealed)::text FROM apishopee_ads_alert_sinks
        WHERE NOT starts_with(sealed, $1) ORDER BY id",
};

/// What is not sealed by the key of this prefix.
///
/// # Errors
/// What the database reports.
pub async fn under_others(db: &impl Db, prefix: &str) -> Result<Vec<Sealed>, DbError> {
    many(db, &UNDER_OTHERS, &[Param::Text(prefix)]).await
}

const RESEAL: Statement = Statement {
    name: "sinks.reseal",
    sql: "-- sinks.reseal
        WITH changed AS (
          UPDATE apishopee_ads_alert_sinks SET sealed = $3 WHERE id = $1::uuid AND sealed = $2 RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM changed))::text",
};

/// Replaces what a sink seals, unless somebody has changed it. True: it was replaced.
///
/// # Errors
/// What the database reports.
pub async fn reseal(db: &impl Db, old: &Sealed, sealed: &str) -> Result<bool, DbError> {
    one(db, &RESEAL, &[Param::Text(&old.id), Param::Text(&old.sealed), Param::Text(sealed)]).await
}
