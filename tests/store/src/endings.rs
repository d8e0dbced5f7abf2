//! Runs that end before their time: cancelled, reset, given up by everybody.

use crate::{
    samples::{SHOP, begin_of, begun, campaign, campaigns, chunk, fence, picture, shop},
    setup::{Database, each_way, run},
};
use anyhow::{Context, Result};
use serde_json::json;
use store::{
    hand_driven_progress, queue,
    runs::{self, Begun, Projected, Projection},
    shops,
    stuck::{self, Orphan},
};

const PROGRESS: &str =
    "SELECT sync_stage, is_complete, error_message, waiting_reason, waiting_until, completed_at
    FROM apishopee_ads_sync_progress";
const QUEUE: &str = "SELECT is_chunk, chunk_index, status, error_message FROM apishopee_ads_sync_queue
    ORDER BY is_chunk, chunk_index NULLS FIRST, status";

/// A run with a chunk in every status, waiting for the quota.
async fn waiting(database: &Database, generation: i64) -> Result<queue::Job> {
    let job = begun(database, generation).await?;
    let drawn = Projection {
        waiting_reason: Some("the day's quota is used up".to_owned()),
        waiting_until_ms: Some(4_102_444_800_000),
        chunk_rows: vec![
            chunk("campaigns", 0, "completed"),
            chunk("campaigns", 1, "processing"),
            chunk("campaigns", 2, "pending"),
        ],
        ..picture(generation, 1, &job)
    };
    runs::project(&database.db, &drawn).await?;
    Ok(job)
}

#[tokio::test]
async fn a_cancelled_run_needs_nobodys_attention() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let job = waiting(database, 1).await?;
        for _ in 0..2 {
            runs::cancel(&database.db, SHOP, 1, "cancelled by ann", None).await?;
            assert_eq!(database.sql(PROGRESS).await?, "idle|f|cancelled by ann|||");
        }
        assert_eq!(
            database.sql(QUEUE).await?,
            "f||failed|cancelled by ann\nt|0|completed|\nt|1|failed|cancelled by ann\nt|2|failed|cancelled by ann"
        );
        let summary = shops::summary(&database.db, SHOP).await?.context("shop")?;
        let sync = summary.sync.context("status")?;
        assert_eq!(sync.is_syncing, Some(false));
        assert_eq!(sync.sync_progress.context("progress")?["stage"], "idle");
        let minutes = "UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '1 day';
            UPDATE apishopee_ads_sync_runs SET started_at = now() - interval '1 day'";
        database.sql(minutes).await?;
        assert_eq!(stuck::candidates(&database.db, 30, 10).await?, []);
        assert_eq!(stuck::orphans(&database.db, 30, 10).await?, []);
        // What is still on its way finds the shop closed, and the next run begins.
        assert!(!campaigns(&database.db, &fence(1, 1), &[campaign(1, "late")], &[]).await?.fenced);
        assert_eq!(runs::project(&database.db, &picture(1, 2, &job)).await?, Projected::Reset);
        assert_eq!(runs::begin(&database.db, &begin_of(1, &job.id)).await?, Begun::Superseded);
        begun(database, 2).await?;
        assert_eq!(database.sql(PROGRESS).await?, "syncing_campaigns|f||||");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn cancelling_touches_no_progress_but_its_own() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        begun(database, 2).await?;
        let newer = database.sql(PROGRESS).await?;
        runs::cancel(&database.db, SHOP, 1, "superseded", Some(&json!({ "calls": 7 }))).await?;
        let calls = "SELECT kind, sum(runs), sum(calls) FROM v_ads_calls_daily GROUP BY kind";
        assert_eq!(database.sql(calls).await?, "realtime|2|7", "what was called is counted");
        assert_eq!(database.sql(PROGRESS).await?, newer, "a newer run has the row");
        assert_eq!(runs::get(&database.db, SHOP, 1).await?.context("run")?.status, "cancelled");
        assert_eq!(queue::job(&database.db, &job.id).await?.context("job")?.status, "failed");
        assert_eq!(database.sql("SELECT is_syncing FROM apishopee_ads_sync_status").await?, "t");
        for stage in ["completed", "failed", "idle"] {
            database
                .sql(&format!(
                    "UPDATE apishopee_ads_sync_progress SET sync_stage = '{stage}', error_message = 'kept'"
                ))
                .await?;
            runs::cancel(&database.db, SHOP, 2, "too late", None).await?;
            assert_eq!(database.sql(PROGRESS).await?, format!("{stage}|f|kept|||"));
        }
        database.sql("DELETE FROM apishopee_ads_sync_progress").await?;
        runs::cancel(&database.db, SHOP, 2, "too late", None).await?;
        assert_eq!(database.sql(PROGRESS).await?, "");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn cancelling_takes_its_turn_behind_a_picture_that_is_drawn() -> Result<()> {
    each_way(async |database| {
        let job = waiting(database, 1).await?;
        // The picture has the progress row and comes to the others next, as it would in one statement.
        let picture = database.session().await?;
        run(&picture, "BEGIN; UPDATE apishopee_ads_sync_progress SET projection_rev = 2").await?;
        let others = "UPDATE apishopee_ads_sync_runs SET mode = 'chunked'; UPDATE apishopee_ads_sync_queue SET attempt = 2;
            UPDATE apishopee_ads_sync_status SET is_syncing = true; COMMIT";
        let cancel = runs::cancel(&database.db, SHOP, 1, "cancelled", None);
        database.while_locked(&picture, others, cancel).await??;
        assert_eq!(database.sql(PROGRESS).await?, "idle|f|cancelled|||");
        assert_eq!(queue::job(&database.db, &job.id).await?.context("job")?.status, "failed");
        assert_eq!(database.sql("SELECT is_syncing FROM apishopee_ads_sync_status").await?, "f");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn cancelling_after_a_reset_closes_the_books_and_leaves_the_progress_row() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows =
            vec![chunk("campaigns", 0, "completed"), chunk("campaigns", 1, "processing"), chunk("campaigns", 2, "pending")];
        runs::project(&database.db, &drawn).await?;
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle'").await?;
        // The operator has asked for a new sync meanwhile; it is not the cancelled run's.
        database.sql(&format!("INSERT INTO apishopee_ads_sync_queue (shop_id) VALUES ({SHOP})")).await?;
        for _ in 0..2 {
            runs::cancel(&database.db, SHOP, 1, "the shop was reset", None).await?;
        }
        let rows = "SELECT is_chunk, chunk_index, status, error_message FROM apishopee_ads_sync_queue
            ORDER BY is_chunk, chunk_index NULLS FIRST, status";
        assert_eq!(
            database.sql(rows).await?,
            "f||failed|the shop was reset\nf||pending|\nt|0|completed|\nt|1|failed|the shop was reset\nt|2|failed|the shop was reset"
        );
        let run = runs::get(&database.db, SHOP, 1).await?.context("run")?;
        assert_eq!((run.status.as_str(), run.error_message.as_deref()), ("cancelled", Some("the shop was reset")));
        assert!(run.ended_at_ms.is_some());
        assert_eq!(database.sql("SELECT sync_stage FROM apishopee_ads_sync_progress").await?, "idle");
        assert_eq!(database.sql("SELECT is_syncing FROM apishopee_ads_sync_status").await?, "f");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn resetting_a_shop_stops_it_as_by_hand() -> Result<()> {
    each_way(async |database| {
        assert!(!hand_driven_progress::reset(&database.db, SHOP).await?);
        let job = waiting(database, 1).await?;
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, error_message) VALUES ({SHOP}, 'next'), (7, 'another shop')"
            ))
            .await?;
        for _ in 0..2 {
            assert!(hand_driven_progress::reset(&database.db, SHOP).await?);
            assert_eq!(database.sql(PROGRESS).await?, "idle|f||||");
            assert_eq!(
                database.sql(QUEUE).await?,
                "f||pending|another shop\nf||processing|the day's quota is used up\nt|0|completed|\nt|1|processing|"
            );
        }
        assert!(!campaigns(&database.db, &fence(1, 1), &[campaign(1, "late")], &[]).await?.fenced);
        assert_eq!(runs::project(&database.db, &picture(1, 2, &job)).await?, Projected::Reset);
        runs::cancel(&database.db, SHOP, 1, "the shop was reset", None).await?;
        assert_eq!(database.sql(PROGRESS).await?, "idle|f||||");
        let open = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE status IN ('pending', 'processing') AND shop_id <> 7";
        assert_eq!(database.sql(open).await?, "0");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn resetting_takes_its_turn_behind_a_picture_that_is_drawn() -> Result<()> {
    each_way(async |database| {
        waiting(database, 1).await?;
        let picture = database.session().await?;
        run(&picture, "BEGIN; UPDATE apishopee_ads_sync_progress SET projection_rev = 2").await?;
        let reset = hand_driven_progress::reset(&database.db, SHOP);
        let drawn = "UPDATE apishopee_ads_sync_queue SET attempt = 2; COMMIT";
        assert!(database.while_locked(&picture, drawn, reset).await??);
        assert_eq!(database.sql(PROGRESS).await?, "idle|f||||");
        assert_eq!(
            database.sql("SELECT count(*) FROM apishopee_ads_sync_queue WHERE status = 'pending'").await?,
            "0"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn runs_that_have_lost_their_shop_are_found() -> Result<()> {
    each_way(async |database| {
        const OLD: &str = "UPDATE apishopee_ads_sync_runs SET started_at = now() - interval '31 minutes' * generation";
        let orphan = |generation| Orphan { shop_id: SHOP, generation };
        waiting(database, 1).await?;
        database.sql(OLD).await?;
        assert_eq!(stuck::orphans(&database.db, 30, 10).await?, [], "it has its shop, and waits");
        runs::cancel(&database.db, SHOP, 1, "cancelled", None).await?;
        let resets = [
            "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false".to_owned(),
            "DELETE FROM apishopee_ads_sync_queue WHERE is_chunk = true; DELETE FROM apishopee_ads_sync_progress".to_owned(),
            format!("SELECT init_ads_sync_progress({SHOP}, 335)"),
        ];
        for (generation, reset) in (1..).map(|n| n * 10).zip(&resets) {
            begun(database, generation).await?;
            database.sql(reset).await?;
            assert_eq!(stuck::orphans(&database.db, 30, 10).await?, [], "not so soon: {reset}");
            database.sql(OLD).await?;
            assert_eq!(stuck::orphans(&database.db, 30, 10).await?, [orphan(generation)], "{reset}");
            runs::cancel(&database.db, SHOP, generation, "nothing works on it", None).await?;
            assert_eq!(stuck::orphans(&database.db, 30, 10).await?, [], "{reset}");
        }
        for generation in [100, 101, 102] {
            begun(database, generation).await?;
        }
        database.sql(OLD).await?;
        assert_eq!(stuck::orphans(&database.db, 30, 10).await?, [orphan(101), orphan(100)], "the oldest first");
        assert_eq!(stuck::orphans(&database.db, 30, 1).await?, [orphan(101)]);
        Ok(())
    })
    .await
}
