//! `apishopee_ads_audit_log`: who did what by hand, and what it changed.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, json_text, many, one},
};
use api::audit::AuditLogEntry;
use serde_json::Value;

/// An action of a person. Holds no secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Who.
    pub actor: String,
    /// What, for example `run.cancel`.
    pub action: String,
    /// The shop, if it was about one.
    pub shop_id: Option<i64>,
    /// What it was done to, for example a run or a dead letter.
    pub subject: Option<String>,
    /// The state before; null if that is of no interest.
    pub before: Value,
    /// The state afterwards; null if that is of no interest.
    pub after: Value,
}

const RECORD: Statement = Statement {
    name: "audit.record",
    sql: "-- audit.record
        WITH recorded AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject, before, after)
          VALUES ($1, $2, $3, $4, nullif($5::jsonb, 'null'), nullif($6::jsonb, 'null'))
        )
        SELECT 'true'",
};

/// Writes an entry. If repeated after an unknown outcome, it may be stored twice, which is better than not at all.
///
/// # Errors
/// What the database reports.
pub async fn record(db: &impl Db, entry: &AuditEntry) -> Result<(), DbError> {
    let (before, after) = (json_text(&entry.before)?, json_text(&entry.after)?);
    let (actor, action, subject) =
        (clean(&entry.actor), clean(&entry.action), entry.subject.as_deref().map(clean));
    let values = [
        Param::Text(&actor),
        Param::Text(&action),
        Param::OptI64(entry.shop_id),
        Param::OptText(subject.as_deref()),
        Param::Text(&before),
        Param::Text(&after),
    ];
    one::<bool>(db, &RECORD, &values).await.map(|_| ())
}

const LIST: Statement = Statement {
    name: "audit.list",
    sql: "-- audit.list
        -- $1 shop, $2 actor, $3 action, $4 from, $5 before, $6 maximum number of rows
        SELECT (to_jsonb(l) || jsonb_build_object('at_ms', ads_unix_ms(l.at)))::text
        FROM (
          SELECT * FROM apishopee_ads_audit_log
          WHERE ($1 IS NULL OR shop_id = $1) AND ($2 IS NULL OR actor = $2)
            AND ($3 IS NULL OR action = $3 OR starts_with(action, $3 || '.'))
            AND ads_unix_ms(at) >= coalesce($4, -9223372036854775808)
            AND ads_unix_ms(at) < coalesce($5, 9223372036854775807)
          ORDER BY ads_unix_ms(at) DESC FETCH FIRST ($6) ROWS WITH TIES
        ) l ORDER BY l.at DESC, l.id",
};

/// Which entries to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this shop.
    pub shop_id: Option<i64>,
    /// By this actor.
    pub actor: Option<String>,
    /// This action, for example `run.cancel`, or all of a thing, for example `run`.
    pub action: Option<String>,
    /// Not before this time, unix milliseconds.
    pub from_ms: Option<i64>,
    /// Before this time, unix milliseconds.
    pub to_ms: Option<i64>,
}

/// Entries, newest first: about `limit` of them, before `before_ms` if given. More than `limit` are returned if several share
/// the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<AuditLogEntry>, DbError> {
    let before = [filter.to_ms, before_ms].into_iter().flatten().min();
    let values = [
        Param::OptI64(filter.shop_id),
        Param::OptText(filter.actor.as_deref()),
        Param::OptText(filter.action.as_deref()),
        Param::OptI64(filter.from_ms),
        Param::OptI64(before),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}
