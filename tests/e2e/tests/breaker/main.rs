//! An app that is set too fast: after a refusal nobody calls until one probe was allowed.

use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart};
use reqwest::Method;
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
/// How many calls may still come after the answer to a refused one, that had their permits. In the time of the pause there
/// would be fifteen times as many.
const ON_THE_WAY_CALLS: usize = 10;

/// A call, in unix milliseconds.
#[derive(Clone, Copy, Debug)]
struct Call {
    began: i64,
    answered: i64,
    refused: bool,
}

/// All calls, in order.
async fn calls(world: &World) -> Result<Vec<Call>> {
    let calls = seed::control(world.stack, Method::GET, "/_mock/calls", &Value::Null).await?;
    let calls = calls.as_array().context("the calls are no list")?;
    let read = |call: &Value| {
        let began = call["time_ms"].as_i64().context("a call has no time")?;
        let answered = began + call["duration_ms"].as_i64().context("a call has no end")?;
        Ok(Call { began, answered, refused: !call["refused_by"].is_null() })
    };
    calls.iter().map(read).collect()
}

/// What followed one opening of the breaker.
#[derive(Debug)]
struct Episode {
    /// Calls that came within the pause after the first refused call was answered.
    on_the_way: usize,
    /// Calls that came between the probe and its answer.
    beside_the_probe: usize,
}

/// Finds the openings: the first refused call, what came within the pause, the probe, which is the next.
fn episodes(calls: &[Call]) -> Vec<Episode> {
    let mut found = Vec::new();
    let mut rest = calls;
    while let Some(first) = rest.iter().position(|call| call.refused) {
        let (refused, later) = (rest[first], &rest[first + 1..]);
        let pause_ends = refused.answered + BREAKER_S * 1_000;
        let before = later.iter().take_while(|call| call.began < pause_ends).count();
        let on_the_way = later[..before].iter().filter(|call| call.began > refused.answered).count();
        let Some(probe) = later.get(before) else { break };
        let beside = later[before + 1..].iter().take_while(|call| call.began < probe.answered);
        found.push(Episode { on_the_way, beside_the_probe: beside.count() });
        rest = &later[before..];
    }
    found
}

/// Runs four shops at once that are set too fast, to their ends.
async fn overrun(world: &World, style: &str) -> Result<Vec<Call>> {
    let sizes = [CAMPAIGNS, CAMPAIGNS, CAMPAIGNS, 350];
    let mut shops = Vec::new();
    for size in sizes {
        shops.push(world.shop(size).await?);
    }
    let rate = json!({ "per_app": LIMIT, "per_shop": null });
    let behaviour = json!({ "rate": rate, "app_refusal": style, "latency_ms": { "mean": 20, "jitter": 5 } });
    seed::behaviour(world.stack, &behaviour).await?;
    let settings = format!(
        "app_calls_per_second = {SETTING}, shop_calls_per_second = {SETTING}, breaker_seconds = {BREAKER_S}"
    );
    world.settings(&settings).await?;
    for shop in &shops {
        shop.sync().await?;
    }
    let alert =
        "SELECT count(*) = 1 FROM apishopee_ads_alerts WHERE kind = 'app_throttled' AND shop_id IS NULL";
    world.until("the alert", alert, &[]).await?;
    for shop in &shops {
        shop.until_run("completed").await?;
        shop.check_rows().await?;
        let receipt = shop.run(1).receipt().await?;
        ensure!(receipt["failed_chunks"] == 0, "{receipt}");
    }
    let open =
        "SELECT count(*) = 0 FROM apishopee_ads_alerts WHERE kind = 'app_throttled' AND resolved_at IS NULL";
    world.until("the alert's end", open, &[]).await?;
    let body = world.get(&format!("/v1/apps/{PARTNER_ID}")).await?.expect(200)?;
    ensure!(body["hold"].is_null() && body["governor"]["rate"].as_f64() < Some(f64::from(SETTING)), "{body}");
    calls(world).await
}

/// Nobody calls after a refusal but one probe.
async fn silent_then_probes(world: &World, style: &str) -> Result<()> {
    let calls = overrun(world, style).await?;
    let episodes = episodes(&calls);
    for episode in &episodes {
        println!("{style}: {episode:?}");
    }
    ensure!(!episodes.is_empty(), "the app was never refused");
    for episode in &episodes {
        ensure!(episode.on_the_way <= ON_THE_WAY_CALLS, "the breaker did not hold: {episode:?}");
        ensure!(episode.beside_the_probe == 0, "more than a probe: {episode:?}");
    }
    Ok(())
}

#[test]
fn an_app_that_is_refused_with_403_is_silent_then_probes() {
    run_apart(Front::Worker, |world| async move { silent_then_probes(&world, "total_403").await });
}

#[test]
fn an_app_that_is_refused_with_200_is_silent_then_probes() {
    run_apart(Front::Worker, |world| async move { silent_then_probes(&world, "partner_200").await });
}

/// The app's limit may answer as a shop's does. That several shops meet it at once gives it away.
#[test]
fn several_shops_that_are_throttled_at_once_are_the_app() {
    run_apart(Front::Worker, |world| async move {
        let calls = overrun(&world, "empty_429").await?;
        let refused = calls.iter().filter(|call| call.refused).count();
        println!("storm: {refused} of {} calls were refused", calls.len());
        ensure!((3..=30).contains(&refused), "{refused} of {} calls were refused", calls.len());
        Ok(())
    });
}

/// The platform locks an app that keeps overrunning, and each further call makes that longer.
#[test]
fn a_locked_app_gets_out_of_the_lock() {
    run_apart(Front::Worker, |world| async move {
        let lock = json!({ "lock": { "after_refusals": 1, "seconds": 4 } });
        seed::behaviour(world.stack, &lock).await?;
        let calls = overrun(&world, "total_403").await?;
        let refused = calls.iter().filter(|call| call.refused).count();
        println!("lock: {refused} of {} calls were refused", calls.len());
        Ok(())
    });
}
