//! The app's calls of the day are used up: a program of its own, since nobody calls any more afterwards.

use anyhow::{Context, ensure};
use e2e::run_apart_within_a_day;
use serde_json::json;
use std::time::Duration;
use xtask::{
    demo::seed,
    stack::{Front, PARTNER_ID},
};

const CALLS_A_DAY: usize = 12;

#[test]
fn runs_wait_for_the_next_day_and_do_not_fail() {
    run_apart_within_a_day(Front::Worker, "Asia/Singapore", |world| async move {
        let shops = [world.shop(350).await?, world.shop(60).await?, world.shop(60).await?];
        seed::behaviour(
            world.stack,
            &json!({ "rate": { "per_day": CALLS_A_DAY }, "latency_ms": { "mean": 60, "jitter": 5 } }),
        )
        .await?;
        let mut runs = Vec::new();
        for shop in shops {
            runs.push(shop.sync().await?);
        }
        // The next try within the hour or 00:00 UTC+8, or a little later, so that not all come back at the same moment.
        let shown = "SELECT waiting_reason LIKE 'the app''s calls of the day%' AND sync_stage LIKE 'syncing%' \
                     AND waiting_until - least(now() + interval '1 hour', \
                       (date_trunc('day', (now() AT TIME ZONE 'Asia/Singapore')) + interval '1 day') \
                       AT TIME ZONE 'Asia/Singapore') BETWEEN interval '-2 minutes' AND interval '10 seconds' \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        for shop in shops {
            world.until("the wait for the next day", shown, &[&shop.id]).await?;
        }
        for run in &runs {
            run.until_settled().await?;
        }
        let count = || async {
            let calls =
                seed::control(world.stack, reqwest::Method::GET, "/_mock/calls", &json!(null)).await?;
            let calls = calls.as_array().context("the calls are no list")?.clone();
            Ok::<_, anyhow::Error>((
                calls.len(),
                calls.iter().filter(|call| call["refused_by"] == "day").count(),
            ))
        };
        let (before, refused) = count().await?;
        println!("{before} calls, {refused} of them refused");
        ensure!(
            (1..=10).contains(&refused) && before <= CALLS_A_DAY + 10,
            "{before} calls, {refused} refused"
        );

        // The sweep leaves them alone, and so does everybody else.
        let silent = "UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '5 hours'";
        world.db.execute(silent, &[]).await?;
        for cron in ["*/10 * * * *", "*/15 * * * *", "*/5 * * * *"] {
            world.tick(cron).await?;
        }
        // Long enough for any wait that is shorter than the right one; nothing is to happen, so nothing can be awaited.
        tokio::time::sleep(Duration::from_secs(6)).await;
        ensure!(count().await?.0 == before, "calls were made on the day that is used up");
        let quiet: bool = world
            .value("SELECT bool_and(redrive_count = 0 AND sync_stage LIKE 'syncing%') FROM apishopee_ads_sync_progress", &[])
            .await?;
        ensure!(quiet, "a run that waits for the next day counts as stuck");
        let running: i64 =
            world.value("SELECT count(*) FROM apishopee_ads_sync_runs WHERE status = 'running'", &[]).await?;
        ensure!(running == 3, "{running} runs are running");

        let body = world.get(&format!("/v1/apps/{PARTNER_ID}")).await?.expect(200)?;
        let closed = body["governor"]["closed"].as_object().is_some_and(|closed| !closed.is_empty());
        ensure!(closed, "{body}");
        let alerts = world.get("/v1/alerts").await?.expect(200)?;
        let told = alerts["items"].as_array().is_some_and(|items| {
            items.iter().any(|alert| alert["kind"] == "daily_quota" || alert["kind"] == "endpoint_quota")
        });
        ensure!(told, "{alerts}");
        // An operator may give one up.
        let [_, _, last] = &runs[..] else { anyhow::bail!("three runs") };
        last.ask("cancel").await?.expect(200)?;
        shops[2].until_run("cancelled").await.map(drop)
    });
}
