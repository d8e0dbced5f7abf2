//! Every fault of `cargo xtask chaos`, one after another, in one run if it lasts so long; and a database that stands still.

mod turns;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use xtask::{
    build::{self, Bundle},
    chaos::{self, Fault, Injection, Line, Pace, Round, table},
    setup::{self, Scope},
    stack::Stack,
};

const CAMPAIGNS: u32 = 800;
/// Small chunks: the faults need some between them.
const PACE: Pace = Pace { queued_seconds: 10, lease_seconds: 5, chunk_size: 25 };
const LATENCY_MS: u32 = 200;
/// Longest wait for something that must happen, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const READY_ASKED: u64 = 200;
/// When they come: the first of a run at once. The killed Worker comes last, since it also ends the repetitions of the
/// crashing message.
const FAULTS: [(f64, Fault); 9] = [
    (0.05, Fault::PoolerRestart),
    (0.12, Fault::PostgresRestart),
    (0.20, Fault::PostgresCrash),
    (0.28, Fault::ConnectionCut),
    (0.34, Fault::StatementDamaged),
    (0.38, Fault::PostgresSilent),
    (0.42, Fault::ShopeeErrors),
    (0.50, Fault::IsolateCrash),
    (0.70, Fault::WorkerKill),
];

/// Runs a test on a stack of its own, with the proxy and a Worker that can be crashed.
async fn on_a_stack(test: impl AsyncFnOnce(&mut Stack) -> Result<()>) {
    let tools = setup::everything(Scope::Tests).unwrap();
    build::bundle(Bundle::Full).unwrap();
    let mut stack = chaos::start(&tools, PACE).await.unwrap();
    let result = test(&mut stack).await;
    if result.is_err() {
        chaos::keep_log(&stack);
    }
    stack.stop().await;
    result.unwrap();
}

/// A run may be over before all faults have come: the next one begins with the first of those that are left.
async fn play(stack: &mut Stack) -> Result<()> {
    let mut line = Line::new("all".to_owned());
    let mut left = &FAULTS[..];
    while let Some(((_, first), later)) = left.split_first() {
        let mut injections = vec![Injection { at: 0.0, fault: *first }];
        injections.extend(later.iter().map(|(at, fault)| Injection { at: *at, fault: *fault }));
        let ended = chaos::run_round(stack, Round::new(CAMPAIGNS, injections), LATENCY_MS, 7).await?;
        left = &left[ended.injected.len()..];
        line.add(ended);
        let problems = line.problems();
        ensure!(problems.is_empty(), "{}", problems.join("\n"));
    }
    println!("{}", table(std::slice::from_ref(&line)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_every_fault() {
    on_a_stack(play).await;
}

/// Whoever asks meanwhile, or wants something done, is told so instead of waiting for ever; and nothing of it stays.
async fn freeze(stack: &Stack) -> Result<()> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    let shops = async || stack.worker.call(Method::GET, "/v1/shops", None).await;
    let told = async |method: Method, path: &str, body: Value| {
        let body = Some(&body).filter(|body| !body.is_null());
        let (status, body) = stack.worker.call(method, path, body).await?;
        ensure!(status == 503 && body["code"] == "unavailable", "{path}: {status} {body}");
        Ok(())
    };
    for _ in 0..2 {
        ensure!(shops().await?.0 == 200);
        proxy.freeze(true);
        let all = tokio::join!(
            told(Method::GET, "/v1/shops", Value::Null),
            told(Method::GET, "/v1/alerts", Value::Null),
            told(Method::POST, "/v1/shops/9/sync", json!({ "kind": "realtime" })),
            told(Method::POST, "/v1/shops/9/reset", Value::Null),
        );
        proxy.freeze(false);
        let _: Vec<()> = [all.0, all.1, all.2, all.3].into_iter().collect::<Result<_>>()?;
    }
    let (status, body) = shops().await?;
    ensure!(status == 200, "{status} {body}");
    Ok(())
}

/// Anybody may ask whether the Worker is ready, as often as he likes.
async fn ask_whether_ready(stack: &Stack) -> Result<()> {
    let turns = stack.proxy.as_ref().context("the stack has no proxy")?.statement_counts();
    let ready = async || stack.worker.call(Method::GET, "/readyz", None).await;
    ensure!(ready().await?.0 == 200);
    let before = turns.statements();
    for _ in 0..READY_ASKED {
        ensure!(ready().await?.0 == 200);
    }
    let asked = turns.statements() - before;
    ensure!(asked < READY_ASKED / 4, "{asked} statements for {READY_ASKED} questions");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_not_asked_for_each_question_whether_all_is_ready() {
    on_a_stack(async |stack| ask_whether_ready(stack).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stands_still_is_told_and_forgotten() {
    on_a_stack(async |stack| freeze(stack).await).await;
}

/// An exception of JavaScript that no `Result` catches fails what waits, and the work goes on.
async fn throw(stack: &mut Stack) -> Result<()> {
    let url = format!("{}/_tap/CHUNK", stack.worker.url);
    let thrown = || stack.worker.log().matches("\"event\":\"test_exception\"").count();
    let answer = stack.worker.http.post(url).body(r#"{"crash":"exception"}"#).send().await?;
    ensure!(answer.status().is_success(), "the queue tap answered {}", answer.status());
    // An invocation that hung would never be told to have failed, and its message never be delivered again.
    let again = async {
        while thrown() < 2 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.context("the invocation that has thrown did not fail")?;
    let mut line = Line::new("exception".to_owned());
    line.add(chaos::run_round(stack, Round::new(60, Vec::new()), 0, 7).await?);
    let problems = line.problems();
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_that_nobody_catches_fails_at_once() {
    on_a_stack(throw).await;
}
