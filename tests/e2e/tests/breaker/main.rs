//! An app that is set too fast: after a refusal nobody calls until one probe was allowed.

use anyhow::{Context, Result, ensure};
use e2e::{World, run_alone};
use serde_json::{Value, json};
use xtask::{
    demo::seed,
    stack::{Front, PARTNER_ID},
};

const CAMPAIGNS: u32 = 60;
/// The platform's limit and the setting that overruns it, in calls a second.
const LIMIT: u32 = 5;
const SETTING: u32 = 50;
/// The pause after a refusal, in seconds.
const BREAKER_S: i64 = 3;
/// How long after the answer to a refused call others may still come that had their permits, in milliseconds; and how many.
const ON_THE_WAY_MS: i64 = 600;
const ON_THE_WAY_CALLS: usize = 10;

/// A call, in unix milliseconds.
#[derive(Clone, Copy, Debug)]
struct Call {
    began: i64,
    answered: i64,
    refused: bool,
}

/// All calls since a number, in order.
async fn calls(world: &World, since: u64) -> Result<Vec<Call>> {
    let path = format!("/_mock/calls?since={since}");
    let calls = seed::control(world.stack, reqwest::Method::GET, &path, &Value::Null).await?;
    let calls = calls.as_array().context("the calls are no list")?;
    let read = |call: &Value| {
        let began = call["time_ms"].as_i64().context("a call has no time")?;
        let answered = began + call["duration_ms"].as_i64().context("a call has no end")?;
        Ok(Call { began, answered, refused: !call["refused_by"].is_null() })
    };
    calls.iter().map(read).collect()
}

/// The number of the last call.
async fn last_call(world: &World) -> Result<u64> {
    let calls = seed::control(world.stack, reqwest::Method::GET, "/_mock/calls", &Value::Null).await?;
    Ok(calls.as_array().and_then(|calls| calls.last()).and_then(|call| call["n"].as_u64()).unwrap_or(0))
}

/// What followed one opening of the breaker.
#[derive(Debug)]
struct Episode {
    /// Calls that came after the first refused call was answered, before the silence.
    on_the_way: usize,
    /// The silence, in milliseconds.
    silent_ms: i64,
    /// Calls that came between the probe and its answer.
    beside_the_probe: usize,
}

/// Finds the openings: the first refused call, whatever came until nobody called, the silence, the probe.
fn episodes(calls: &[Call]) -> Vec<Episode> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(first) = calls.iter().skip(from).position(|call| call.refused).map(|place| from + place) {
        let Some(refused) = calls.get(first) else { break };
        let later = calls.get(first + 1..).unwrap_or_default();
        let quiet = refused.answered + ON_THE_WAY_MS;
        let before = later.iter().take_while(|call| call.began <= quiet).count();
        let on_the_way = later.iter().take(before).filter(|call| call.began > refused.answered).count();
        let Some(probe) = later.get(before) else { break };
        let beside_the_probe =
            later.iter().skip(before + 1).take_while(|call| call.began < probe.answered).count();
        found.push(Episode { on_the_way, silent_ms: probe.began - refused.answered, beside_the_probe });
        from = first + 1 + before;
    }
    found
}

async fn overrun(world: &World, style: &str) -> Result<()> {
    let shops = [
        world.shop(CAMPAIGNS).await?,
        world.shop(CAMPAIGNS).await?,
        world.shop(CAMPAIGNS).await?,
        world.shop(350).await?,
    ];
    let since = last_call(world).await?;
    let rate = json!({ "per_app": LIMIT, "per_shop": null });
    let behaviour = json!({ "rate": rate, "app_refusal": style, "latency_ms": { "mean": 20, "jitter": 5 } });
    seed::behaviour(world.stack, &behaviour).await?;
    let settings = format!(
        "app_calls_per_second = {SETTING}, shop_calls_per_second = {SETTING}, breaker_seconds = {BREAKER_S}"
    );
    world.settings(0, &settings).await?;
    for shop in shops {
        world.sync(shop).await?;
    }
    let alert =
        "SELECT count(*) = 1 FROM apishopee_ads_alerts WHERE kind = 'app_throttled' AND shop_id IS NULL";
    world.until("the alert", alert, &[]).await?;
    for shop in shops {
        world.until_run(shop, "completed").await?;
    }
    for (shop, campaigns) in shops.into_iter().zip([CAMPAIGNS, CAMPAIGNS, CAMPAIGNS, 350]) {
        world.check_rows(shop, campaigns).await?;
        let receipt: Value =
            world.value("SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1", &[&shop]).await?;
        ensure!(receipt["failed_chunks"] == 0, "{receipt}");
    }
    let episodes = episodes(&calls(world, since).await?);
    println!("{style}: {episodes:#?}");
    ensure!(!episodes.is_empty(), "the app was never refused");
    for episode in &episodes {
        ensure!(episode.on_the_way <= ON_THE_WAY_CALLS, "{episode:?}");
        ensure!(episode.silent_ms >= BREAKER_S * 1_000, "the breaker did not hold: {episode:?}");
        ensure!(episode.beside_the_probe == 0, "more than a probe: {episode:?}");
    }
    let (_, body) = world.get(&format!("/v1/apps/{PARTNER_ID}")).await?;
    ensure!(body["hold"].is_null() && body["governor"]["rate"].as_f64() < Some(f64::from(SETTING)), "{body}");
    Ok(())
}

#[test]
fn an_app_that_is_refused_with_403_is_silent_then_probes() {
    run_alone(Front::Worker, |world| async move { overrun(&world, "total_403").await });
}
