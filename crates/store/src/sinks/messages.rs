//! `apishopee_ads_alert_messages`: what is still to be told, and what was.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, is_uuid, many, one},
};
use serde::Deserialize;

const PLAN: Statement = Statement {
    name: "sink_messages.plan",
    sql: "-- sink_messages.plan
        SELECT to_jsonb(ads_plan_alert_messages())::text",
};

/// Makes the messages that are due; returns how many. Idempotent: what a message tells of is noted with it.
///
/// # Errors
/// What the database reports.
pub async fn plan(db: &impl Db) -> Result<i64, DbError> {
    one(db, &PLAN, &[]).await
}

/// A message that is to be sent now, and where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Due {
    /// The message's UUID.
    pub id: String,
    /// The sink's UUID.
    pub sink_id: String,
    /// `slack`, `webhook`, `telegram`, `resend` or `postmark`.
    pub sink_kind: String,
    /// Address and secret, sealed.
    pub sealed: String,
    /// Who receives it.
    pub sends_to: String,
    /// The sender of e-mails.
    pub sender: Option<String>,
    /// `en` or `vi`.
    pub language: String,
    /// `begin`, `end`, `reminder`, `digest` or `test`.
    pub what: String,
    /// The kind of the alerts.
    pub kind: Option<String>,
    /// Their highest severity.
    pub severity: Option<String>,
    /// How many there are.
    pub alerts: i32,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// The first alerts, a line each.
    pub lines: Option<String>,
    /// The first alerts, or the numbers of a digest, as JSON.
    pub content: String,
}

macro_rules! due_columns {
    ($message:literal, $content:literal) => {
        concat!(
            "'sink_id', s.id, 'sink_kind', s.kind, 'sealed', s.sealed, 'sends_to', s.sends_to, 'sender', s.sender,
            'language', s.language, ",
            $message,
            ", 'content', ",
            $content,
            "::text"
        )
    };
}

// One message a sink at a time, the oldest first: a sink is told in the order in which things happened. The row is not there for
// others until it is settled, or the time in which it would have been is over.
const CLAIM: Statement = Statement {
    name: "sink_messages.claim",
    sql: concat!(
        "-- sink_messages.claim
        -- $1 most messages, $2 seconds after which one counts as lost
        WITH next AS (
          SELECT oldest.id FROM apishopee_ads_alert_sinks s
          CROSS JOIN LATERAL (SELECT m.id, m.next_at FROM apishopee_ads_alert_messages m
            WHERE m.sink_id = s.id AND m.sent_at IS NULL AND m.given_up_at IS NULL ORDER BY m.made_at, m.id LIMIT 1) oldest
          WHERE s.enabled AND oldest.next_at <= now()
          ORDER BY oldest.next_at LIMIT $1
        ), claimed AS (
          UPDATE apishopee_ads_alert_messages m
          SET attempts = m.attempts + 1, next_at = clock_timestamp() + make_interval(secs => $2)
          FROM next WHERE m.id = next.id AND m.next_at <= now() AND m.sent_at IS NULL AND m.given_up_at IS NULL
          RETURNING m.*
        )
        SELECT jsonb_build_object(",
        due_columns!(
            "'id', m.id, 'what', m.what, 'kind', m.kind, 'severity', m.severity, 'alerts', m.alerts, 'attempts', m.attempts,
            'lines', (SELECT string_agg(concat_ws(': ', CASE WHEN a ->> 'shop_name' <> '' THEN
                format('%s (%s)', a ->> 'shop_name', a ->> 'shop_id') ELSE a ->> 'shop_id' END,
                CASE WHEN m.what <> 'end' THEN left(a ->> 'text', 160) END), E'\\n' ORDER BY place)
              FROM jsonb_array_elements(CASE WHEN m.what <> 'digest' THEN m.content END) WITH ORDINALITY AS l (a, place)
              WHERE m.what <> 'end' OR a ->> 'shop_id' IS NOT NULL)",
            "m.content"
        ),
        ")::text FROM claimed m JOIN apishopee_ads_alert_sinks s ON s.id = m.sink_id"
    ),
};

/// Takes messages that are due, at most one a sink. Another caller gets one of them only when `lost_seconds` have gone by.
///
/// # Errors
/// What the database reports.
pub async fn claim(db: &impl Db, most: i64, lost_seconds: f64) -> Result<Vec<Due>, DbError> {
    many(db, &CLAIM, &[Param::I64(most), Param::F64(lost_seconds)]).await
}

const TEST: Statement = Statement {
    name: "sink_messages.test",
    sql: concat!(
        "-- sink_messages.test
        SELECT jsonb_build_object(",
        due_columns!("'id', $2, 'what', 'test', 'alerts', 0, 'attempts', 1", "'[]'"),
        ")::text FROM apishopee_ads_alert_sinks s WHERE s.id = $1::uuid"
    ),
};

/// A message that tells only that the sink works; it is stored nowhere. `None` if there is no such sink.
///
/// # Errors
/// What the database reports.
pub async fn test(db: &impl Db, sink_id: &str, message_id: &str) -> Result<Option<Due>, DbError> {
    if !is_uuid(sink_id) {
        return Ok(None);
    }
    first(db, &TEST, &[Param::Text(sink_id), Param::Text(message_id)]).await
}

const SETTLE: Statement = Statement {
    name: "sink_messages.settle",
    sql: "-- sink_messages.settle
        -- $1 sink, $2 message, $3 why it failed, $4 seconds until the next attempt, $5 seconds after which none is made
        WITH settled AS (
          UPDATE apishopee_ads_alert_messages
          SET sent_at = CASE WHEN $3 IS NULL THEN now() END, last_error = coalesce($3, last_error),
            next_at = now() + make_interval(secs => $4),
            given_up_at = CASE WHEN $3 IS NOT NULL AND made_at < now() - make_interval(secs => $5) THEN now() END
          WHERE id = $2::uuid AND sent_at IS NULL
        ), noted AS (
          UPDATE apishopee_ads_alert_sinks
          SET failing_since = CASE WHEN $3 IS NOT NULL THEN coalesce(failing_since, now()) END,
            last_error = coalesce($3, last_error), last_sent_at = CASE WHEN $3 IS NULL THEN now() ELSE last_sent_at END
          WHERE id = $1::uuid
        )
        SELECT 'true'",
};

/// Notes what became of a message: it arrived (`None`), or why not and in how many seconds it is tried again, unless it is older
/// than `oldest_seconds`. A test message changes only what is known of its sink.
///
/// # Errors
/// What the database reports.
pub async fn settle(
    db: &impl Db,
    due: &Due,
    failure: Option<(&str, i64)>,
    oldest_seconds: i64,
) -> Result<(), DbError> {
    let (reason, seconds) = failure.unzip();
    let reason = reason.map(clean);
    let values = [
        Param::Text(&due.sink_id),
        Param::Text(&due.id),
        Param::OptText(reason.as_deref()),
        Param::F64(seconds.unwrap_or_default() as f64),
        Param::F64(oldest_seconds as f64),
    ];
    one::<bool>(db, &SETTLE, &values).await.map(drop)
}

const FAILING: Statement = Statement {
    name: "sink_messages.failing",
    sql: "-- sink_messages.failing
        SELECT coalesce(to_jsonb((SELECT string_agg(format('%s: %s', name, left(last_error, 200)), '; ' ORDER BY name)
          FROM apishopee_ads_alert_sinks WHERE enabled AND failing_since < now() - make_interval(secs => $1))), 'null')::text",
};

/// The sinks whose messages have failed for so many seconds, and why; `None`: all are well.
///
/// # Errors
/// What the database reports.
pub async fn failing(db: &impl Db, seconds: f64) -> Result<Option<String>, DbError> {
    one(db, &FAILING, &[Param::F64(seconds)]).await
}
