//! The schedules, but for the two that queue every shop: those have a program of their own, since they would start runs
//! in the midst of other tests.

use anyhow::{Result, ensure};
use e2e::{World, run};
use serde_json::json;
use xtask::stack::Front;

const QUEUE_PROCESSOR: &str = "*/5 * * * *";

async fn tick(world: &World, cron: &str) -> Result<()> {
    world.stack.worker.tick(cron).await
}

#[test]
fn the_queue_processor_runs_due_rows_and_fails_malformed_ones() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(40).await?;
        let tokenless = world.shop(1).await?;
        world
            .db
            .execute("UPDATE apishopee_shops SET access_token = NULL WHERE shop_id = $1", &[&tokenless])
            .await?;
        let good = world.insert_job(shop, "backfill_day", json!({ "days_ago": 3 })).await?;
        let bad = [
            (world.insert_job(shop, "hourly", json!({})).await?, "sync_type"),
            (world.insert_job(shop, "backfill_day", json!({ "days_ago": -1 })).await?, "days_ago"),
            (world.insert_job(shop, "realtime", json!([1])).await?, "sync_params"),
            (world.insert_job(4_294_000_000, "realtime", json!({})).await?, "unknown"),
            (world.insert_job(tokenless, "realtime", json!({})).await?, "authorize"),
        ];
        let sized = world.insert_job(shop, "realtime", json!({})).await?;
        world
            .db
            .execute("UPDATE apishopee_ads_sync_queue SET chunk_size = -7 WHERE id::text = $1", &[&sized])
            .await?;
        tick(&world, QUEUE_PROCESSOR).await?;
        for (job, word) in bad.iter().map(|(job, word)| (job, *word)).chain([(&sized, "chunk_size")]) {
            let message = world.until_job(job, "failed").await?.unwrap_or_default();
            ensure!(message.contains(word), "the message does not name {word}: {message}");
        }
        world.until_job(&good, "completed").await?;
        let days = "SELECT count(DISTINCT performance_date) = 1 FROM apishopee_ads_shop_performance_daily WHERE shop_id = $1";
        ensure!(world.db.query_one(days, &[&shop]).await?.get::<_, bool>(0), "one day was asked for");
        Ok(())
    });
}

#[test]
fn http_does_what_the_next_tick_would_do() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(30).await?;
        let job = world.insert_job(shop, "realtime", json!({})).await?;
        let (status, body) = world.post("/v1/queue/process", json!({})).await?;
        ensure!(status == 202 && body["claimed"].as_i64() >= Some(0), "{status} {body}");
        world.until_job(&job, "completed").await?;
        world.check_rows(shop, 30).await
    });
}

#[test]
fn a_doubled_tick_runs_a_row_once() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(20).await?;
        let job = world.insert_job(shop, "realtime", json!({})).await?;
        let (first, second) = tokio::join!(tick(&world, QUEUE_PROCESSOR), tick(&world, QUEUE_PROCESSOR));
        first.and(second)?;
        world.until_job(&job, "completed").await?;
        ensure!(world.count("apishopee_ads_sync_runs", shop).await? == 1);
        Ok(())
    });
}

#[test]
fn the_cleanup_deletes_what_ended_long_ago() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let old = world.insert_job(shop, "realtime", json!({})).await?;
        let age = "UPDATE apishopee_ads_sync_queue SET status = 'completed', created_at = now() - interval '9 days', \
                   completed_at = now() - interval '8 days' WHERE id::text = $1";
        world.db.execute(age, &[&old]).await?;
        tick(&world, "0 2 * * *").await?;
        ensure!(world.count("apishopee_ads_sync_queue", shop).await? == 0);
        Ok(())
    });
}

#[test]
fn the_night_seals_the_partner_key_of_a_shop_that_stands_in_plain_text() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(5).await?;
        let key = &world.stack.secrets.partner_key;
        let own = "UPDATE apishopee_shops SET partner_key = $2 WHERE shop_id = $1";
        world.db.execute(own, &[&shop, key]).await?;
        tick(&world, "0 2 * * *").await?;
        let stored = "SELECT partner_key FROM apishopee_shops WHERE shop_id = $1";
        let stored: String = world.db.query_one(stored, &[&shop]).await?.get(0);
        ensure!(stored.starts_with("enc.") && !stored.contains(key.as_str()), "it is sealed: {stored}");
        let job = world.insert_job(shop, "realtime", json!({})).await?;
        tick(&world, QUEUE_PROCESSOR).await?;
        world.until_job(&job, "completed").await?;
        Ok(())
    });
}

#[test]
fn the_stuck_cleanup_gives_up_a_run_that_nothing_works_on() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let orphan = "INSERT INTO apishopee_ads_sync_progress (shop_id, sync_stage, generation, run_kind, started_at, last_chunk_at) \
                      VALUES ($1, 'syncing_campaigns', 3, 'realtime', now() - interval '2 hours', now() - interval '1 hour')";
        world.db.execute(orphan, &[&shop]).await?;
        tick(&world, "*/10 * * * *").await?;
        let failed = "SELECT sync_stage = 'failed' AND error_message <> '' FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the orphan's end", failed, &[&shop]).await?;
        let id = world.sync(shop).await?;
        ensure!(id == format!("{shop}-4"), "generations rise above what Postgres knows: {id}");
        world.until_run(shop, "completed").await
    });
}
