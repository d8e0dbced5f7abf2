//! Runs without a sign of progress.

use crate::{
    samples::{SHOP, begun, campaign, campaigns, chunk, fence, picture},
    setup::each_way,
};
use anyhow::{Context, Result};
use store::{queue, runs, stuck};

#[tokio::test]
async fn a_silent_run_is_found_and_counted() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 4).await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        let silence = "UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '31 minutes'";
        database.sql(silence).await?;
        for count in 1..=2 {
            let found = stuck::candidates(&database.db, 30, 10).await?;
            assert_eq!(
                found.iter().map(|s| (s.shop_id, s.generation, s.redrive_count)).collect::<Vec<_>>(),
                [(SHOP, 4, count)]
            );
        }
        // Progress starts the count again.
        let mut drawn = picture(4, 1, &job);
        drawn.chunks_done = 1;
        runs::project(&database.db, &drawn).await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        database.sql(silence).await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?[0].redrive_count, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn waiting_for_a_known_time_is_not_stuck() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        database
            .sql(
                "UPDATE apishopee_ads_sync_progress
                 SET last_chunk_at = now() - interval '5 hours', waiting_until = now() + interval '1 hour'",
            )
            .await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        // Nobody has touched the row for as long either: it is looked after, once in that time, and not counted.
        let untouched = "UPDATE apishopee_ads_sync_progress SET updated_at = now() - interval '31 minutes'";
        for _ in 0..2 {
            database.sql(untouched).await?;
            let found = stuck::candidates(&database.db, 30, 10).await?;
            assert_eq!(found.iter().map(|s| (s.redrive_count, s.waits)).collect::<Vec<_>>(), [(0, true)]);
            assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        }
        database
            .sql("UPDATE apishopee_ads_sync_progress SET waiting_until = now() - interval '1 second'")
            .await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?.len(), 1);
        for stage in ["idle", "completed", "failed"] {
            database.sql(&format!("UPDATE apishopee_ads_sync_progress SET sync_stage = '{stage}'")).await?;
            assert_eq!(stuck::candidates(&database.db, 30, 10).await?, [], "{stage}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn giving_up_ends_the_run_with_everything_that_is_its_own() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "completed"), chunk("campaigns", 1, "processing")];
        runs::project(&database.db, &drawn).await?;
        assert!(!stuck::give_up(&database.db, SHOP, 2, "not this one").await?);
        assert!(stuck::give_up(&database.db, SHOP, 1, "no progress after 3 tries").await?);
        assert!(!stuck::give_up(&database.db, SHOP, 1, "again").await?);
        let rows = "SELECT sync_stage, error_message FROM apishopee_ads_sync_progress UNION ALL
            SELECT status, error_message FROM apishopee_ads_sync_runs UNION ALL
            SELECT is_syncing::text, last_sync_error FROM apishopee_ads_sync_status UNION ALL
            (SELECT status, error_message FROM apishopee_ads_sync_queue ORDER BY is_chunk, chunk_index)";
        let why = "no progress after 3 tries";
        assert_eq!(
            database.sql(rows).await?,
            format!("failed|{why}\nfailed|{why}\nfalse|{why}\nfailed|{why}\ncompleted|\nfailed|{why}")
        );
        assert!(!campaigns(&database.db, &fence(1, 1), &[campaign(1, "x")], &[]).await?.fenced);
        assert_eq!(queue::job(&database.db, &job.id).await?.context("job")?.status, "failed");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_of_a_shop_that_waits_are_left_alone() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 2).await?;
        let mut drawn = picture(2, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "processing"), chunk("campaigns", 1, "pending")];
        drawn.waiting_reason = Some("paused by ann".to_owned());
        drawn.waiting_until_ms = Some(i64::MAX);
        runs::project(&database.db, &drawn).await?;
        // Its own rows, a job that waits for the run, a chunk of an older run, and a job of another shop.
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, status, is_chunk, generation) VALUES
                 ({SHOP}, 'processing', false, NULL), ({SHOP}, 'processing', true, 1), (7, 'processing', false, NULL);
                 UPDATE apishopee_ads_sync_queue SET created_at = now() - interval '5 hours',
                   started_at = now() - interval '5 hours', claimed_until = now() - interval '5 hours';
                 UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '5 hours'"
            ))
            .await?;
        let before = "SELECT to_jsonb(q) FROM apishopee_ads_sync_queue q WHERE shop_id <> 7 ORDER BY id";
        let rows = database.sql(before).await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        assert_eq!(queue::cleanup_stuck(&database.db).await?, 1);
        assert_eq!(database.sql(before).await?, rows);
        assert_eq!(database.sql("SELECT status FROM apishopee_ads_sync_queue WHERE shop_id = 7").await?, "pending");

        drawn.rev = 2;
        (drawn.waiting_reason, drawn.waiting_until_ms) = (None, None);
        runs::project(&database.db, &drawn).await?;
        assert_eq!(queue::cleanup_stuck(&database.db).await?, 2, "those that are not the run's");
        Ok(())
    })
    .await
}
