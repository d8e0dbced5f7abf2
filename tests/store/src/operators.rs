//! What operators do in SQL, word for word as their runbook has it.

use crate::{
    samples::{SHOP, begin_of, begun, campaign, campaigns, chunk, claim, fence, picture, shop},
    setup::{Database, at_one_moment, each_way, run},
};
use anyhow::{Context, Result};
use store::{
    Fence, queue,
    runs::{self, Begun, Projected},
    shops,
};

/// A chunked run of [`SHOP`] with one chunk done, one in work and one failed.
async fn running(database: &Database) -> Result<queue::Job> {
    shop(database, SHOP).await?;
    let job = begun(database, 1).await?;
    let mut drawn = picture(1, 1, &job);
    (drawn.chunks_done, drawn.current_chunk, drawn.units_done) = (2, 2, 200);
    (drawn.synced_campaigns, drawn.failed_chunks) = (100, vec![2]);
    drawn.chunk_rows = vec![
        chunk("campaigns", 0, "completed"),
        chunk("campaigns", 1, "processing"),
        chunk("campaigns", 2, "failed"),
        chunk("campaigns", 3, "pending"),
    ];
    runs::project(&database.db, &drawn).await?;
    Ok(job)
}

/// Nothing of the first run is written any more.
async fn the_run_has_stopped(database: &Database, job: &queue::Job) -> Result<()> {
    assert!(!campaigns(&database.db, &fence(1, 1), &[campaign(1, "late")], &[]).await?.fenced);
    let mut end = picture(1, 2, job);
    end.stage = "completed".to_owned();
    assert_eq!(runs::project(&database.db, &end).await?, Projected::Reset);
    runs::cancel(&database.db, SHOP, 1, "the shop was reset in the database", None).await?;
    assert_eq!(database.sql("SELECT count(*) FROM apishopee_ads_campaign_data").await?, "0");
    Ok(())
}

#[tokio::test]
async fn reading_what_runs_and_what_is_stuck() -> Result<()> {
    at_one_moment(async |database| {
        running(database).await?;
        let view = "SELECT shop_id, shop_name, sync_stage, current_chunk, total_chunks, progress_percent, synced_campaigns,
            total_campaigns, minutes_since_last_chunk < 1, failed_chunk_count, error_message, last_chunk_at IS NULL,
            started_at IS NULL, completed_at, is_complete, failed_chunks FROM v_ads_sync_progress_status";
        assert_eq!(
            database.sql(view).await?,
            format!("{SHOP}|Shop {SHOP}|syncing_campaigns|2|4|29.8|100|335|t|1||f|f||f|{{2}}")
        );
        let stuck = "SELECT shop_id FROM apishopee_ads_sync_progress WHERE sync_stage NOT IN ('idle', 'completed')
            AND last_chunk_at < NOW() - INTERVAL '30 minutes'";
        assert_eq!(database.sql(stuck).await?, "");
        database.sql("UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '31 minutes'").await?;
        assert_eq!(database.sql(stuck).await?, SHOP.to_string());
        let counts = "SELECT status, is_chunk, count(*) FROM apishopee_ads_sync_queue
            WHERE created_at > NOW() - INTERVAL '1 hour' GROUP BY status, is_chunk ORDER BY is_chunk, status";
        assert_eq!(database.sql(counts).await?, "processing|f|1\ncompleted|t|1\nfailed|t|1\npending|t|1\nprocessing|t|1");
        let failed = "SELECT shop_id, failed_chunks FROM apishopee_ads_sync_progress WHERE array_length(failed_chunks, 1) > 0";
        assert_eq!(database.sql(failed).await?, format!("{SHOP}|{{2}}"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn resetting_a_stuck_shop() -> Result<()> {
    each_way(async |database| {
        let job = running(database).await?;
        database
            .sql(&format!(
                "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false WHERE shop_id = {SHOP};
                 DELETE FROM apishopee_ads_sync_queue WHERE shop_id = {SHOP} AND status = 'pending'"
            ))
            .await?;
        the_run_has_stopped(database, &job).await?;
        assert_eq!(database.sql("SELECT sync_stage, is_complete FROM apishopee_ads_sync_progress").await?, "idle|f");
        let open = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE status IN ('pending', 'processing')";
        assert_eq!(database.sql(open).await?, "0");
        assert_eq!(claim(&database.db, 10, 60).await?, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn syncing_a_shop_with_failed_chunks_again() -> Result<()> {
    each_way(async |database| {
        let old = running(database).await?;
        database
            .sql(&format!(
                "DELETE FROM apishopee_ads_sync_progress WHERE shop_id = {SHOP};
                 INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) VALUES ({SHOP}, 'realtime', 10)"
            ))
            .await?;
        let jobs = claim(&database.db, 10, 60).await?;
        let [job] = jobs.as_slice() else { anyhow::bail!("{jobs:?}") };
        assert_eq!((job.priority, job.trigger.as_str(), job.max_retries), (10, "sql", 3));
        let floor = shops::load(&database.db, SHOP).await?.context("shop")?.generation_floor;
        assert_eq!(floor, 1, "known although the progress row is gone");
        assert_eq!(runs::begin(&database.db, &begin_of(floor + 1, &job.id)).await?, Begun::Begun);
        the_run_has_stopped(database, &old).await?;
        assert!(campaigns(&database.db, &fence(2, 1), &[campaign(1, "new")], &[]).await?.fenced);
        let new = queue::job(&database.db, &job.id).await?.context("job")?;
        assert_eq!((new.status.as_str(), new.generation), ("processing", Some(2)), "not the old run's to close");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rolling_back_all_chunked_work() -> Result<()> {
    each_way(async |database| {
        let job = running(database).await?;
        database.sql("DELETE FROM apishopee_ads_sync_queue WHERE is_chunk = true; DELETE FROM apishopee_ads_sync_progress").await?;
        the_run_has_stopped(database, &job).await?;
        assert_eq!(database.sql("SELECT count(*) FROM apishopee_ads_sync_progress").await?, "0");
        assert_eq!(database.sql("SELECT status, is_chunk FROM apishopee_ads_sync_queue").await?, "failed|f");
        Ok(())
    })
    .await
}

/// The editor that operators use sends both statements at once, as one transaction. Whoever waited in it for a chunk's
/// row while holding the progress row would lock it out for good, and the operator's part might be the one to fail.
#[tokio::test]
async fn work_in_flight_does_not_stand_in_the_way_of_a_roll_back() -> Result<()> {
    each_way(async |database| {
        let job = running(database).await?;
        let operator = database.session().await?;
        run(&operator, "BEGIN; DELETE FROM apishopee_ads_sync_queue WHERE is_chunk = true").await?;
        let finish = Fence { chunk_index: 1, finish: true, ..fence(1, 1) };
        let rows = [campaign(1, "in time")];
        let written = campaigns(&database.db, &finish, &rows, &[]);
        assert!(database.without_waiting(written).await??.fenced);
        let mut drawn = picture(1, 2, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 1, "completed"), chunk("campaigns", 3, "processing")];
        let projected = runs::project(&database.db, &drawn);
        assert_eq!(database.without_waiting(projected).await??, Projected::Written);
        run(&operator, "DELETE FROM apishopee_ads_sync_progress; COMMIT").await?;

        let late = Fence { chunk_index: 3, finish: true, ..fence(1, 2) };
        assert!(!campaigns(&database.db, &late, &[campaign(2, "late")], &[]).await?.fenced);
        drawn.rev = 3;
        assert_eq!(runs::project(&database.db, &drawn).await?, Projected::Reset);
        assert_eq!(runs::begin(&database.db, &begin_of(1, &job.id)).await?, Begun::Superseded);
        assert_eq!(database.sql("SELECT count(*) FROM apishopee_ads_sync_progress").await?, "0");
        assert_eq!(database.sql("SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk").await?, "0");
        assert_eq!(database.sql("SELECT campaign_id FROM apishopee_ads_campaign_data").await?, "1");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_picture_that_waits_for_a_reset_draws_nothing() -> Result<()> {
    let resets = [
        format!(
            "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false WHERE shop_id = {SHOP}"
        ),
        format!("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = {SHOP}"),
        "DELETE FROM apishopee_ads_sync_queue WHERE is_chunk = true; DELETE FROM apishopee_ads_sync_progress"
            .to_owned(),
    ];
    each_way(async |database| {
        for reset in &resets {
            database.sql("DELETE FROM apishopee_ads_sync_status; DELETE FROM apishopee_ads_sync_runs;
                DELETE FROM apishopee_ads_sync_queue; DELETE FROM apishopee_ads_sync_progress;
                DELETE FROM apishopee_shops").await?;
            let job = running(database).await?;
            let operator = database.session().await?;
            run(&operator, &format!("BEGIN; {reset}")).await?;
            let mut drawn = picture(1, 2, &job);
            drawn.chunk_rows = vec![chunk("campaigns", 3, "processing"), chunk("campaigns", 4, "pending")];
            let projected = runs::project(&database.db, &drawn);
            assert_eq!(database.while_locked(&operator, "COMMIT", projected).await??, Projected::Reset, "{reset}");
            let drawn = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE chunk_index = 4 OR (chunk_index = 3 AND status <> 'pending')";
            assert_eq!(database.sql(drawn).await?, "0", "{reset}");
        }
        Ok(())
    })
    .await
}
