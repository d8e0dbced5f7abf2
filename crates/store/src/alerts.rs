//! `apishopee_ads_alerts`: what needs somebody's attention. At most one is open per kind and shop.

use crate::{
    Db, DbError, Param, Statement,
    alert_kind::{AlertKind, Severity},
    decode::{clean, first, is_uuid, json_text, many, one},
};
use api::alert::Alert;
use serde::Serialize;

const RAISE: Statement = Statement {
    name: "alerts.raise",
    sql: "-- alerts.raise
        WITH raised AS (
          INSERT INTO apishopee_ads_alerts AS old (kind, shop_id, severity, text) VALUES ($1, $2, $3, $4)
          ON CONFLICT (kind, coalesce(shop_id, 0)) WHERE resolved_at IS NULL DO UPDATE
          SET severity = EXCLUDED.severity, text = EXCLUDED.text, last_seen_at = now(),
            seen_count = least(old.seen_count, 2147483646) + 1
          RETURNING to_jsonb(seen_count = 1)::text AS is_new
        )
        SELECT is_new FROM raised",
};

/// Opens the alert of a kind and shop (`None`: the whole deployment), or counts it again if it is open. True: this call
/// opened it.
///
/// # Errors
/// What the database reports.
pub async fn raise(db: &impl Db, kind: AlertKind, shop_id: Option<i64>, text: &str) -> Result<bool, DbError> {
    raise_as(db, kind, shop_id, kind.severity(), text).await
}

/// As [`raise`], with a severity of its own.
///
/// # Errors
/// What the database reports.
pub async fn raise_as(
    db: &impl Db,
    kind: AlertKind,
    shop_id: Option<i64>,
    severity: Severity,
    text: &str,
) -> Result<bool, DbError> {
    let text = clean(text);
    let values = [
        Param::Text(kind.as_str()),
        Param::OptI64(shop_id),
        Param::Text(severity.as_str()),
        Param::Text(&text),
    ];
    one(db, &RAISE, &values).await
}

const RESOLVE: Statement = Statement {
    name: "alerts.resolve",
    sql: "-- alerts.resolve
        WITH resolved AS (
          UPDATE apishopee_ads_alerts SET resolved_at = now()
          WHERE kind = $1 AND coalesce(shop_id, 0) = coalesce($2, 0) AND resolved_at IS NULL
          RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM resolved))::text",
};

/// Closes the open alert of a kind and shop (`None`: the whole deployment). True: there was one.
///
/// # Errors
/// What the database reports.
pub async fn resolve(db: &impl Db, kind: AlertKind, shop_id: Option<i64>) -> Result<bool, DbError> {
    one(db, &RESOLVE, &[Param::Text(kind.as_str()), Param::OptI64(shop_id)]).await
}

/// The result of checking one kind of alert of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The alert's kind.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: Severity,
    /// Text for people; `None`: nothing is wrong any more.
    pub text: Option<String>,
}

impl Finding {
    /// Of the kind's own severity.
    #[must_use]
    pub fn new(kind: AlertKind, text: Option<String>) -> Self {
        Self { kind, severity: kind.severity(), text }
    }
}

const SETTLE: Statement = Statement {
    name: "alerts.settle",
    sql: "-- alerts.settle
        WITH told AS MATERIALIZED (
          SELECT t.* FROM jsonb_to_recordset($2::jsonb) AS t (kind text, severity text, text text)
        ), raised AS (
          INSERT INTO apishopee_ads_alerts AS old (kind, shop_id, severity, text)
          SELECT t.kind, $1, t.severity, t.text FROM told t WHERE t.text IS NOT NULL
          ON CONFLICT (kind, coalesce(shop_id, 0)) WHERE resolved_at IS NULL DO UPDATE
          SET severity = EXCLUDED.severity, text = EXCLUDED.text, last_seen_at = now(),
            seen_count = least(old.seen_count, 2147483646) + 1
        ), resolved AS (
          UPDATE apishopee_ads_alerts a SET resolved_at = now()
          FROM told t
          WHERE t.text IS NULL AND a.kind = t.kind AND coalesce(a.shop_id, 0) = $1 AND a.resolved_at IS NULL
        )
        SELECT to_jsonb(true)::text",
};

/// Opens or closes several alerts of a shop, each kind given once. Idempotent.
///
/// # Errors
/// What the database reports.
pub async fn settle(db: &impl Db, shop_id: i64, findings: &[Finding]) -> Result<(), DbError> {
    let clean = |finding: &Finding| Finding {
        text: finding.text.as_deref().map(|text| clean(text).into()),
        ..finding.clone()
    };
    let findings = json_text(&findings.iter().map(clean).collect::<Vec<_>>())?;
    one(db, &SETTLE, &[Param::I64(shop_id), Param::Text(&findings)]).await.map(|_: bool| ())
}

/// An alert as JSON, as text.
macro_rules! alert_json {
    () => {
        "(to_jsonb(a) || jsonb_build_object('first_seen_at_ms', ads_unix_ms(a.first_seen_at), 'last_seen_at_ms', \
         ads_unix_ms(a.last_seen_at), 'resolved_at_ms', ads_unix_ms(a.resolved_at), 'acknowledged_at_ms', \
         ads_unix_ms(a.acknowledged_at), 'muted_until_ms', ads_unix_ms(a.muted_until)))"
    };
}

const LIST: Statement = Statement {
    name: "alerts.list",
    sql: concat!(
        "-- alerts.list
        -- $1 open ones only, $2 kind, $3 severity, $4 shop, $5 before, $6 maximum number of rows
        SELECT ",
        alert_json!(),
        "::text FROM (
          SELECT * FROM apishopee_ads_alerts
          WHERE ($1 IS FALSE OR resolved_at IS NULL) AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR severity = $3)
            AND ($4 IS NULL OR shop_id = $4) AND ads_unix_ms(first_seen_at) < coalesce($5, 9223372036854775807)
          ORDER BY ads_unix_ms(first_seen_at) DESC FETCH FIRST ($6) ROWS WITH TIES
        ) a ORDER BY a.first_seen_at DESC, a.id"
    ),
};

/// Which alerts to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Without those that are closed.
    pub open_only: bool,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this severity.
    pub severity: Option<String>,
    /// Of this shop.
    pub shop_id: Option<i64>,
}

/// Alerts, most recently opened first: about `limit` of them, before `before_ms` (of `first_seen_at_ms`) if given. More than
/// `limit` are returned if several share the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<Alert>, DbError> {
    let values = [
        Param::Bool(filter.open_only),
        Param::OptText(filter.kind.as_deref()),
        Param::OptText(filter.severity.as_deref()),
        Param::OptI64(filter.shop_id),
        Param::OptI64(before_ms),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}

const ACKNOWLEDGE: Statement = Statement {
    name: "alerts.acknowledge",
    sql: concat!(
        "-- alerts.acknowledge
        WITH changed AS (
          UPDATE apishopee_ads_alerts SET acknowledged_at = coalesce(acknowledged_at, now()),
            acknowledged_by = coalesce(acknowledged_by, $2)
          WHERE id = $1::uuid AND resolved_at IS NULL
          RETURNING *
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject)
          SELECT $2, 'alert.acknowledge', shop_id, id::text FROM changed
        )
        SELECT ",
        alert_json!(),
        "::text FROM (
          SELECT * FROM changed
          UNION ALL SELECT * FROM apishopee_ads_alerts WHERE id = $1::uuid AND resolved_at IS NOT NULL
        ) a"
    ),
};

/// Notes who has seen an open alert first. A closed one is returned as it is; `None` if there is no such alert.
///
/// # Errors
/// What the database reports.
pub async fn acknowledge(db: &impl Db, id: &str, by: &str) -> Result<Option<Alert>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &ACKNOWLEDGE, &[Param::Text(id), Param::Text(&clean(by))]).await
}

const MUTE: Statement = Statement {
    name: "alerts.mute",
    sql: concat!(
        "-- alerts.mute
        WITH changed AS (
          UPDATE apishopee_ads_alerts
          SET muted_until = CASE WHEN $3 > 0 THEN now() + make_interval(mins => $3::int4) END
          WHERE id = $1::uuid AND resolved_at IS NULL
          RETURNING *
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject, after)
          SELECT $2, 'alert.mute', shop_id, id::text, jsonb_build_object('minutes', $3) FROM changed
        )
        SELECT ",
        alert_json!(),
        "::text FROM (
          SELECT * FROM changed
          UNION ALL SELECT * FROM apishopee_ads_alerts WHERE id = $1::uuid AND resolved_at IS NOT NULL
        ) a"
    ),
};

/// Mutes an open alert for so many minutes, or lets it speak again (0). As for [`acknowledge`].
///
/// # Errors
/// What the database reports.
pub async fn mute(db: &impl Db, id: &str, by: &str, minutes: i64) -> Result<Option<Alert>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &MUTE, &[Param::Text(id), Param::Text(&clean(by)), Param::I64(minutes)]).await
}
