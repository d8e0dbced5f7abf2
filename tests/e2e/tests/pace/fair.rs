//! Many shops at once under the limits of the platform.

use anyhow::{Context, Result, ensure};
use e2e::run_alone;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

/// Three whole batches: the local queue works on one at a time, and those of a smaller batch share the calls with fewer.
const SHOPS: usize = 3 * 8;
const CAMPAIGNS: u32 = 50;
/// The platform's limits, which are the settings too.
const APP_PER_SECOND: usize = 5;
const SHOP_PER_SECOND: usize = 2;
/// Calls that the platform lets through at once: of a machine that stands still for some seconds all that were due meanwhile
/// may come together.
const BURST: usize = 20;
/// The time over which calls are counted, in milliseconds: long enough that late ones change little.
const SPAN_MS: i64 = 10_000;

/// The most calls that came within [`SPAN_MS`], anywhere.
fn busiest(times_ms: &[i64]) -> usize {
    let within = |(place, from): (usize, &i64)| {
        times_ms.get(place..).unwrap_or_default().iter().take_while(|at| **at < from + SPAN_MS).count()
    };
    times_ms.iter().enumerate().map(within).max().unwrap_or(0)
}

fn times(calls: &[Value]) -> Result<Vec<i64>> {
    calls.iter().map(|call| call["time_ms"].as_i64().context("a call has no time")).collect()
}

#[test]
fn many_shops_keep_to_the_limits_and_end_together() {
    run_alone(Front::Worker, |world| async move {
        let mut shops = Vec::new();
        for _ in 0..SHOPS {
            shops.push(world.shop(CAMPAIGNS).await?);
        }
        let rate = json!({ "per_app": APP_PER_SECOND, "per_shop": SHOP_PER_SECOND, "burst": BURST });
        seed::behaviour(world.stack, &json!({ "rate": rate, "latency_ms": { "mean": 20, "jitter": 5 } }))
            .await?;
        let pace =
            format!("app_calls_per_second = {APP_PER_SECOND}, shop_calls_per_second = {SHOP_PER_SECOND}");
        world.settings(&pace).await?;
        // As ads-sync-job does it: a row for each shop, and one tick for all.
        for shop in &shops {
            shop.insert_job("realtime", json!({})).await?;
        }
        world.tick("*/5 * * * *").await?;
        for shop in &shops {
            shop.until_run("completed").await?;
        }

        let mut by_shop = Vec::new();
        for shop in &shops {
            let calls = shop.calls().await?;
            let refused: Vec<_> = calls.iter().filter(|call| !call["refused_by"].is_null()).collect();
            ensure!(refused.is_empty(), "refused: {refused:?}");
            by_shop.push(times(&calls)?);
            shop.check_rows().await?;
        }
        let mut all = by_shop.concat();
        all.sort_unstable();
        let (of_app, of_a_shop) = (busiest(&all), by_shop.iter().map(|times| busiest(times)).max());
        // Told by the order of the calls: a machine that stands still for a while changes the times and not this.
        let before = |at: i64| all.partition_point(|other| *other < at);
        let span = |times: &Vec<i64>| Some(before(*times.iter().max()?) - before(*times.iter().min()?));
        let spans: Vec<usize> = by_shop.iter().filter_map(span).collect();
        let (shortest, longest) = (spans.iter().min().copied(), spans.iter().max().copied());
        let (shortest, longest) = shortest.zip(longest).context("no shop has called")?;
        let seconds = (all.last().unwrap_or(&0) - all.first().unwrap_or(&0)) as f64 / 1_000.0;
        println!(
            "{} calls of {SHOPS} shops in {seconds:.1} s; busiest {} s: {of_app} of the app, {of_a_shop:?} of a shop; from a \
             shop's first call to its last, {shortest} to {longest} of all",
            all.len(),
            SPAN_MS / 1_000
        );
        let most = |per_second: usize| per_second * (SPAN_MS / 1_000).unsigned_abs() as usize + BURST;
        ensure!(of_app <= most(APP_PER_SECOND), "{of_app} calls of the app");
        ensure!(of_a_shop <= Some(most(SHOP_PER_SECOND)), "{of_a_shop:?} calls of a shop");
        ensure!(longest <= 2 * shortest, "calls of all during a shop's run: {spans:?}");
        seed::behaviour(world.stack, &json!({ "rate": { "per_app": null, "per_shop": null, "burst": null } }))
            .await
    });
}
