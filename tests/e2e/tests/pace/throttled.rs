//! One shop is throttled; the others go on.

use anyhow::{Context, ensure};
use e2e::run_alone;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const CAMPAIGNS: u32 = 30;
/// What the platform asks for, in seconds.
const RETRY_AFTER_S: i64 = 4;
/// Calls that may be on their way when one is refused. At the shop's rate there would be sixteen in the time to wait.
const ON_THE_WAY_CALLS: usize = 3;

#[test]
fn a_throttled_shop_waits_as_long_as_it_is_told_and_shows_it() {
    run_alone(Front::Worker, |world| async move {
        let (fast, slow) = (world.shop(CAMPAIGNS).await?, world.shop(CAMPAIGNS).await?);
        world.settings("app_calls_per_second = 50, shop_calls_per_second = 50").await?;
        fast.settings("shop_calls_per_second = 4").await?;
        // So far below the limit that no call which comes late is too near to the next one.
        slow.settings("shop_calls_per_second = 0.25").await?;
        let rate = json!({ "per_app": null, "per_shop": 1, "burst": 1 });
        seed::behaviour(
            world.stack,
            &json!({ "rate": rate, "retry_after_s": RETRY_AFTER_S, "shop_refusal": "shop_429",
                                              "latency_ms": { "mean": 20, "jitter": 0 } }),
        )
        .await?;
        let run = fast.sync().await?;
        slow.sync().await?;
        fast.until_progress("the wait", |progress| {
            progress.waits_for.starts_with("Shopee has throttled this shop") && progress.is_waiting
        })
        .await?;
        let body = run.shown().await?;
        ensure!(body["live"]["state"] == "active" && body["run"]["status"] == "running", "{body}");
        slow.until_run("completed").await?;
        fast.until_run("completed").await?;
        for shop in [fast, slow] {
            shop.check_rows().await?;
        }
        let refused = |call: &&Value| !call["refused_by"].is_null();
        ensure!(slow.calls().await?.iter().filter(refused).count() == 0, "the other shop was refused");

        let calls = fast.calls().await?;
        let time = |call: &Value| call["time_ms"].as_i64().context("a call has no time");
        ensure!(calls.iter().filter(refused).count() > 0, "the shop was never throttled");
        for (place, call) in calls.iter().enumerate().filter(|(_, call)| !call["refused_by"].is_null()) {
            let at = time(call)?;
            let mut soon = 0;
            for next in calls.iter().skip(place + 1) {
                soon += usize::from(time(next)? - at < RETRY_AFTER_S * 1_000);
            }
            ensure!(soon <= ON_THE_WAY_CALLS, "called {soon} times within the time to wait");
        }
        let receipt = fast.run(1).receipt().await?;
        ensure!(receipt["failed_chunks"] == 0, "{receipt}");
        let alerts: i64 = world
            .value("SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'app_throttled'", &[])
            .await?;
        ensure!(alerts == 0, "one shop is not the app");
        seed::behaviour(
            world.stack,
            &json!({ "rate": { "per_shop": null, "burst": null }, "retry_after_s": null }),
        )
        .await
    });
}
