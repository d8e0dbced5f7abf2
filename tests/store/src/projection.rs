//! Drawing the picture of a run.

use crate::{
    samples::{SHOP, begun, chunk, picture},
    setup::each_way,
};
use anyhow::{Context, Result};
use serde_json::json;
use store::{
    queue,
    runs::{self, Projected, Projection},
};

const SHOWN: &str = "SELECT projection_rev, chunks_done FROM apishopee_ads_sync_progress";

#[tokio::test]
async fn an_older_picture_never_replaces_a_newer_one() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        for (rev, chunks_done, shown) in
            [(2, 1, "2|1"), (2, 1, "2|1"), (5, 3, "5|3"), (3, 2, "5|3"), (6, 4, "6|4")]
        {
            let mut drawn = picture(1, rev, &job);
            drawn.chunks_done = chunks_done;
            assert_eq!(runs::project(&database.db, &drawn).await?, Projected::Written, "revision {rev}");
            assert_eq!(database.sql(SHOWN).await?, shown);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pictures_drawn_at_once_end_with_the_newest() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let other = database.another().await?;
        for rev in (1..40).step_by(2) {
            let (older, newer) = (picture(1, rev, &job), picture(1, rev + 1, &job));
            let (one, two) = tokio::join!(runs::project(&database.db, &newer), runs::project(&other, &older));
            assert_eq!((one?, two?), (Projected::Written, Projected::Written));
            assert_eq!(database.sql(SHOWN).await?, format!("{}|0", rev + 1));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_operators_reset_is_seen_and_nothing_is_written() -> Result<()> {
    let resets = [
        "DELETE FROM apishopee_ads_sync_progress".to_owned(),
        "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false".to_owned(),
        format!("SELECT init_ads_sync_progress({SHOP}, 335)"),
        format!("SELECT complete_sync_progress({SHOP}, 'failed')"),
    ];
    each_way(async |database| {
        for (generation, reset) in (1..).map(|n| n * 10).zip(&resets) {
            let job = begun(database, generation).await?;
            runs::project(&database.db, &picture(generation, 1, &job)).await?;
            database.sql(reset).await?;
            let before = everything(database).await?;
            let mut end = picture(generation, 2, &job);
            end.stage = "completed".to_owned();
            end.chunk_rows = vec![chunk("campaigns", 0, "completed")];
            assert_eq!(runs::project(&database.db, &end).await?, Projected::Reset, "{reset}");
            // Not even a repeat of what was drawn before the reset is taken for shown.
            assert_eq!(
                runs::project(&database.db, &picture(generation, 1, &job)).await?,
                Projected::Reset,
                "{reset}"
            );
            assert_eq!(everything(database).await?, before, "{reset}");
        }
        Ok(())
    })
    .await
}

async fn everything(database: &crate::setup::Database) -> Result<String> {
    let tables = ["progress", "status", "queue", "runs"].map(|table| {
        format!("SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)) FROM apishopee_ads_sync_{table} t")
    });
    database.sql(&tables.join(" UNION ALL ")).await
}

#[tokio::test]
async fn a_newer_run_takes_the_row() -> Result<()> {
    each_way(async |database| {
        let old = begun(database, 1).await?;
        begun(database, 2).await?;
        assert_eq!(runs::project(&database.db, &picture(1, 9, &old)).await?, Projected::Reset);
        assert_eq!(
            database.sql("SELECT generation, projection_rev FROM apishopee_ads_sync_progress").await?,
            "2|0"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_shows_from_begin_to_end() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "processing"), chunk("campaigns", 1, "pending")];
        drawn.waiting_reason = Some("the day's quota is used up".to_owned());
        drawn.waiting_until_ms = Some(4_102_444_800_000);
        runs::project(&database.db, &drawn).await?;
        let view = "SELECT sync_stage, progress_percent, waiting_reason, waiting_until AT TIME ZONE 'UTC' FROM v_ads_sync_progress_status";
        assert_eq!(database.sql(view).await?, "syncing_campaigns|0.0|the day's quota is used up|2100-01-01 00:00:00");
        let running = queue::job(&database.db, &job.id).await?.context("job")?;
        assert_eq!((running.status.as_str(), running.error_message.as_deref()), ("processing", Some("the day's quota is used up")));

        let mut end = picture(1, 2, &job);
        end.stage = "completed".to_owned();
        (end.synced_campaigns, end.current_chunk, end.chunks_done) = (335, 4, 9);
        end.job_error = Some("split into 4 chunks".to_owned());
        end.job_result = Some(json!({"chunks": 4}));
        end.receipt = Some(json!({"planned": 335, "written": 335}));
        end.chunk_rows = vec![chunk("campaigns", 0, "completed"), chunk("campaigns", 1, "completed")];
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, status, vanished_at) VALUES
                 ({SHOP}, 1, 'ongoing', NULL), ({SHOP}, 2, 'ongoing', now()), ({SHOP}, 3, 'paused', NULL)"
            ))
            .await?;
        runs::project(&database.db, &end).await?;
        let view = "SELECT sync_stage, progress_percent, synced_campaigns, is_complete, completed_at IS NOT NULL, waiting_reason
            FROM v_ads_sync_progress_status";
        assert_eq!(database.sql(view).await?, "completed|100.0|335|t|t|");
        let status = "SELECT is_syncing, last_sync_at IS NOT NULL, last_sync_error, total_campaigns, ongoing_campaigns
            FROM apishopee_ads_sync_status";
        assert_eq!(database.sql(status).await?, "f|t||335|1");
        let ended = queue::job(&database.db, &job.id).await?.context("job")?;
        assert_eq!((ended.status.as_str(), ended.error_message.as_deref()), ("completed", Some("split into 4 chunks")));
        assert_eq!(ended.result, Some(json!({"chunks": 4})));
        let run = runs::get(&database.db, SHOP, 1).await?.context("run")?;
        assert_eq!((run.status.as_str(), run.total_chunks, run.receipt), ("completed", 4, end.receipt.clone()));
        assert!(run.ended_at_ms >= run.started_at_ms);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_failed_run_says_why_everywhere() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut end = picture(1, 1, &job);
        end.stage = "failed".to_owned();
        end.failed_chunks = vec![-1, 2];
        end.error_message = Some("2 of 9 chunks failed".to_owned());
        end.job_error.clone_from(&end.error_message);
        runs::project(&database.db, &end).await?;
        let view = "SELECT sync_stage, failed_chunk_count, failed_chunks, error_message, is_complete FROM v_ads_sync_progress_status";
        assert_eq!(database.sql(view).await?, "failed|2|{-1,2}|2 of 9 chunks failed|f");
        let rows = "SELECT status, error_message FROM apishopee_ads_sync_queue UNION ALL
            SELECT status, error_message FROM apishopee_ads_sync_runs UNION ALL
            SELECT is_syncing::text, last_sync_error FROM apishopee_ads_sync_status";
        assert_eq!(database.sql(rows).await?, "failed|2 of 9 chunks failed\nfailed|2 of 9 chunks failed\nfalse|2 of 9 chunks failed");
        // An ended job is never touched again.
        let mut again = end.clone();
        again.rev = 2;
        again.job_error = Some("something else".to_owned());
        assert_eq!(runs::project(&database.db, &again).await?, Projected::Written);
        let job = queue::job(&database.db, &job.id).await?.context("job")?;
        assert_eq!(job.error_message.as_deref(), Some("2 of 9 chunks failed"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn chunks_show_as_rows_and_a_completed_one_stays_completed() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "completed"), chunk("campaigns", 1, "processing")];
        runs::project(&database.db, &drawn).await?;
        let mut retried = chunk("campaigns", 1, "pending");
        (retried.attempt, retried.error_message) = (2, Some("503 from Shopee".to_owned()));
        let mut drawn = picture(1, 2, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "processing"), retried.clone(), chunk("performance", 1, "pending")];
        runs::project(&database.db, &drawn).await?;
        let chunks = runs::chunks(&database.db, SHOP, 1).await?;
        let expected = [chunk("campaigns", 0, "completed"), retried, chunk("performance", 1, "pending")];
        assert_eq!(chunks, expected);
        let rows = "SELECT DISTINCT is_chunk, sync_type, priority, generation FROM apishopee_ads_sync_queue WHERE is_chunk";
        assert_eq!(database.sql(rows).await?, "t|realtime|2|1");
        // A direct run has no rows.
        let job = begun(database, 2).await?;
        let mut direct = picture(2, 1, &job);
        (direct.chunked, direct.mode) = (false, Some("direct".to_owned()));
        direct.chunk_rows = vec![chunk("campaigns", 0, "completed")];
        runs::project(&database.db, &direct).await?;
        assert_eq!(runs::chunks(&database.db, SHOP, 2).await?, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_percentage_is_that_of_the_work_whatever_becomes_of_the_chunks() -> Result<()> {
    const PERCENT: &str = "SELECT v.progress_percent, s.sync_progress -> 'percent', v.total_chunks
        FROM v_ads_sync_progress_status v JOIN apishopee_ads_sync_status s USING (shop_id)";
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let draw = async |rev, stage: &str, units_done, (chunks_done, total_chunks, chunks_planned)| {
            let stage = stage.to_owned();
            let drawn = Projection {
                stage,
                units_done,
                chunks_done,
                total_chunks,
                chunks_planned,
                ..picture(1, rev, &job)
            };
            assert_eq!(runs::project(&database.db, &drawn).await?, Projected::Written);
            database.sql(PERCENT).await
        };
        // 335 campaigns in two stages, and the shop's totals.
        assert_eq!(draw(1, "syncing_campaigns", 100, (1, 4, 9)).await?, "14.9|14.9|4");
        // The other chunks are cut to 25: more of them are left, and no less is done.
        assert_eq!(draw(2, "syncing_campaigns", 100, (1, 11, 23)).await?, "14.9|14.9|11");
        assert_eq!(draw(3, "syncing_campaigns", 125, (2, 11, 23)).await?, "18.6|18.6|11");
        assert_eq!(draw(4, "syncing_performance", 670, (22, 7, 23)).await?, "99.8|99.8|7");
        assert_eq!(draw(5, "syncing_performance", 9_999, (22, 7, 23)).await?, "100.0|100|7");
        assert_eq!(draw(6, "completed", 671, (23, 7, 23)).await?, "100.0|100|7");

        let job = begun(database, 2).await?;
        assert_eq!(database.sql(PERCENT).await?, "0.0|0|0", "the next run begins from zero");
        let large = Projection { units_done: 20_000, units_planned: 20_001, ..picture(2, 1, &job) };
        runs::project(&database.db, &large).await?;
        assert_eq!(database.sql(PERCENT).await?, "99.9|99.9|4", "only what is completed shows 100");
        let unplanned = Projection { units_planned: 0, chunks_done: 2, ..picture(2, 2, &job) };
        runs::project(&database.db, &unplanned).await?;
        assert_eq!(database.sql(PERCENT).await?, "22.2|22.2|4", "chunks are counted where units are not");
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        database.sql(&format!("SELECT update_chunk_progress({SHOP}, 0, 100)")).await?;
        assert_eq!(
            database
                .sql(
                    "SELECT progress_percent, units_planned FROM v_ads_sync_progress_status
            JOIN apishopee_ads_sync_progress USING (shop_id)"
                )
                .await?,
            "29.9|0"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn work_done_is_a_sign_of_life() -> Result<()> {
    const SILENT: &str =
        "UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '1 hour', redrive_count = 2";
    const ALIVE: &str = "SELECT last_chunk_at > now() - interval '30 minutes', redrive_count FROM apishopee_ads_sync_progress";
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let first = picture(1, 1, &job);
        runs::project(&database.db, &first).await?;
        database.sql(SILENT).await?;
        runs::project(&database.db, &picture(1, 2, &job)).await?;
        assert_eq!(database.sql(ALIVE).await?, "f|2", "drawing the same again is none");
        runs::project(&database.db, &Projection { units_done: 25, ..picture(1, 3, &job) }).await?;
        assert_eq!(database.sql(ALIVE).await?, "t|0");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_wait_without_an_end_is_shown_as_one() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        for (rev, until_ms, shown) in
            [(1, i64::MAX, "9999-12-31 23:59:59+00"), (2, -1, "1970-01-01 00:00:00+00")]
        {
            let drawn = Projection { waiting_until_ms: Some(until_ms), ..picture(1, rev, &job) };
            runs::project(&database.db, &drawn).await?;
            assert_eq!(database.sql("SELECT waiting_until FROM apishopee_ads_sync_progress").await?, shown);
        }
        runs::project(&database.db, &picture(1, 3, &job)).await?;
        assert_eq!(database.sql("SELECT waiting_until FROM apishopee_ads_sync_progress").await?, "");
        Ok(())
    })
    .await
}
