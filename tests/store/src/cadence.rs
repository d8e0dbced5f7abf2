//! Which shops are due, how fresh they are, how long a sync takes.

use crate::{
    samples::shop,
    setup::{Database, at_one_moment},
};
use anyhow::Result;
use store::{queue, shops, stale_data};

/// Completed realtime runs: shop, minutes since the beginning, seconds taken.
async fn ran(database: &Database, shop_id: i64, minutes_ago: i64, seconds: i64) -> Result<()> {
    let insert = format!(
        "INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, total_campaigns, started_at, ended_at)
         SELECT {shop_id}, coalesce(max(r.generation), 0) + 1, 'realtime', 'cron', 'completed', 335,
           now() - interval '{minutes_ago} minutes', now() - interval '{minutes_ago} minutes' + interval '{seconds} seconds'
         FROM apishopee_ads_sync_runs r WHERE r.shop_id = {shop_id}"
    );
    database.sql(&insert).await.map(drop)
}

async fn spent(database: &Database, shop_id: i64, days_ago: i64, expense: f64) -> Result<()> {
    let insert = format!(
        "INSERT INTO apishopee_ads_shop_performance_daily (shop_id, performance_date, expense)
         SELECT {shop_id}, (now() AT TIME ZONE ads_region_time_zone('BR'))::date - {days_ago}, {expense}"
    );
    database.sql(&insert).await.map(drop)
}

/// Queues what is due; the shops.
async fn due(database: &Database) -> Result<String> {
    queue::enqueue_due(&database.db, Some("cron")).await?;
    let queued = "WITH gone AS (DELETE FROM apishopee_ads_sync_queue RETURNING shop_id, sync_type, trigger)
        SELECT string_agg(format('%s %s %s', shop_id, sync_type, trigger), ', ' ORDER BY shop_id) FROM gone";
    database.sql(queued).await
}

#[tokio::test]
async fn shops_that_spend_are_due_sooner_than_those_that_rest() -> Result<()> {
    at_one_moment(async |database| {
        for id in 1..=5 {
            shop(database, id).await?;
        }
        for (id, minutes) in [(1, 16), (2, 16), (3, 121), (4, 3)] {
            ran(database, id, minutes, 20).await?;
        }
        spent(database, 1, 1, 9.5).await?;
        spent(database, 2, 2, 9.5).await?;
        spent(database, 2, 0, 0.0).await?;
        spent(database, 4, 0, 1.0).await?;
        // 1 spends. 2 and 3 do not, and 3 has waited long enough. 4 was synced just now. 5 is new.
        assert_eq!(due(database).await?, "1 realtime cron, 3 realtime cron, 5 realtime cron");
        // A shop's own words count more than the deployment's, and a failed sync is tried again soon.
        database
            .sql(
                "UPDATE apishopee_ads_sync_settings SET sync_minutes = 60 WHERE shop_id = 0;
                 INSERT INTO apishopee_ads_sync_settings (shop_id, idle_sync_minutes) VALUES (2, 15), (3, 300);
                 INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at)
                 VALUES (4, 9, 'realtime', 'cron', 'failed', now() - interval '55 minutes')",
            )
            .await?;
        assert_eq!(due(database).await?, "4 realtime cron, 5 realtime cron");
        database.sql("UPDATE apishopee_ads_sync_settings SET sync_minutes = 15 WHERE shop_id = 0").await?;
        assert_eq!(due(database).await?, "1 realtime cron, 2 realtime cron, 4 realtime cron, 5 realtime cron");
        let refused = database
            .refusal("UPDATE apishopee_ads_sync_settings SET sync_minutes = 5 WHERE shop_id = 0")
            .await?;
        assert!(refused.contains("sync_minutes"), "{refused}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_cannot_be_synced_or_has_a_job_is_left_out() -> Result<()> {
    at_one_moment(async |database| {
        for id in 1..=3 {
            shop(database, id).await?;
        }
        database
            .sql(
                "UPDATE apishopee_shops SET token_state = 'reconsent' WHERE shop_id = 1;
                 UPDATE apishopee_shops SET access_token = '' WHERE shop_id = 2;
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, status) VALUES (3, 'realtime', 'processing')",
            )
            .await?;
        assert_eq!(queue::enqueue_due(&database.db, None).await?, 0);
        assert_eq!(stale_data::watch(&database.db).await?, stale_data::Watched { stale: 0, fresh_again: 0 });
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_that_misses_its_objective_is_an_alert_until_it_is_fresh_again() -> Result<()> {
    at_one_moment(async |database| {
        for id in 1..=4 {
            shop(database, id).await?;
        }
        spent(database, 1, 0, 5.0).await?;
        spent(database, 2, 0, 5.0).await?;
        // Twice 15 and 15 minutes for those that spend, twice 120 and 15 for 3, and 4 is new.
        for (id, minutes) in [(1, 46), (2, 44), (3, 200)] {
            ran(database, id, minutes, 20).await?;
        }
        assert_eq!(stale_data::watch(&database.db).await?, stale_data::Watched { stale: 1, fresh_again: 0 });
        let open = "SELECT shop_id, severity, text, seen_count FROM apishopee_ads_alerts
            WHERE kind = 'stale_data' AND resolved_at IS NULL ORDER BY 1";
        let told = "1|warning|the data are 46 minutes old; the objective is 45 minutes|1";
        assert_eq!(database.sql(open).await?, told);
        let one = shops::summary(&database.db, 1).await?.and_then(|shop| shop.freshness);
        let one = one.map(|f| (f.spends, f.cadence_minutes, f.freshness_minutes, f.is_fresh));
        assert_eq!(one, Some((true, 15, 45, false)));
        ran(database, 1, 2, 20).await?;
        database
            .sql(
                "UPDATE apishopee_shops SET created_at = now() - interval '2 days' WHERE shop_id = 4;
                 INSERT INTO apishopee_ads_sync_settings (shop_id, freshness_minutes) VALUES (2, 40)",
            )
            .await?;
        assert_eq!(stale_data::watch(&database.db).await?, stale_data::Watched { stale: 2, fresh_again: 1 });
        let told = "2|warning|the data are 44 minutes old; the objective is 40 minutes|1\n\
                    4|warning|the shop was never synced; the objective is 45 minutes|1";
        assert_eq!(database.sql(open).await?, told);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_end_of_a_run_follows_from_those_before_it() -> Result<()> {
    at_one_moment(async |database| {
        shop(database, 1).await?;
        let running = |generation: i64, done: i64| {
            format!(
                "INSERT INTO apishopee_ads_sync_progress AS p (shop_id, generation, run_kind, sync_stage, started_at, units_done, units_planned)
                 VALUES (1, {generation}, 'realtime', 'syncing_campaigns', now() - interval '10 seconds', {done}, 100)
                 ON CONFLICT (shop_id) DO UPDATE SET generation = EXCLUDED.generation, units_done = EXCLUDED.units_done"
            )
        };
        let eta = "SELECT runs_before, usual_seconds, round(extract(epoch FROM eta_at - now())) FROM v_ads_sync_eta";
        database.sql(&running(1, 0)).await?;
        assert_eq!(database.sql(eta).await?, "", "there is nothing to go by");
        database.sql(&running(1, 20)).await?;
        assert_eq!(database.sql(eta).await?, "0||40", "a fifth took ten seconds");
        for seconds in [30, 50] {
            ran(database, 1, 60, seconds).await?;
        }
        database.sql(&running(9, 20)).await?;
        assert_eq!(database.sql(eta).await?, "2|40.0|30");
        database.sql("UPDATE apishopee_ads_sync_progress SET waiting_until = now() + interval '1 hour'").await?;
        assert_eq!(database.sql(eta).await?, "2|40.0|3600");
        let times = "SELECT kind, campaigns_from, campaigns_to, runs, average_seconds, p95_seconds FROM v_ads_sync_time_by_size";
        assert_eq!(database.sql(times).await?, "realtime|201|1000|2|40.0|49.0");
        Ok(())
    })
    .await
}
