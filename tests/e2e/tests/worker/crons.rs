//! The schedules, but for the two that queue every shop: those have a program of their own, since they would start runs
//! in the midst of other tests.

use anyhow::ensure;
use e2e::run;
use serde_json::json;
use xtask::stack::Front;

const QUEUE_PROCESSOR: &str = "*/5 * * * *";

#[test]
fn the_queue_processor_runs_due_rows_and_fails_malformed_ones() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(40).await?;
        let tokenless = world.shop(1).await?;
        tokenless.update("apishopee_shops", "access_token = NULL").await?;
        let good = shop.insert_job("backfill_day", json!({ "days_ago": 3 })).await?;
        let bad = [
            (shop.insert_job("hourly", json!({})).await?, "sync_type"),
            (shop.insert_job("backfill_day", json!({ "days_ago": -1 })).await?, "days_ago"),
            (shop.insert_job("realtime", json!([1])).await?, "sync_params"),
            (world.insert_job(4_294_000_000, "realtime", json!({})).await?, "unknown"),
            (tokenless.insert_job("realtime", json!({})).await?, "authorize"),
        ];
        let sized = shop.insert_job("realtime", json!({})).await?;
        sized.update("chunk_size = -7").await?;
        world.tick(QUEUE_PROCESSOR).await?;
        for (job, word) in bad.iter().map(|(job, word)| (job, *word)).chain([(&sized, "chunk_size")]) {
            let message = job.until("failed").await?;
            ensure!(message.contains(word), "the message does not name {word}: {message}");
        }
        good.until("completed").await?;
        let days = "SELECT count(DISTINCT performance_date) = 1 FROM apishopee_ads_shop_performance_daily WHERE shop_id = $1";
        ensure!(world.db.query_one(days, &[&shop.id]).await?.get::<_, bool>(0), "one day was asked for");
        Ok(())
    });
}

#[test]
fn http_does_what_the_next_tick_would_do() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(30).await?;
        let job = shop.insert_job("realtime", json!({})).await?;
        let body = world.post("/v1/queue/process", json!({})).await?.expect(202)?;
        ensure!(body["claimed"].as_i64() >= Some(0), "{body}");
        job.until("completed").await?;
        shop.check_rows().await
    });
}

#[test]
fn a_doubled_tick_runs_a_row_once() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(20).await?;
        let job = shop.insert_job("realtime", json!({})).await?;
        let (first, second) = tokio::join!(world.tick(QUEUE_PROCESSOR), world.tick(QUEUE_PROCESSOR));
        first.and(second)?;
        job.until("completed").await?;
        ensure!(shop.count("apishopee_ads_sync_runs").await? == 1);
        Ok(())
    });
}

#[test]
fn the_cleanup_deletes_what_ended_long_ago() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let old = shop.insert_job("realtime", json!({})).await?;
        old.update(
            "status = 'completed', created_at = now() - interval '9 days', \
                   completed_at = now() - interval '8 days'",
        )
        .await?;
        world.tick("0 2 * * *").await?;
        ensure!(shop.count("apishopee_ads_sync_queue").await? == 0);
        Ok(())
    });
}

#[test]
fn the_night_seals_the_partner_key_of_a_shop_that_stands_in_plain_text() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(5).await?;
        let key = &world.stack.secrets.partner_key;
        let own = "UPDATE apishopee_shops SET partner_key = $2 WHERE shop_id = $1";
        world.db.execute(own, &[&shop.id, key]).await?;
        world.tick("0 2 * * *").await?;
        let stored = "SELECT partner_key FROM apishopee_shops WHERE shop_id = $1";
        let stored: String = world.db.query_one(stored, &[&shop.id]).await?.get(0);
        ensure!(stored.starts_with("enc.") && !stored.contains(key.as_str()), "it is sealed: {stored}");
        let job = shop.insert_job("realtime", json!({})).await?;
        world.tick(QUEUE_PROCESSOR).await?;
        job.until("completed").await?;
        Ok(())
    });
}

#[test]
fn the_stuck_cleanup_gives_up_a_run_that_nothing_works_on() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let orphan = "INSERT INTO apishopee_ads_sync_progress (shop_id, sync_stage, generation, run_kind, started_at, last_chunk_at) \
                      VALUES ($1, 'syncing_campaigns', 3, 'realtime', now() - interval '2 hours', now() - interval '1 hour')";
        world.db.execute(orphan, &[&shop.id]).await?;
        world.tick("*/10 * * * *").await?;
        shop.until_progress("the end of the orphan", |progress| {
            progress.stage == "failed" && !progress.error.is_empty()
        })
        .await?;
        let run = shop.sync().await?;
        ensure!(run.generation == 4, "generations rise above what Postgres knows: {run}");
        run.until("completed").await
    });
}
