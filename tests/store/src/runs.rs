//! Beginning and reading runs.

use crate::{
    samples::{SHOP, begin_of, begun, claimed, picture},
    setup::{each_way, run},
};
use anyhow::{Context, Result};
use store::{
    queue,
    runs::{self, Begun, Projected},
};

const PROGRESS: &str = "SELECT generation, sync_stage, run_kind, chunks_done, total_campaigns, failed_chunks,
    is_complete, started_at IS NOT NULL, completed_at, error_message FROM apishopee_ads_sync_progress";

#[tokio::test]
async fn a_run_begins_once_and_from_zero() -> Result<()> {
    each_way(async |database| {
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_sync_progress (shop_id, total_campaigns, synced_campaigns, sync_stage,
                 failed_chunks, error_message, completed_at, chunks_done) VALUES
                 ({SHOP}, 335, 700, 'failed', '{{1,2}}', 'old', now(), 3)"
            ))
            .await?;
        let job = begun(database, 1).await?;
        assert_eq!(database.sql(PROGRESS).await?, "1|syncing_campaigns|realtime|0|0|{}|f|t||");
        let mut later = picture(1, 1, &job);
        later.chunks_done = 2;
        assert_eq!(runs::project(&database.db, &later).await?, Projected::Written);
        let again = runs::begin(&database.db, &begin_of(1, &job.id)).await?;
        assert_eq!(again, Begun::Begun);
        assert_eq!(database.sql(PROGRESS).await?, "1|syncing_campaigns|realtime|2|335|{}|f|t||", "unchanged");
        let status = "SELECT generation, is_syncing FROM apishopee_ads_sync_status";
        assert_eq!(database.sql(status).await?, "1|t");
        let job = queue::job(&database.db, &job.id).await?.context("job")?;
        assert_eq!((job.status.as_str(), job.generation), ("processing", Some(1)));
        let run = runs::get(&database.db, SHOP, 1).await?.context("run")?;
        assert_eq!((run.status.as_str(), run.trigger.as_str(), run.mode.as_deref()), ("running", "http", Some("chunked")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_that_is_not_the_newest_does_not_begin() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 5).await?;
        for generation in [0, 4] {
            let older = runs::begin(&database.db, &begin_of(generation, &job.id)).await?;
            assert_eq!(older, Begun::Superseded);
        }
        // An operator has reset the shop: the same run must not bring its row back.
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle'").await?;
        assert_eq!(runs::begin(&database.db, &begin_of(5, &job.id)).await?, Begun::Superseded);
        database.sql("DELETE FROM apishopee_ads_sync_progress").await?;
        assert_eq!(runs::begin(&database.db, &begin_of(5, &job.id)).await?, Begun::Superseded);
        assert_eq!(runs::begin(&database.db, &begin_of(4, &job.id)).await?, Begun::Superseded);
        assert_eq!(database.sql(PROGRESS).await?, "");
        assert_eq!(runs::begin(&database.db, &begin_of(6, &job.id)).await?, Begun::Begun);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_takeover_by_hand_with_the_same_number_keeps_the_shop() -> Result<()> {
    each_way(async |database| {
        let job = claimed(database).await?;
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        assert_eq!(runs::begin(&database.db, &begin_of(1, &job.id)).await?, Begun::Superseded);
        assert_eq!(database.sql("SELECT run_kind FROM apishopee_ads_sync_progress").await?, "manual");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_takeover_that_commits_while_a_run_begins_keeps_the_shop() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let job = claimed(database).await?;
        let operator = database.session().await?;
        run(&operator, &format!("BEGIN; SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        let next = begin_of(2, &job.id);
        let begin = runs::begin(&database.db, &next);
        assert_eq!(database.while_locked(&operator, "COMMIT", begin).await??, Begun::Superseded);
        assert_eq!(
            database.sql("SELECT generation, run_kind FROM apishopee_ads_sync_progress").await?,
            "2|manual"
        );
        assert_eq!(runs::get(&database.db, SHOP, 2).await?, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_same_run_begun_twice_at_once_has_begun() -> Result<()> {
    each_way(async |database| {
        let job = claimed(database).await?;
        let other = database.another().await?;
        let run = begin_of(1, &job.id);
        let (one, two) = tokio::join!(runs::begin(&database.db, &run), runs::begin(&other, &run));
        assert_eq!((one?, two?), (Begun::Begun, Begun::Begun));
        assert_eq!(runs::list(&database.db, SHOP, None, 10).await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn runs_are_listed_newest_first_in_pages() -> Result<()> {
    each_way(async |database| {
        for generation in 1..=5 {
            begun(database, generation).await?;
        }
        let page = runs::list(&database.db, SHOP, None, 2).await?;
        assert_eq!(page.iter().map(|run| run.generation).collect::<Vec<_>>(), [5, 4]);
        let page = runs::list(&database.db, SHOP, Some(4), 10).await?;
        assert_eq!(page.iter().map(|run| run.generation).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(runs::get(&database.db, SHOP, 6).await?, None);
        Ok(())
    })
    .await
}
