//! What `GET /v1/doctor` asks the database: about the server, and about the work that its tables show.

use crate::{Db, DbError, Param, Statement, cron_ticks::CronTick, decode::one};
use serde::Deserialize;

/// The server and the connected role. Readable without any table of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Server {
    /// For people, for example `17.2`.
    pub version: String,
    /// `server_version_num`.
    pub number: i32,
    /// The database's encoding.
    pub encoding: String,
    /// Nothing can be written to it.
    pub is_standby: bool,
    /// Its clock, unix milliseconds.
    pub now_ms: i64,
    /// Tables of ours that the connected role may not read or write.
    pub forbidden: Vec<String>,
    /// Regions whose time zone the server does not know.
    pub regions_without_zone: Vec<String>,
    /// The server's time zones are from before Mexico gave up summer time (2022).
    pub zones_are_old: bool,
}

// The zone's name comes from a row, since one that is unknown as a constant would be an error of the whole statement.
const SERVER: Statement = Statement {
    name: "doctor.server",
    sql: "-- doctor.server
        WITH zones AS MATERIALIZED (SELECT name FROM pg_timezone_names)
        SELECT jsonb_build_object('version', split_part(current_setting('server_version'), ' ', 1),
          'number', current_setting('server_version_num')::int, 'encoding', current_setting('server_encoding'),
          'is_standby', pg_is_in_recovery(), 'now_ms', floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
          'forbidden', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]')
            FROM unnest(string_to_array($1, ' ')) AS name, to_regclass(name) AS ours
            WHERE NOT (has_table_privilege(ours, 'SELECT') AND (name = ANY (string_to_array($2, ' '))
              OR (has_table_privilege(ours, 'INSERT') AND has_table_privilege(ours, 'UPDATE'))))),
          'regions_without_zone', (SELECT coalesce(jsonb_agg(region ORDER BY region), '[]')
            FROM unnest(string_to_array($3, ' ')) AS region
            WHERE NOT EXISTS (SELECT FROM zones z WHERE z.name = ads_region_time_zone(region))),
          'zones_are_old', EXISTS (SELECT FROM zones z WHERE z.name = 'America/Mexico_City'
            AND timezone(z.name, timestamptz '2026-07-01 12:00:00+00') <> timestamp '2026-07-01 06:00:00'))::text",
};

/// Tables into which only triggers, migrations or the log's own function write.
const READ_ONLY: &str = "refinery_schema_history apishopee_ads_campaign_changes apishopee_ads_budget_changes apishopee_ads_audit_log";

/// Reads the state of the server. `regions` are all markets, separated by spaces.
///
/// # Errors
/// What the database reports.
pub async fn server(db: &impl Db, regions: &str) -> Result<Server, DbError> {
    let values = [Param::Text(crate::health::TABLES), Param::Text(READ_ONLY), Param::Text(regions)];
    one(db, &SERVER, &values).await
}

/// Some shops: how many, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Shops {
    /// How many there are.
    pub count: i64,
    /// Up to five of them.
    pub first: Vec<i64>,
}

/// What waits for a queue's consumers, and whether they have done anything meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Backlog {
    /// Jobs, runs or shops that have waited for longer than they should.
    pub waiting: i64,
    /// Something of the kind was done meanwhile.
    pub moves: bool,
}

/// What the tables show of the work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Work {
    /// The server's clock, unix milliseconds.
    pub now_ms: i64,
    /// The ticks of the schedules.
    pub ticks: Vec<CronTick>,
    /// Jobs that were handed out, and that no run has taken.
    pub start: Backlog,
    /// Runs that are neither waiting nor getting on.
    pub chunk: Backlog,
    /// Shops whose budgets were neither looked at nor reported about since the tick before the last.
    pub budget: Backlog,
    /// Any shop.
    pub shop: Option<i64>,
    /// Partner apps of shops, up to four.
    pub apps: Vec<i64>,
    /// Shops whose row names no partner app with its key.
    pub without_app: i64,
    /// Shops without tokens.
    pub tokenless: Shops,
    /// Shops whose tokens Shopee refuses for good.
    pub reconsent: Shops,
    /// Shops whose consent is over.
    pub ended: Shops,
    /// Shops whose consent ends within a week.
    pub ending: Shops,
    /// Ids of the keys that have sealed what is stored.
    pub key_ids: Vec<String>,
    /// Dead letters that nobody has replayed.
    pub letters: i64,
    /// Of these, something is still to be done.
    pub letters_matter: bool,
    /// Kinds of open critical alerts.
    pub critical: Vec<String>,
    /// Their number.
    pub critical_count: i64,
}

macro_rules! shops {
    ($name:literal, $condition:literal) => {
        concat!(
            "'",
            $name,
            "', (SELECT jsonb_build_object('count', count(*), \
             'first', coalesce(to_jsonb((array_agg(s.shop_id ORDER BY s.shop_id))[1:5]), '[]')) \
             FROM apishopee_shops s WHERE s.disabled_at IS NULL AND (",
            $condition,
            ")), "
        )
    };
}

const WORK: Statement = Statement {
    name: "doctor.work",
    sql: concat!(
        "-- doctor.work
        SELECT jsonb_build_object('now_ms', ads_unix_ms(now()),
          'ticks', (SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object(
              'watched_since_ms', coalesce(ads_unix_ms(t.watched_since), 0), 'last_at_ms', ads_unix_ms(t.last_at),
              'last_error_at_ms', ads_unix_ms(t.last_error_at))), '[]') FROM apishopee_ads_cron_ticks t),
          'start', (SELECT jsonb_build_object('waiting', count(*), 'moves', EXISTS (
              SELECT FROM apishopee_ads_sync_runs r WHERE r.started_at > now() - interval '5 minutes'))
            FROM apishopee_ads_sync_queue q
            WHERE q.status = 'processing' AND q.is_chunk IS NOT TRUE AND q.generation IS NULL
              AND q.started_at < now() - interval '5 minutes'),
          'chunk', (SELECT jsonb_build_object('waiting', count(*) FILTER (WHERE w.at < now() - interval '10 minutes'),
              'moves', coalesce(max(w.at) > now() - interval '10 minutes', false) OR EXISTS (
                SELECT FROM apishopee_ads_sync_runs r WHERE r.ended_at > now() - interval '10 minutes'))
            FROM (SELECT coalesce(p.last_chunk_at, p.started_at, p.updated_at) AS at FROM apishopee_ads_sync_progress p
              WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance') AND p.generation > 0
                AND p.run_kind IS DISTINCT FROM 'manual' AND (p.waiting_until > now()) IS NOT TRUE) w),
          'budget', (SELECT jsonb_build_object('waiting', count(*) FILTER (WHERE (b.at > t.last_at - interval '35 minutes') IS NOT TRUE),
              'moves', coalesce(bool_or(b.at > t.last_at - interval '35 minutes'), false))
            FROM (SELECT s.shop_id, greatest(l.looked_at, (SELECT max(a.last_seen_at) FROM apishopee_ads_alerts a
                WHERE a.kind = 'budget_failed' AND a.shop_id = s.shop_id AND a.resolved_at IS NULL)) AS at
              FROM apishopee_shops s
              LEFT JOIN apishopee_ads_budget_leases l USING (shop_id)
              WHERE s.token_state = 'ok' AND s.disabled_at IS NULL AND s.region IS NOT NULL AND EXISTS (
                SELECT FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id AND b.is_active
                  AND b.created_at < now() - interval '75 minutes')) b
            JOIN apishopee_ads_cron_ticks t ON t.cron = 'ads-budget-scheduler' AND t.last_at < now() - interval '2 minutes'),
          'shop', (SELECT min(shop_id) FROM apishopee_shops),
          'apps', (SELECT coalesce(jsonb_agg(a.app), '[]') FROM (SELECT DISTINCT partner_id AS app FROM apishopee_shops
            WHERE partner_id IS NOT NULL ORDER BY 1 LIMIT 4) a),
          'without_app', (SELECT count(*) FROM apishopee_shops s
            WHERE s.partner_id IS NULL OR btrim(coalesce(s.partner_key, '')) = ''), ",
        shops!("tokenless", "btrim(coalesce(s.access_token, '')) = '' AND btrim(coalesce(s.refresh_token, '')) = ''"),
        shops!("reconsent", "s.token_state <> 'ok'"),
        shops!("ended", "s.token_state = 'ok' AND s.authorized_until < now()"),
        shops!(
            "ending",
            "s.token_state = 'ok' AND s.authorized_until >= now() AND s.authorized_until < now() + interval '7 days'"
        ),
        "'key_ids', (SELECT coalesce(jsonb_agg(DISTINCT split_part(t.stored, '.', 2)), '[]') FROM (
            SELECT unnest(ARRAY[btrim(s.access_token), btrim(s.refresh_token), btrim(s.partner_key)]) AS stored
            FROM apishopee_shops s
            UNION ALL SELECT sealed FROM apishopee_ads_alert_sinks) t
            WHERE starts_with(t.stored, 'enc.')),
          'letters', (SELECT count(*) FROM apishopee_ads_dead_letters WHERE replayed_at IS NULL),
          'letters_matter', EXISTS (SELECT FROM apishopee_ads_alerts WHERE kind = 'dead_letters' AND resolved_at IS NULL),
          'critical', (SELECT coalesce(jsonb_agg(DISTINCT kind), '[]') FROM apishopee_ads_alerts
            WHERE severity = 'critical' AND resolved_at IS NULL),
          'critical_count', (SELECT count(*) FROM apishopee_ads_alerts
            WHERE severity = 'critical' AND resolved_at IS NULL))::text"
    ),
};

/// Reads what the tables show of the work.
///
/// # Errors
/// What the database reports.
pub async fn work(db: &impl Db) -> Result<Work, DbError> {
    one(db, &WORK, &[]).await
}
