//! Behaviour that changes with the take-over: runs in progress, budget schedules, and the retention of hourly figures.

use super::{catalog::Catalog, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

#[derive(Deserialize)]
struct Runs {
    active: i64,
    silent: i64,
}

const RUNS: &str = "
    SELECT jsonb_build_object('active', count(*), 'silent', count(*) FILTER (WHERE
      coalesce((j ->> 'last_chunk_at')::timestamptz, (j ->> 'started_at')::timestamptz, '-infinity')
        < now() - interval '30 minutes'))::text
    FROM apishopee_ads_sync_progress p CROSS JOIN LATERAL to_jsonb(p) AS j
    WHERE j ->> 'sync_stage' IN ('syncing_campaigns', 'syncing_performance')";

const BUDGETS: &str = "
    SELECT to_jsonb(count(*))::text FROM apishopee_scheduled_ads_budget b CROSS JOIN LATERAL to_jsonb(b) AS j
    WHERE coalesce((j ->> 'is_active')::boolean, true)";

/// Counts of hourly rows beyond the default retention of 90 days.
const EXPIRED_HOURLY_ROWS: [(&str, &str); 2] = [
    (
        "apishopee_ads_performance_hourly",
        "SELECT to_jsonb(count(*))::text FROM apishopee_ads_performance_hourly
         WHERE performance_date < (now() AT TIME ZONE 'UTC')::date - 90",
    ),
    (
        "apishopee_ads_shop_performance_hourly",
        "SELECT to_jsonb(count(*))::text FROM apishopee_ads_shop_performance_hourly
         WHERE performance_date < (now() AT TIME ZONE 'UTC')::date - 90",
    ),
];

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("What goes another way");
    if catalog.has("apishopee_ads_sync_progress") {
        let Runs { active, silent } = query::one(db, RUNS, &[]).await?;
        if active > 0 {
            section.info(format!(
                "syncs in progress: {active}, without a sign for 30 minutes: {silent}; the shop's next sync takes its row over, \
                 or the stuck clean-up fails it with the reason"
            ));
        }
    }
    if catalog.has("apishopee_scheduled_ads_budget") {
        let active: i64 = query::one(db, BUDGETS, &[]).await?;
        if active > 0 {
            section.warn(
                format!("active budget schedules: {active}; those whose slots are open are applied from the first tick on"),
                "slots are in each shop's own time, where the incumbent took Vietnam's for all; to look first: INSERT INTO \
                 apishopee_ads_budget_rules (dry_run) VALUES (true), and read apishopee_ads_budget_logs",
            );
        }
    }
    for (table, old) in EXPIRED_HOURLY_ROWS {
        if catalog.column(table, "performance_date").is_some() {
            let rows: i64 = query::one(db, old, &[]).await?;
            if rows > 0 {
                section.warn(
                    format!("{rows} rows of {table} are older than 90 days: the first night deletes them"),
                    "to keep them, after the migrations: UPDATE apishopee_ads_sync_settings SET keep_hourly_days = 3650 \
                     WHERE shop_id = 0;",
                );
            }
        }
    }
    if section.findings.is_empty() {
        section.info("nothing");
    }
    Ok(section)
}
