//! The queue, in SQL.

use crate::{
    samples::{SHOP, begun, chunk, claim, picture, shop},
    setup::{each_way, run},
};
use anyhow::{Context, Result};
use serde_json::Value;
use store::{queue, runs};

#[tokio::test]
async fn processing_the_queue_makes_the_best_jobs_due() -> Result<()> {
    each_way(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, priority, scheduled_at, is_chunk, status) VALUES
                 (1, 5, now() + interval '1 day', false, 'pending'), (2, 1, now() + interval '1 hour', false, 'pending'),
                 (3, 0, now() + interval '1 hour', false, 'pending'), (4, 9, now() + interval '1 day', true, 'pending'),
                 (5, 9, now(), false, 'completed')",
            )
            .await?;
        assert!(claim(&database.db, 10, 60).await?.is_empty());
        let answer = database.sql("SELECT process_sync_queue_with_chunks(2)").await?;
        let answer: Value = serde_json::from_str(&answer)?;
        assert_eq!((&answer["processed"], &answer["success"], &answer["errors"]), (&2.into(), &2.into(), &0.into()));
        let details = answer["details"].as_array().context("details")?;
        assert_eq!(details.iter().map(|d| d["shop_id"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert!(answer["message"].as_str().is_some_and(|text| text.contains("/v1/queue/process")));
        let jobs = claim(&database.db, 10, 60).await?;
        assert_eq!(jobs.iter().map(|job| job.shop_id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(database.sql("SELECT process_sync_queue_with_chunks()->'processed'").await?, "1");
        assert_eq!(database.sql("SELECT process_sync_queue_with_chunks(batch_size => 500)->'processed'").await?, "1");
        for size in ["0", "501", "NULL"] {
            let refused = database.refusal(&format!("SELECT process_sync_queue_with_chunks({size})")).await?;
            assert_eq!(refused, format!("batch_size is {size}; allowed are 1 to 500"));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_shop_with_a_token_is_queued_once() -> Result<()> {
    each_way(async |database| {
        for id in 1..=4 {
            shop(database, id).await?;
        }
        database
            .sql(
                "INSERT INTO apishopee_shops (shop_id, access_token) VALUES (5, NULL), (6, '');
                 INSERT INTO apishopee_shops (shop_id, refresh_token) VALUES (7, 'for a first access token');
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, status, is_chunk) VALUES
                 (1, 'backfill_full', 'processing', false), (2, 'realtime', 'completed', false), (3, 'realtime', 'pending', true)",
            )
            .await?;
        assert_eq!(queue::enqueue_all(&database.db, "realtime", 1, Some("cron")).await?, 5);
        let queued = "SELECT shop_id, priority, trigger FROM apishopee_ads_sync_queue
            WHERE status = 'pending' AND NOT is_chunk AND sync_type = 'realtime' ORDER BY 1";
        assert_eq!(database.sql(queued).await?, "1|1|cron\n2|1|cron\n3|1|cron\n4|1|cron\n7|1|cron");
        assert_eq!(database.sql("SELECT enqueue_all_shops_sync('realtime', 1)").await?, "0");
        assert_eq!(
            database.sql("SELECT enqueue_all_shops_sync(p_sync_type => 'backfill_full', p_priority => 0)").await?,
            "4",
            "a job of another kind costs none"
        );
        let refused = database.refusal("SELECT enqueue_all_shops_sync('weekly', 0)").await?;
        assert_eq!(refused, "p_sync_type is weekly; allowed are realtime, backfill_day, backfill_full");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_ticks_at_once_queue_no_shop_twice() -> Result<()> {
    each_way(async |database| {
        for id in 1..=50 {
            shop(database, id).await?;
        }
        let first = database.session().await?;
        let queued = run(&first, "BEGIN; SELECT enqueue_all_shops_sync('realtime', 0)").await?;
        let second = queue::enqueue_all(&database.db, "realtime", 0, Some("cron"));
        let second = database.while_locked(&first, "COMMIT", second).await??;
        assert_eq!((queued.as_str(), second), ("50", 0));
        assert_eq!(
            database.sql("SELECT count(*), count(DISTINCT shop_id) FROM apishopee_ads_sync_queue").await?,
            "50|50"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn only_what_ended_a_week_ago_is_deleted() -> Result<()> {
    each_way(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, status, created_at, completed_at, is_chunk) VALUES
                 (1, 'completed', now() - interval '9 days', now() - interval '8 days', false),
                 (2, 'failed', now() - interval '9 days', NULL, true),
                 (3, 'completed', now() - interval '9 days', now() - interval '6 days', false),
                 (4, 'pending', now() - interval '9 days', NULL, false),
                 (5, 'processing', now() - interval '9 days', NULL, false)",
            )
            .await?;
        assert_eq!(database.sql("SELECT cleanup_old_sync_queue()").await?, "2");
        assert_eq!(database.sql("SELECT cleanup_old_sync_queue()").await?, "0");
        assert_eq!(database.sql("SELECT shop_id FROM apishopee_ads_sync_queue ORDER BY 1").await?, "3\n4\n5");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn abandoned_rows_are_freed_and_active_ones_are_not() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "processing"), chunk("campaigns", 1, "pending")];
        runs::project(&database.db, &drawn).await?;
        database
            .sql(
                "UPDATE apishopee_ads_sync_queue SET claimed_until = now() - interval '1 day', started_at = NULL,
                   created_at = now() - interval '1 day';
                 INSERT INTO apishopee_ads_sync_queue (shop_id, status, started_at, retry_count) VALUES
                 (1, 'processing', now() - interval '1 hour', 2), (2, 'processing', now() - interval '1 hour', 3),
                 (3, 'processing', now(), 0), (4, 'pending', NULL, 0)",
            )
            .await?;
        assert_eq!(database.sql("SELECT cleanup_stuck_ads_sync()").await?, "2");
        let rows = "SELECT shop_id, status, retry_count FROM apishopee_ads_sync_queue WHERE NOT is_chunk ORDER BY 1";
        assert_eq!(database.sql(rows).await?, format!("1|pending|3\n2|failed|3\n3|processing|0\n4|pending|0\n{SHOP}|processing|0"));
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle'").await?;
        assert_eq!(queue::cleanup_stuck(&database.db).await?, 3);
        let rows = "SELECT status, error_message FROM apishopee_ads_sync_queue WHERE is_chunk ORDER BY chunk_index";
        let gone = "failed|the run of this chunk is no longer active";
        assert_eq!(database.sql(rows).await?, format!("{gone}\n{gone}"));
        Ok(())
    })
    .await
}
