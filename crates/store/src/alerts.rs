//! `apishopee_ads_alerts`: what needs somebody's attention. At most one is open per kind and shop.

use crate::{
    Db, DbError, Param, Statement,
    alert_kind::{AlertKind, Severity},
    decode::{clean, json_text, many, one},
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

const LIST: Statement = Statement {
    name: "alerts.list",
    sql: "-- alerts.list
        SELECT (to_jsonb(a) || jsonb_build_object('first_seen_at_ms', ads_unix_ms(a.first_seen_at),
          'last_seen_at_ms', ads_unix_ms(a.last_seen_at), 'resolved_at_ms', ads_unix_ms(a.resolved_at)))::text
        FROM (
          SELECT * FROM apishopee_ads_alerts
          WHERE ($1 IS FALSE OR resolved_at IS NULL)
            AND ads_unix_ms(first_seen_at) < coalesce($2, 9223372036854775807)
          ORDER BY ads_unix_ms(first_seen_at) DESC FETCH FIRST ($3) ROWS WITH TIES
        ) a ORDER BY a.first_seen_at DESC, a.id",
};

/// Alerts, most recently opened first: about `limit` of them, before `before_ms` (of `first_seen_at_ms`) if given. More than
/// `limit` are returned if several share the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    open_only: bool,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<Alert>, DbError> {
    many(db, &LIST, &[Param::Bool(open_only), Param::OptI64(before_ms), Param::I64(limit.into())]).await
}
