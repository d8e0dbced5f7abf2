//! What is deleted when it is old, and what never is.

use crate::{
    samples::SHOP,
    setup::{Database, at_one_moment, each_way},
};
use anyhow::Result;
use std::collections::BTreeMap;
use store::retention;

/// For each table two rows that are older than the default keeps them, and one that is younger.
const ROWS: &str = "
    INSERT INTO apishopee_ads_sync_queue (shop_id, status, completed_at)
      SELECT 1, 'completed', now() - make_interval(days => d) FROM unnest(ARRAY[8, 9, 6]) AS d;
    INSERT INTO apishopee_ads_performance_hourly (shop_id, campaign_id, performance_date, hour)
      SELECT 1, 1, current_date - d, 3 FROM unnest(ARRAY[91, 92, 90]) AS d;
    INSERT INTO apishopee_ads_shop_performance_hourly (shop_id, performance_date, hour)
      SELECT 1, current_date - d, 3 FROM unnest(ARRAY[91, 92, 90]) AS d;
    INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at)
      SELECT 1, g, 'realtime', 'cron', 'completed', now() - interval '200 days', now() - interval '91 days'
      FROM generate_series(1, 3) AS g;
    INSERT INTO apishopee_ads_campaign_changes (shop_id, campaign_id, field, at, generation)
      SELECT 1, 1, 'name', now() - make_interval(days => d), 1 FROM unnest(ARRAY[366, 367, 364]) AS d;
    INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason, received_at)
      SELECT 'q', d::text, '', 'r', now() - make_interval(days => d) FROM unnest(ARRAY[31, 32, 29]) AS d;
    INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text, first_seen_at, resolved_at)
      SELECT 'k', d, 'info', 't', now() - interval '900 days', now() - make_interval(days => d)
      FROM unnest(ARRAY[91, 92, 89]) AS d;
    INSERT INTO apishopee_ads_audit_log (actor, action, at)
      SELECT 'a', 'b', now() - make_interval(days => d) FROM unnest(ARRAY[731, 732, 729]) AS d";
const WHAT: [&str; 8] =
    ["alerts", "audit_log", "changes", "dead_letters", "hourly", "queue", "runs", "shop_hourly"];

fn each(count: i64) -> BTreeMap<String, i64> {
    WHAT.iter().map(|what| ((*what).to_owned(), count)).collect()
}

async fn left(database: &Database, table: &str) -> Result<String> {
    database.sql(&format!("SELECT count(*) FROM {table}")).await
}

async fn clean(database: &Database, most: i64) -> Result<BTreeMap<String, i64>> {
    Ok(retention::clean(&database.db, most).await?.into_iter().collect())
}

#[tokio::test]
async fn what_is_too_old_goes_and_the_rest_stays() -> Result<()> {
    at_one_moment(async |database| {
        database.sql(ROWS).await?;
        // Neither open alerts, nor jobs that have not ended, nor data by the day, however old they are.
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_alerts (kind, severity, text, first_seen_at)
                   VALUES ('open', 'info', 't', now() - interval '900 days');
                 INSERT INTO apishopee_ads_sync_queue (shop_id, status, created_at)
                   VALUES (2, 'pending', now() - interval '900 days');
                 INSERT INTO apishopee_ads_performance_daily (shop_id, campaign_id, performance_date)
                   VALUES ({SHOP}, 1, current_date - 900)"
            ))
            .await?;
        assert_eq!(clean(database, 1_000).await?, each(2));
        assert_eq!(clean(database, 1_000).await?, each(0));
        assert_eq!(database.sql("SELECT generation FROM apishopee_ads_sync_runs").await?, "3", "the newest");
        assert_eq!(left(database, "apishopee_ads_performance_daily").await?, "1");
        assert_eq!(left(database, "apishopee_ads_alerts").await?, "2");
        assert_eq!(left(database, "apishopee_ads_sync_queue").await?, "2");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_statement_deletes_a_bounded_number_of_rows() -> Result<()> {
    at_one_moment(async |database| {
        database.sql(ROWS).await?;
        database.sql("DELETE FROM apishopee_ads_sync_queue").await?;
        let mut one = each(1);
        one.insert("queue".to_owned(), 0);
        assert_eq!(clean(database, 1).await?, one);
        assert_eq!(clean(database, 1).await?, one);
        assert_eq!(clean(database, 1).await?, each(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn settings_say_how_long() -> Result<()> {
    at_one_moment(async |database| {
        database.sql(ROWS).await?;
        let longer = "UPDATE apishopee_ads_sync_settings SET keep_queue_days = 30, keep_hourly_days = 400,
            keep_runs_days = 400, keep_changes_days = 400, keep_dead_letters_days = 400, keep_alerts_days = 400,
            keep_audit_log_days = 3650 WHERE shop_id = 0";
        database.sql(longer).await?;
        assert_eq!(clean(database, 1_000).await?, each(0));
        // Without a row of the deployment the defaults count.
        database.sql("DELETE FROM apishopee_ads_sync_settings").await?;
        assert_eq!(clean(database, 1_000).await?, each(2));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() -> Result<()> {
    each_way(async |database| {
        for bad in [0, -1, 100_001] {
            let error = retention::clean(&database.db, bad).await.unwrap_err().to_string();
            assert!(error.contains("1 to 100000"), "{error}");
        }
        database.sql("DELETE FROM apishopee_ads_sync_settings").await?;
        for bad in [
            "INSERT INTO apishopee_ads_sync_settings (shop_id, keep_queue_days) VALUES (0, 0)",
            "INSERT INTO apishopee_ads_sync_settings (shop_id, keep_hourly_days) VALUES (0, 7)",
            "INSERT INTO apishopee_ads_sync_settings (shop_id, keep_runs_days) VALUES (5, 10)",
        ] {
            assert!(database.sql(bad).await.is_err(), "{bad}");
        }
        Ok(())
    })
    .await
}
