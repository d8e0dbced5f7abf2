//! Handing out jobs.

use crate::{
    samples::{SHOP, begin_of, begun, claim, claimed},
    setup::each_way,
};
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::HashSet;
use store::{
    queue::{self, NewJob},
    runs::{self, BeginRun},
};
use tokio::task::{LocalSet, spawn_local};

#[tokio::test]
async fn eight_claimers_at_once_get_every_job_once() -> Result<()> {
    each_way(async |database| {
        database
            .sql("INSERT INTO apishopee_ads_sync_queue (shop_id, priority) SELECT i, i % 4 FROM generate_series(1, 400) i")
            .await?;
        let claimers = LocalSet::new();
        let claims = claimers
            .run_until(async {
                let mut claimers = Vec::new();
                for _ in 0..8 {
                    let db = database.another().await?;
                    claimers.push(spawn_local(async move {
                        let mut got = Vec::new();
                        loop {
                            let jobs = claim(&db, 7, 3_600).await?;
                            if jobs.is_empty() {
                                return anyhow::Ok(got);
                            }
                            got.extend(jobs.into_iter().map(|job| job.id));
                        }
                    }));
                }
                let mut claims = Vec::new();
                for claimer in claimers {
                    claims.extend(claimer.await??);
                }
                anyhow::Ok(claims)
            })
            .await?;
        assert_eq!(claims.len(), 400);
        assert_eq!(claims.iter().collect::<HashSet<_>>().len(), 400);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_order_is_priority_then_time() -> Result<()> {
    each_way(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, priority, scheduled_at, is_chunk) VALUES
                 (1, 0, now() - interval '1 hour', false), (2, 10, now(), false), (3, 10, now() - interval '1 minute', false),
                 (4, 2147483647, now() + interval '1 hour', false), (5, 9, now(), true), (6, -1, NULL, false)",
            )
            .await?;
        let first = claim(&database.db, 2, 60).await?;
        assert_eq!(first.iter().map(|job| job.shop_id).collect::<Vec<_>>(), [3, 2]);
        let rest = claim(&database.db, 10, 60).await?;
        assert_eq!(rest.iter().map(|job| job.shop_id).collect::<Vec<_>>(), [1, 6], "the future and chunks stay");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn malformed_rows_are_handed_out_as_they_are() -> Result<()> {
    each_way(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, sync_params, priority, chunk_size, created_at) VALUES
                 (-5, 'no such type', '[1, {\"a\": null}]', 3, -7, 'infinity'), (0, '', NULL, NULL, NULL, NULL)",
            )
            .await?;
        let jobs = claim(&database.db, 10, 60).await?;
        assert_eq!(jobs.len(), 2);
        assert_eq!((jobs[0].shop_id, jobs[0].sync_type.as_str(), jobs[0].chunk_size), (-5, "no such type", Some(-7)));
        assert_eq!(jobs[0].sync_params, json!([1, {"a": null}]));
        assert_eq!((jobs[1].priority, jobs[1].created_at_ms, jobs[1].trigger.as_str()), (0, 0, "sql"));
        assert!(jobs[1].sync_params.is_null());
        queue::fail_job(&database.db, &jobs[0].id, "sync_type: \0unknown").await?;
        let failed = queue::job(&database.db, &jobs[0].id).await?.context("gone")?;
        assert_eq!((failed.status.as_str(), failed.error_message.as_deref()), ("failed", Some("sync_type: \u{fffd}unknown")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_lost_start_message_is_found_again_a_bounded_number_of_times() -> Result<()> {
    each_way(async |database| {
        let job = claimed(database).await?;
        assert!(claim(&database.db, 10, 60).await?.is_empty(), "claimed by its maker");
        for again in 1..=3 {
            database
                .sql("UPDATE apishopee_ads_sync_queue SET claimed_until = now() - interval '1 second'")
                .await?;
            let jobs = claim(&database.db, 10, 60).await?;
            assert_eq!(
                jobs.iter().map(|job| (&job.id, job.retry_count)).collect::<Vec<_>>(),
                [(&job.id, again)]
            );
        }
        database
            .sql("UPDATE apishopee_ads_sync_queue SET claimed_until = now() - interval '31 minutes'")
            .await?;
        assert!(claim(&database.db, 10, 60).await?.is_empty());
        assert_eq!(queue::cleanup_stuck(&database.db).await?, 1);
        let job = queue::job(&database.db, &job.id).await?.context("gone")?;
        assert_eq!(job.status, "failed");
        assert_eq!(job.error_message.as_deref(), Some("stopped without an end 4 times; no retries are left"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_whose_run_is_active_is_not_handed_out() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        database
            .sql("UPDATE apishopee_ads_sync_queue SET claimed_until = now() - interval '2 hours'")
            .await?;
        assert!(claim(&database.db, 10, 60).await?.is_empty());
        assert_eq!(queue::cleanup_stuck(&database.db).await?, 0);
        database.sql(&format!("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = {SHOP}")).await?;
        let jobs = claim(&database.db, 10, 60).await?;
        assert_eq!(jobs.iter().map(|job| &job.id).collect::<Vec<_>>(), [&job.id]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn inserting_the_same_job_again_makes_no_second_one() -> Result<()> {
    each_way(async |database| {
        let job = NewJob {
            id: Some("0190a3c4-9d3f-7cde-8b11-0123456789ab".to_owned()),
            shop_id: SHOP,
            sync_type: "backfill_day".to_owned(),
            sync_params: json!({"days_ago": 3, "note": "a\0b"}),
            priority: 3,
            chunk_size: Some(50),
            trigger: "compat".to_owned(),
        };
        let first = queue::insert_claimed(&database.db, &job, 60).await?;
        let again = queue::insert_claimed(&database.db, &job, 60).await?;
        assert_eq!(first, again);
        assert_eq!(
            (first.status.as_str(), first.chunk_size, first.trigger.as_str()),
            ("processing", Some(50), "compat")
        );
        assert_eq!(first.sync_params, json!({"days_ago": 3, "note": "a\u{fffd}b"}));
        assert_eq!(queue::job(&database.db, &first.id).await?, Some(first));
        assert_eq!(queue::job(&database.db, "no uuid").await?, None);
        assert_eq!(queue::job(&database.db, "0190a3c4-9d3f-7cde-8b11-000000000000").await?, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_released_job_waits_and_an_ended_one_stays_ended() -> Result<()> {
    each_way(async |database| {
        let job = claimed(database).await?;
        queue::release_job(&database.db, &job.id, 300, "another run is active").await?;
        assert!(claim(&database.db, 10, 60).await?.is_empty());
        let waits = "SELECT status, scheduled_at > now() + interval '4 minutes', error_message FROM apishopee_ads_sync_queue";
        assert_eq!(database.sql(waits).await?, "pending|t|another run is active");
        queue::release_job(&database.db, &job.id, 0, "").await?;
        assert_eq!(database.sql(waits).await?, "pending|t|another run is active", "only a claimed job is released");
        queue::fail_job(&database.db, &job.id, "no").await?;
        queue::fail_job(&database.db, &job.id, "again").await?;
        queue::release_job(&database.db, &job.id, 0, "again").await?;
        assert_eq!(database.sql("SELECT status, error_message FROM apishopee_ads_sync_queue").await?, "failed|no");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_says_which_run_it_repeats() -> Result<()> {
    each_way(async |database| {
        let job = NewJob {
            id: None,
            shop_id: SHOP,
            sync_type: "backfill_day".to_owned(),
            sync_params: json!({"days_ago": 3, "retry_of": 7}),
            priority: 3,
            chunk_size: None,
            trigger: "http".to_owned(),
        };
        let inserted = queue::insert_claimed(&database.db, &job, 60).await?;
        assert_eq!(inserted.sync_params, job.sync_params);
        let run = BeginRun { params: inserted.sync_params, ..begin_of(8, &inserted.id) };
        runs::begin(&database.db, &run).await?;
        assert_eq!(runs::get(&database.db, SHOP, 8).await?.context("run")?.params["retry_of"], 7);
        Ok(())
    })
    .await
}
