//! Twenty shops at once under the limits of the platform.

use anyhow::{Context, Result, ensure};
use e2e::run_alone;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::{demo::seed, stack::Front};

const SHOPS: usize = 20;
const CAMPAIGNS: u32 = 50;
/// The platform's limits, which are the settings too. A full bucket holds one second's worth.
const APP_PER_SECOND: usize = 5;
const SHOP_PER_SECOND: usize = 2;

/// The most calls that came within one second, anywhere.
fn busiest_second(times_ms: &[i64]) -> usize {
    let within = |(place, from): (usize, &i64)| {
        times_ms.get(place..).unwrap_or_default().iter().take_while(|at| **at < from + 1_000).count()
    };
    times_ms.iter().enumerate().map(within).max().unwrap_or(0)
}

fn times(calls: &[Value]) -> Result<Vec<i64>> {
    calls.iter().map(|call| call["time_ms"].as_i64().context("a call has no time")).collect()
}

#[test]
fn twenty_shops_keep_to_the_limits_and_end_together() {
    run_alone(Front::Worker, |world| async move {
        let mut shops = Vec::new();
        for _ in 0..SHOPS {
            shops.push(world.shop(CAMPAIGNS).await?);
        }
        let rate = json!({ "per_app": APP_PER_SECOND, "per_shop": SHOP_PER_SECOND });
        seed::behaviour(world.stack, &json!({ "rate": rate, "latency_ms": { "mean": 20, "jitter": 5 } }))
            .await?;
        let pace =
            format!("app_calls_per_second = {APP_PER_SECOND}, shop_calls_per_second = {SHOP_PER_SECOND}");
        world.settings(0, &pace).await?;
        // As ads-sync-job does it: a row for each shop, and one tick for all.
        for shop in &shops {
            world.insert_job(*shop, "realtime", json!({})).await?;
        }
        world.stack.worker.tick("*/5 * * * *").await?;
        for shop in &shops {
            world.until_run(*shop, "completed").await?;
        }

        let mut all = Vec::new();
        let mut busiest_shop = 0;
        for shop in &shops {
            let calls = world.calls(*shop).await?;
            let refused: Vec<_> = calls.iter().filter(|call| !call["refused_by"].is_null()).collect();
            ensure!(refused.is_empty(), "refused: {refused:?}");
            let times = times(&calls)?;
            busiest_shop = busiest_shop.max(busiest_second(&times));
            all.extend(times);
            world.check_rows(*shop, CAMPAIGNS).await?;
        }
        all.sort_unstable();
        let busiest = busiest_second(&all);
        let took = "SELECT shop_id, extract(epoch FROM ended_at - started_at)::float8 FROM apishopee_ads_sync_runs \
                    WHERE shop_id = ANY ($1)";
        let took: BTreeMap<i64, f64> =
            world.db.query(took, &[&shops]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
        let fastest = took.values().copied().fold(f64::INFINITY, f64::min);
        let slowest = took.values().copied().fold(0.0, f64::max);
        let span = (all.last().copied().unwrap_or(0) - all.first().copied().unwrap_or(0)) as f64 / 1_000.0;
        println!(
            "{} calls of {SHOPS} shops in {span:.1} s ({:.2}/s of {APP_PER_SECOND}); busiest second {busiest}, of a shop \
             {busiest_shop}; 0 refused; fastest shop {fastest:.1} s, slowest {slowest:.1} s, ratio {:.2}",
            all.len(),
            all.len() as f64 / span,
            slowest / fastest
        );
        ensure!(busiest <= 2 * APP_PER_SECOND, "{busiest} calls in a second");
        ensure!(busiest_shop <= 2 * SHOP_PER_SECOND, "{busiest_shop} calls of a shop in a second");
        ensure!(
            slowest <= 2.0 * fastest,
            "the slowest shop took {slowest} s, the fastest {fastest} s: {took:?}"
        );
        seed::behaviour(world.stack, &json!({ "rate": { "per_app": null, "per_shop": null } })).await
    });
}
