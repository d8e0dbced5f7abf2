//! The line in which jobs stand, and the places that they wait for.

use crate::{
    samples::{claim, shop},
    setup::{Database, at_one_moment},
};
use anyhow::Result;
use store::queue::{self, Claimed, Room};

const PAUSED: &str = "paused by an operator";

/// Hands out jobs with so many places an app: the shops, and how many go on waiting.
async fn seated(database: &Database, places: i32) -> Result<(Vec<i64>, i64)> {
    let room = Room { jobs: 500, places, own_waits: &[PAUSED] };
    let Claimed { jobs, waiting } = queue::claim_due(&database.db, room, 900).await?;
    Ok((jobs.into_iter().map(|job| job.shop_id).collect(), waiting))
}

/// The rows of these shops end.
async fn ended(database: &Database, shops: &str) -> Result<()> {
    let end = "UPDATE apishopee_ads_sync_queue SET status = 'completed', claimed_until = NULL WHERE status = 'processing'";
    database.sql(&format!("{end} AND shop_id IN ({shops})")).await.map(drop)
}

#[tokio::test]
async fn people_pass_schedules_and_realtime_passes_backfills() -> Result<()> {
    at_one_moment(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, trigger, scheduled_at, created_at) VALUES
                 (1, 'backfill_full', 0, 'cron', now() - interval '5 hours', now() - interval '5 hours'),
                 (2, 'realtime', 0, 'cron', now() - interval '1 minute', now()),
                 (3, 'realtime', 0, 'cron', now() - interval '2 minutes', now()),
                 (4, 'backfill_day', 0, NULL, now(), now()),
                 (5, 'realtime', 0, 'sql', now(), now()),
                 (6, 'realtime', 1, 'cron', now(), now()),
                 (7, 'realtime', -1, NULL, now() - interval '9 hours', now() - interval '9 hours'),
                 (8, 'backfill_full', 0, 'cron', now() - interval '7 hours', now() - interval '7 hours'),
                 (9, 'realtime', 0, NULL, now() + interval '1 hour', now())",
            )
            .await?;
        // Who asked for more; people; what is due longest, backfills only if they have waited for six hours; other backfills; who
        // asked for less. By SQL the same stand first.
        let first = "SELECT d->>'shop_id' FROM jsonb_array_elements(process_sync_queue_with_chunks(1)->'details') d";
        assert_eq!(database.sql(first).await?, "6");
        let line = claim(&database.db, 10, 60).await?;
        assert_eq!(line.iter().map(|job| job.shop_id).collect::<Vec<_>>(), [6, 5, 4, 8, 3, 2, 1, 7]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_place_that_becomes_free_is_taken_by_who_was_due_first() -> Result<()> {
    at_one_moment(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, trigger, scheduled_at)
                 SELECT i, 'cron', now() - make_interval(mins => 1000 - i) FROM generate_series(1, 200) i",
            )
            .await?;
        assert_eq!(seated(database, 50).await?, ((1..=50).collect(), 150));
        assert_eq!(seated(database, 50).await?, (vec![], 150));
        ended(database, "3, 20, 21").await?;
        assert_eq!(seated(database, 50).await?, (vec![51, 52, 53], 147));
        // Whoever waits for what is its own leaves its place to others; a claim that has run out is none.
        database
            .sql(&format!(
                "UPDATE apishopee_ads_sync_queue SET generation = 1 WHERE shop_id IN (1, 2, 4);
                 INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage, waiting_until, waiting_reason) VALUES
                 (1, 1, 'syncing_campaigns', now() + interval '1 day', '{PAUSED}'),
                 (2, 1, 'syncing_campaigns', now() + interval '1 day', 'the app''s calls of the day are used up'),
                 (4, 1, 'syncing_campaigns', now() - interval '1 day', '{PAUSED}');
                 UPDATE apishopee_ads_sync_queue SET claimed_until = now() - interval '1 second', retry_count = 3 WHERE shop_id = 5"
            ))
            .await?;
        assert_eq!(seated(database, 50).await?, (vec![54, 55], 145));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn each_app_has_its_own_places_and_backfills_take_half_of_them() -> Result<()> {
    at_one_moment(async |database| {
        for id in 1..=9 {
            shop(database, id).await?;
        }
        database
            .sql(
                "UPDATE apishopee_shops SET partner_id = 7 WHERE shop_id >= 8;
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) SELECT i, 'backfill_full', 10 - i
                 FROM generate_series(1, 5) i;
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) VALUES (6, 'realtime', 0), (7, 'realtime', -1),
                 (8, 'backfill_full', -2), (9, 'realtime', -3)",
            )
            .await?;
        assert_eq!(seated(database, 4).await?, (vec![1, 2, 6, 7, 8, 9], 3));
        ended(database, "6, 7").await?;
        assert_eq!(seated(database, 4).await?, (vec![], 3), "only backfills wait, and they have their share");
        ended(database, "1").await?;
        assert_eq!(seated(database, 4).await?, (vec![3], 2));
        assert_eq!(seated(database, 1).await?, (vec![], 2));
        ended(database, "2, 3").await?;
        assert_eq!(seated(database, 1).await?, (vec![4], 1), "where there is one place, any job may take it");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shops_backfill_waits_for_its_realtime_sync_and_holds_up_none_by_waiting() -> Result<()> {
    at_one_moment(async |database| {
        shop(database, 1).await?;
        assert_eq!(queue::enqueue_all(&database.db, "backfill_full", 0, Some("cron")).await?, 1);
        assert_eq!(queue::enqueue_due(&database.db, Some("cron")).await?, 1);
        assert_eq!(queue::enqueue_due(&database.db, Some("cron")).await?, 0);
        let kinds = async || {
            anyhow::Ok(
                claim(&database.db, 10, 900).await?.into_iter().map(|job| job.sync_type).collect::<Vec<_>>(),
            )
        };
        assert_eq!(kinds().await?, ["realtime"]);
        assert_eq!(kinds().await?, [""; 0], "the realtime sync was handed out and has not ended");
        ended(database, "1").await?;
        assert_eq!(kinds().await?, ["backfill_full"]);
        assert_eq!(queue::enqueue_due(&database.db, Some("cron")).await?, 1, "nor does a backfill that runs");
        assert_eq!(kinds().await?, ["realtime"], "it waits for the run in its own row");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn all_jobs_of_a_shop_are_handed_out_but_for_what_follows_another() -> Result<()> {
    at_one_moment(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) VALUES (1, 'backfill_day', 3), (1, 'realtime', 2),
                 (1, 'realtime', 1), (1, 'backfill_full', 0), (2, 'backfill_full', 0)",
            )
            .await?;
        // The backfill of a higher priority stands before the realtime syncs; the other one follows them.
        assert_eq!(seated(database, 50).await?, (vec![1, 1, 1, 2], 1));
        assert_eq!(seated(database, 50).await?, (vec![], 1));
        // While they are paused, nobody looks for it.
        let paused = format!(
            "UPDATE apishopee_ads_sync_queue SET generation = 1 WHERE status = 'processing' AND shop_id = 1;
             INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage, waiting_until, waiting_reason)
             VALUES (1, 1, 'syncing_campaigns', now() + interval '1 day', '{PAUSED}')"
        );
        database.sql(&paused).await?;
        assert_eq!(seated(database, 50).await?, (vec![], 0));
        ended(database, "1").await?;
        assert_eq!(seated(database, 50).await?, (vec![1], 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_stands_in_line_since_it_was_due() -> Result<()> {
    at_one_moment(async |database| {
        for id in 1..=3 {
            shop(database, id).await?;
        }
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at) VALUES
                 (1, 1, 'realtime', 'cron', 'failed', now() - interval '10 minutes'),
                 (2, 1, 'realtime', 'cron', 'failed', now() - interval '95 minutes')",
            )
            .await?;
        assert_eq!(queue::enqueue_due(&database.db, Some("cron")).await?, 3);
        let since = "SELECT string_agg(format('%s %s', shop_id, extract(epoch FROM now() - scheduled_at)::int / 60), ', ' ORDER BY shop_id)
            FROM apishopee_ads_sync_queue";
        assert_eq!(database.sql(since).await?, "1 0, 2 80, 3 0");
        Ok(())
    })
    .await
}
