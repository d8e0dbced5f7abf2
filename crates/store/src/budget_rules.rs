//! `apishopee_ads_budget_rules`: guard rails of the deployment, of a region and of a shop.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, json_text, many, one},
};
use api::budget::rules::Rules;
use serde::Deserialize;
use serde_json::Value;

macro_rules! rules_json {
    ($row:literal) => {
        concat!(
            "(to_jsonb(",
            $row,
            ") || jsonb_build_object('updated_at_ms', ads_unix_ms(",
            $row,
            ".updated_at), 'floor', ",
            $row,
            ".floor::text, 'ceiling', ",
            $row,
            ".ceiling::text, 'shop_daily_total', ",
            $row,
            ".shop_daily_total::text))::text"
        )
    };
}

const LIST: Statement = Statement {
    name: "budget_rules.list",
    sql: concat!(
        "-- budget_rules.list
        SELECT ",
        rules_json!("r"),
        " FROM (
          SELECT * FROM apishopee_ads_budget_rules WHERE shop_id > coalesce($1, -1)
          ORDER BY shop_id FETCH FIRST ($2) ROWS WITH TIES
        ) r ORDER BY r.shop_id, r.region"
    ),
};

/// Rules by shop, those of the deployment and of its regions first: about `limit` of them, of shops after `after_shop`.
///
/// # Errors
/// What the database reports.
pub async fn list(db: &impl Db, after_shop: Option<i64>, limit: i32) -> Result<Vec<Rules>, DbError> {
    many(db, &LIST, &[Param::OptI64(after_shop), Param::I64(limit.into())]).await
}

const GET: Statement = Statement {
    name: "budget_rules.get",
    sql: concat!(
        "-- budget_rules.get
        SELECT ",
        rules_json!("r"),
        " FROM apishopee_ads_budget_rules r WHERE r.shop_id = 0 AND r.region = $1"
    ),
};

/// The row of a region, or that of the deployment if it is empty.
///
/// # Errors
/// What the database reports.
pub async fn of_region(db: &impl Db, region: &str) -> Result<Option<Rules>, DbError> {
    first(db, &GET, &[Param::Text(&clean(region))]).await
}

/// The rules that apply to a shop.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct InForce {
    /// The shop's market; empty if it is not known.
    pub region: String,
    /// The version of the shop's own row; 0 if it has none.
    pub version: i64,
    /// `deployment` and `shop`: the fields of `RailsOverride`.
    pub rules: Value,
}

const IN_FORCE: Statement = Statement {
    name: "budget_rules.in_force",
    sql: "-- budget_rules.in_force
        SELECT jsonb_build_object('region', coalesce(upper(trim(s.region)), ''), 'rules', ads_budget_rules(s.shop_id) - 'region',
          'version', coalesce((SELECT r.version FROM apishopee_ads_budget_rules r
            WHERE r.shop_id = s.shop_id AND r.region = ''), 0))::text
        FROM apishopee_shops s WHERE s.shop_id = $1",
};

/// The rules that apply to a shop; `None` if it is unknown.
///
/// # Errors
/// What the database reports.
pub async fn in_force(db: &impl Db, shop_id: i64) -> Result<Option<InForce>, DbError> {
    first(db, &IN_FORCE, &[Param::I64(shop_id)]).await
}

const PUT: Statement = Statement {
    name: "budget_rules.put",
    sql: concat!(
        "-- budget_rules.put
        -- $1 rules, $2 actor, $3 allowed versions of the row; 0 means no row, and 'null' any row. A switch that is not given
        -- keeps its value.
        WITH wanted AS (
          SELECT * FROM jsonb_to_record($1::jsonb) AS w (shop_id bigint, region text, floor numeric, ceiling numeric,
            change_percent_tick integer, change_percent_day integer, shop_daily_total numeric, enabled boolean, dry_run boolean,
            allow_unlimited boolean, restore_over_hands boolean)
        ), before AS (
          SELECT b.* FROM apishopee_ads_budget_rules b JOIN wanted w USING (shop_id, region) FOR UPDATE OF b
        ), put AS (
          INSERT INTO apishopee_ads_budget_rules AS r (shop_id, region, floor, ceiling, change_percent_tick,
            change_percent_day, shop_daily_total, enabled, dry_run, allow_unlimited, restore_over_hands,
            updated_at, updated_by)
          SELECT w.*, now(), $2 FROM wanted w LEFT JOIN before ON true
          WHERE $3::jsonb @> to_jsonb(coalesce(before.version, 0)) OR ($3::jsonb = 'null' AND before.version IS NOT NULL)
          ON CONFLICT (shop_id, region) DO UPDATE SET floor = EXCLUDED.floor, ceiling = EXCLUDED.ceiling,
            change_percent_tick = EXCLUDED.change_percent_tick, change_percent_day = EXCLUDED.change_percent_day,
            shop_daily_total = EXCLUDED.shop_daily_total, enabled = coalesce(EXCLUDED.enabled, r.enabled),
            dry_run = coalesce(EXCLUDED.dry_run, r.dry_run), allow_unlimited = EXCLUDED.allow_unlimited,
            restore_over_hands = EXCLUDED.restore_over_hands,
            updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by
          -- A row inserted meanwhile is not the one that the caller has read.
          WHERE r.version = (SELECT before.version FROM before)
          RETURNING r.*
        ), audited AS (
          INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before, after)
          SELECT now(), $2, 'budget_rules.put', nullif(p.shop_id, 0), nullif(p.region, ''),
            (SELECT to_jsonb(before) FROM before), to_jsonb(p) FROM put p
        )
        SELECT ",
        rules_json!("p"),
        " FROM put p"
    ),
};

/// Replaces a row if it has one of these `versions`; 0 stands for a missing row, `None` for any existing one. A switch, `enabled`
/// or `dry_run`, that `rules` does not give keeps its value. Returns what is stored; `None`: nothing was stored, since the row
/// has another version.
///
/// # Errors
/// What the database reports; it may be stored then.
pub async fn put(
    db: &impl Db,
    rules: &Rules,
    versions: Option<&[i64]>,
    actor: &str,
) -> Result<Option<Rules>, DbError> {
    let (rules, versions) = (json_text(rules)?, json_text(&versions)?);
    first(db, &PUT, &[Param::Text(&rules), Param::Text(&clean(actor)), Param::Text(&versions)]).await
}

const STOP: Statement = Statement {
    name: "budget_rules.stop",
    sql: concat!(
        "-- budget_rules.stop
        -- $1 shop or 0, $2 actor. The other rules keep their values.
        WITH before AS (
          SELECT * FROM apishopee_ads_budget_rules WHERE shop_id = $1 AND region = '' FOR UPDATE
        ), stopped AS (
          INSERT INTO apishopee_ads_budget_rules AS r (shop_id, region, enabled, updated_at, updated_by)
          SELECT $1, '', false, now(), $2 FROM (SELECT) AS one LEFT JOIN before ON true
          ON CONFLICT (shop_id, region) DO UPDATE SET enabled = false, updated_at = EXCLUDED.updated_at,
            updated_by = EXCLUDED.updated_by
          RETURNING r.*
        ), audited AS (
          INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, before, after)
          SELECT now(), $2, 'budget_rules.stop', nullif(s.shop_id, 0), (SELECT to_jsonb(before) FROM before), to_jsonb(s)
          FROM stopped s
        )
        SELECT ",
        rules_json!("s"),
        " FROM stopped s"
    ),
};

/// Sets the kill switch of a shop, or of the deployment (0). Returns what is stored.
///
/// # Errors
/// What the database reports; it may be stored then.
pub async fn stop(db: &impl Db, shop_id: i64, actor: &str) -> Result<Rules, DbError> {
    one(db, &STOP, &[Param::I64(shop_id), Param::Text(&clean(actor))]).await
}
