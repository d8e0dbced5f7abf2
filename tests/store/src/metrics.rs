//! Each figure of `GET /metrics`, against rows that a test has inserted.

use crate::{
    samples::shop,
    setup::{Database, at_one_moment},
};
use anyhow::{Context, Result};
use api::metrics::{METRICS, Sample};
use std::collections::BTreeSet;
use store::metrics::{self, SHOPS_MAX};

/// What is read, to be asked for one figure after another.
struct Page(Vec<Sample>);

impl Page {
    async fn read(database: &Database) -> Result<Self> {
        Ok(Self(metrics::read(&database.db).await?.samples))
    }

    fn sample(&self, name: &str, labels: &[&str]) -> Option<&Sample> {
        self.0.iter().find(|sample| sample.name == name && sample.labels == labels)
    }

    fn value(&self, name: &str, labels: &[&str]) -> Result<f64> {
        Ok(self.sample(name, labels).with_context(|| format!("no {name} {labels:?}"))?.value)
    }

    fn check(&self, expected: &[(&str, &[&str], f64)]) -> Result<()> {
        for (name, labels, value) in expected {
            assert_eq!(self.value(name, labels)?, *value, "{name} {labels:?}");
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_empty_database_has_figures_and_each_is_in_the_list() -> Result<()> {
    at_one_moment(async |database| {
        let page = Page::read(database).await?;
        for sample in &page.0 {
            let metric = METRICS.iter().find(|metric| metric.name == sample.name);
            let metric = metric.with_context(|| format!("{} is in no list", sample.name))?;
            assert_eq!(metric.labels.len(), sample.labels.len(), "{}", sample.name);
            assert_eq!(sample.buckets.len(), metric.bounds.len(), "{}", sample.name);
            assert_eq!(sample.value, 0.0, "{sample:?}");
        }
        // What has no value where there is nothing, and what is read elsewhere.
        let absent: Vec<_> = METRICS
            .iter()
            .map(|metric| metric.name)
            .filter(|name| page.0.iter().all(|sample| sample.name != *name))
            .collect();
        let expected = [
            "scrape_ok",
            "data_age_max_seconds",
            "freshness_objective_used_ratio",
            "shop_data_age_seconds",
            "shop_freshness_objective_seconds",
            "run_last_completed_timestamp_seconds",
            "alerts_open",
            "dead_letters",
            "app_held_seconds",
            "app_calls_per_second",
            "app_endpoints_closed",
        ];
        assert_eq!(absent, expected);
        Ok(())
    })
    .await
}

/// Runs: shop, generation, kind, status, seconds since the end, seconds taken, receipt.
const RUNS: &str = r#"
    INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at, receipt)
    SELECT shop, generation, kind, 'cron', status, now() - make_interval(secs => ago + took), now() - make_interval(secs => ago), receipt::jsonb
    FROM (VALUES
      (1, 1, 'realtime', 'completed', 86401, 9, '{"calls": 1000, "retries": 1000, "written": 1000}'),
      (1, 2, 'realtime', 'completed', 86399, 5, '{"calls": 7, "retries": 1, "written": 10, "unchanged": 20, "vanished": 3, "quarantined": 2, "rows_written": 44, "malformed_rows": 2, "failed_chunks": 0}'),
      (1, 3, 'realtime', 'completed', 600, 5.5, '{"calls": 5, "retries": 0, "written": 1, "unchanged": 34, "rows_written": 11}'),
      (1, 4, 'realtime', 'failed', 300, 4000, '{"calls": 13, "retries": 9, "failed_chunks": 3}'),
      (2, 1, 'backfill_full', 'cancelled', 60, 20, NULL),
      (2, 2, 'backfill_day', 'completed', 61, 15000, '[]'),
      (2, 3, 'odd "kind"', 'completed', 62, 1, '{"calls": 2}')
    ) AS r (shop, generation, kind, status, ago, took, receipt);
    INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, started_at, receipt)
    VALUES (3, 1, 'realtime', 'cron', now(), '{"calls": 4}'), (4, 1, 'realtime', 'cron', now() - interval '2 days', '{"calls": 100}')"#;

#[tokio::test]
async fn runs_of_the_last_day_are_counted_with_their_receipts() -> Result<()> {
    at_one_moment(async |database| {
        database.sql(RUNS).await?;
        let page = Page::read(database).await?;
        page.check(&[
            ("runs_24h", &["realtime", "completed"], 2.0),
            ("runs_24h", &["realtime", "failed"], 1.0),
            ("runs_24h", &["realtime", "cancelled"], 0.0),
            ("runs_24h", &["backfill_full", "cancelled"], 1.0),
            ("runs_24h", &["backfill_day", "completed"], 1.0),
            ("runs_24h", &["other", "completed"], 1.0),
            ("runs_active", &["realtime"], 2.0),
            ("runs_active", &["backfill_day"], 0.0),
            ("calls_24h", &["realtime"], 25.0),
            ("calls_24h", &["other"], 2.0),
            ("retries_24h", &["realtime"], 10.0),
            ("failed_chunks_24h", &["realtime"], 3.0),
            ("rows_written_24h", &["realtime"], 55.0),
            ("malformed_rows_24h", &["realtime"], 2.0),
            ("campaigns_24h", &["realtime", "written"], 11.0),
            ("campaigns_24h", &["realtime", "unchanged"], 54.0),
            ("campaigns_24h", &["realtime", "vanished"], 3.0),
            ("campaigns_24h", &["realtime", "quarantined"], 2.0),
            ("campaigns_24h", &["backfill_day", "written"], 0.0),
        ])?;
        let took = page.sample("run_duration_24h_seconds", &["realtime"]).context("no histogram")?;
        // 5 and 5.5 seconds: a bound belongs to its bucket.
        assert_eq!((took.value, &took.buckets[..]), (10.5, &[1, 2, 2, 2, 2, 2, 2, 2, 2, 2][..]));
        let took = page.sample("run_duration_24h_seconds", &["backfill_day"]).context("no histogram")?;
        assert_eq!((took.value, &took.buckets[..]), (15_000.0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..]));
        let last: f64 =
            database.sql("SELECT extract(epoch FROM now() - interval '600 seconds')").await?.parse()?;
        assert_eq!(page.value("run_last_completed_timestamp_seconds", &["realtime"])?, last);
        Ok(())
    })
    .await
}

/// The quota's day begins in Singapore, at any time of ours.
#[tokio::test]
async fn calls_of_the_quotas_day_are_those_of_runs_that_began_in_it() -> Result<()> {
    at_one_moment(async |database| {
        let began = |generation: i64, seconds: i64, status: &str, ended: &str| {
            format!(
                "INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at, receipt)
                 VALUES (1, {generation}, 'realtime', 'cron', '{status}',
                   (now() AT TIME ZONE 'UTC' + interval '8 hours')::date - interval '8 hours' + interval '{seconds} seconds', {ended},
                   jsonb_build_object('calls', 10 ^ {generation}))"
            )
        };
        database.sql("SET LOCAL TIME ZONE 'UTC'").await?;
        database.sql(&began(0, -1, "completed", "now()")).await?;
        database.sql(&began(1, 0, "completed", "now()")).await?;
        database.sql(&began(2, 1, "running", "NULL")).await?;
        database.sql(&began(3, -1, "running", "NULL")).await?;
        Page::read(database).await?.check(&[("calls_quota_day", &["realtime"], 110.0), ("calls_quota_day", &["other"], 0.0)])
    })
    .await
}

#[tokio::test]
async fn chunks_and_jobs_are_counted_apart() -> Result<()> {
    at_one_moment(async |database| {
        database
            .sql(
                r#"INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, status, is_chunk, stage, chunk_index, generation, completed_at, result)
                 VALUES (1, 'realtime', 'completed', true, 'campaigns', 0, 1, now() - interval '59 minutes', '{"calls": 1, "duration_ms": 500}'),
                   (1, 'realtime', 'completed', true, 'campaigns', 1, 1, now(), '{"calls": 2, "duration_ms": 501}'),
                   (1, 'realtime', 'completed', true, 'campaigns', 2, 1, now() - interval '61 minutes', '{"calls": 50, "duration_ms": 501}'),
                   (1, 'realtime', 'failed', true, 'performance', 0, 1, now(), NULL),
                   (1, 'realtime', 'completed', true, 'performance', 1, 1, now(), '{"calls": 4, "duration_ms": 61000}'),
                   (1, 'realtime', 'processing', true, 'performance', 2, 1, NULL, NULL);
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, status, scheduled_at)
                 VALUES (1, 'realtime', 'pending', now() - interval '90 seconds'), (2, 'realtime', 'pending', now() - interval '30 seconds'),
                   (3, 'backfill_day', 'pending', now() + interval '1 second'), (4, 'hourly', 'pending', now()),
                   (5, 'realtime', 'processing', now() - interval '1 hour'), (6, 'realtime', 'completed', now() - interval '1 hour')"#,
            )
            .await?;
        let page = Page::read(database).await?;
        page.check(&[
            ("chunks_1h", &["campaigns", "completed"], 2.0),
            ("chunks_1h", &["campaigns", "failed"], 0.0),
            ("chunks_1h", &["performance", "failed"], 1.0),
            ("chunks_1h", &["shop_totals", "completed"], 0.0),
            ("chunk_calls_1h", &["campaigns"], 3.0),
            ("chunk_calls_1h", &["performance"], 4.0),
            ("queue_jobs", &["realtime", "pending"], 2.0),
            ("queue_jobs", &["realtime", "processing"], 1.0),
            ("queue_jobs", &["backfill_day", "pending"], 1.0),
            ("queue_jobs", &["other", "pending"], 1.0),
            ("queue_due_jobs", &[], 3.0),
            ("queue_oldest_due_age_seconds", &[], 90.0),
        ])?;
        let took = page.sample("chunk_duration_1h_seconds", &["campaigns"]).context("no histogram")?;
        assert_eq!((took.value, &took.buckets[..]), (1.001, &[1, 2, 2, 2, 2, 2, 2, 2][..]));
        let took = page.sample("chunk_duration_1h_seconds", &["performance"]).context("no histogram")?;
        assert_eq!((took.value, &took.buckets[..]), (61.0, &[0, 0, 0, 0, 0, 0, 0, 1][..]));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn active_runs_wait_or_are_silent() -> Result<()> {
    at_one_moment(async |database| {
        let used_up = sync_core::WaitReason::all().map(|reason| reason.text()).find(|text| text.contains("get_shop_info"));
        let used_up = used_up.context("no such endpoint")?.replace('\'', "''");
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_sync_progress (shop_id, sync_stage, started_at, last_chunk_at, chunks_planned, chunks_done, waiting_reason, waiting_until)
                 VALUES (1, 'syncing_campaigns', now() - interval '9 minutes', NULL, 10, 4, NULL, NULL),
                   (2, 'syncing_performance', now() - interval '1 hour', now() - interval '10 minutes', 5, 5, 'Shopee has throttled this shop', now() - interval '1 second'),
                   (3, 'syncing_performance', now() - interval '5 hours', now() - interval '4 hours', 7, 0, 'paused by an operator', now() + interval '1 hour'),
                   (4, 'syncing_campaigns', now(), now(), 0, 0, '{used_up}', now() + interval '1 hour'),
                   (5, 'syncing_campaigns', now(), now(), 0, 0, 'of an older release', now() + interval '1 hour'),
                   (6, 'completed', now() - interval '1 day', now() - interval '1 day', 9, 0, 'paused by an operator', now() + interval '1 hour')"
            ))
            .await?;
        Page::read(database).await?.check(&[
            ("chunks_open", &[], 13.0),
            ("run_silence_max_seconds", &[], 600.0),
            ("shops_waiting", &["paused"], 1.0),
            ("shops_waiting", &["endpoint_quota"], 1.0),
            ("shops_waiting", &["other"], 1.0),
            ("shops_waiting", &["shop_throttled"], 0.0),
            ("shops_waiting", &["app_rate"], 0.0),
        ])
    })
    .await
}

/// Shops 1 to 4 can be synced, 5 has no token, 6 no consent.
async fn six_shops(database: &Database) -> Result<()> {
    for id in 1..=6 {
        shop(database, id).await?;
    }
    database
        .sql(
            "UPDATE apishopee_shops SET access_token = '' WHERE shop_id = 5;
             UPDATE apishopee_shops SET token_state = 'reconsent', authorized_until = now() + interval '1 hour' WHERE shop_id = 6;
             UPDATE apishopee_shops SET authorized_until = now() - interval '1 second', partner_id = 77 WHERE shop_id = 1;
             UPDATE apishopee_shops SET authorized_until = now() + interval '1 day', partner_id = 78 WHERE shop_id = 2;
             UPDATE apishopee_shops SET authorized_until = now() + interval '6 days', partner_id = 77 WHERE shop_id = 3;
             UPDATE apishopee_shops SET authorized_until = now() + interval '31 days' WHERE shop_id = 4;
             UPDATE apishopee_shops SET token_expires_at = now() + interval '59 minutes' WHERE shop_id IN (1, 6);
             UPDATE apishopee_shops SET token_expires_at = now() - interval '1 minute' WHERE shop_id = 2;
             UPDATE apishopee_shops SET token_expires_at = now() + interval '2 hours' WHERE shop_id = 3;
             INSERT INTO apishopee_ads_sync_settings (shop_id, freshness_minutes, idle_sync_minutes) VALUES (1, 60, 15), (2, 60, 15), (3, 40, 15);
             INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at)
             SELECT id, 1, 'realtime', 'cron', 'completed', now() - make_interval(mins => minutes), now() - make_interval(mins => minutes - 1)
             FROM (VALUES (1, 30), (2, 12), (3, 50)) AS r (id, minutes)",
        )
        .await
        .map(drop)
}

#[tokio::test]
async fn shops_are_counted_by_what_they_can_and_how_fresh_they_are() -> Result<()> {
    at_one_moment(async |database| {
        six_shops(database).await?;
        let page = Page::read(database).await?;
        page.check(&[
            ("shops", &["syncable"], 4.0),
            ("shops", &["without_token"], 1.0),
            ("shops", &["reconsent"], 1.0),
            ("shops", &["disabled"], 0.0),
            // Shop 4 was made just now, so it is not late yet.
            ("shops_fresh", &[], 3.0),
            ("shops_stale", &[], 1.0),
            ("shops_never_synced", &[], 1.0),
            ("shops_due", &[], 3.0),
            ("data_age_max_seconds", &[], 3_000.0),
            ("freshness_objective_used_ratio", &[], 1.25),
            ("consents_ending", &["1d"], 1.0),
            ("consents_ending", &["7d"], 2.0),
            ("consents_ending", &["30d"], 2.0),
            ("access_tokens_ending", &["0h"], 1.0),
            ("access_tokens_ending", &["1h"], 2.0),
            ("shops_without_series", &[], 4.0),
        ])?;
        assert!(page.0.iter().all(|sample| !sample.name.starts_with("shop_")), "nobody has asked for it");
        assert_eq!(metrics::read(&database.db).await?.apps, [77, 78]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn shops_have_series_of_their_own_where_the_setting_is_on_and_not_without_end() -> Result<()> {
    at_one_moment(async |database| {
        six_shops(database).await?;
        database.sql("UPDATE apishopee_ads_sync_settings SET metrics_by_shop = true WHERE shop_id = 0").await?;
        let page = Page::read(database).await?;
        page.check(&[
            ("shop_data_age_seconds", &["1"], 1_800.0),
            ("shop_data_age_seconds", &["3"], 3_000.0),
            ("shop_freshness_objective_seconds", &["3"], 2_400.0),
            ("shops_without_series", &[], 0.0),
        ])?;
        assert!(page.sample("shop_data_age_seconds", &["4"]).is_none(), "it was never synced");
        assert!(page.sample("shop_freshness_objective_seconds", &["5"]).is_none(), "it cannot be synced");
        let many = "INSERT INTO apishopee_shops (shop_id, access_token) SELECT n, 'token' FROM generate_series(1001, 1000 + 510) AS n";
        database.sql(many).await?;
        let page = Page::read(database).await?;
        let own: BTreeSet<_> = page.0.iter().filter(|sample| sample.name.starts_with("shop_")).map(|sample| sample.labels.clone()).collect();
        assert_eq!((own.len(), SHOPS_MAX), (500, 500));
        page.check(&[("shops_without_series", &[], 14.0), ("shops", &["syncable"], 514.0)])
    })
    .await
}

#[tokio::test]
async fn what_needs_a_look_is_counted() -> Result<()> {
    at_one_moment(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text, resolved_at) VALUES
                   ('run_failed', 1, 'warning', '', NULL), ('run_failed', 2, 'warning', '', NULL), ('run_failed', 3, 'warning', '', now()),
                   ('budget_failed', 1, 'critical', '', NULL), ('budget_failed', 2, 'warning', '', NULL);
                 INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason, replayed_at) VALUES
                   ('ads-budget', 'a', '', '', NULL), ('ads-budget', 'b', '', '', now()), ('ads-sync-chunk', 'c', '', '', NULL),
                   ('ads-sync-chunk', 'd', '', '', NULL);
                 INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, status, executed_at) VALUES
                   (1, 1, 'success', now() - interval '23 hours'), (2, 1, 'success', now()), (2, 1, 'success', now() - interval '25 hours'),
                   (1, 1, 'skipped', now())",
            )
            .await?;
        Page::read(database).await?.check(&[
            ("alerts_open", &["run_failed", "warning"], 2.0),
            ("alerts_open", &["budget_failed", "critical"], 1.0),
            ("alerts_open", &["budget_failed", "warning"], 1.0),
            ("dead_letters", &["ads-budget"], 1.0),
            ("dead_letters", &["ads-sync-chunk"], 2.0),
            ("budget_writes_24h", &["success"], 2.0),
            ("budget_writes_24h", &["skipped"], 1.0),
            ("budget_writes_24h", &["failed"], 0.0),
        ])
    })
    .await
}
