//! Every fault of `cargo xtask chaos`, one after another, in one run if it lasts so long.

use anyhow::{Result, ensure};
use xtask::{
    build,
    chaos::{self, Fault, Injection, Line, Pace, Round, table},
    setup::{self, Scope},
    stack::Stack,
};

const CAMPAIGNS: u32 = 800;
/// Small chunks: the faults need some between them.
const PACE: Pace = Pace { queued_seconds: 10, lease_seconds: 5, chunk_size: 25 };
const LATENCY_MS: u32 = 200;
/// When they come: the first of a run at once. The killed Worker comes last, since it also ends the repetitions of the
/// crashing message.
const FAULTS: [(f64, Fault); 7] = [
    (0.05, Fault::PoolerRestart),
    (0.12, Fault::PostgresRestart),
    (0.20, Fault::PostgresCrash),
    (0.28, Fault::ConnectionCut),
    (0.38, Fault::ShopeeErrors),
    (0.50, Fault::IsolateCrash),
    (0.70, Fault::WorkerKill),
];

/// A run may be over before all faults have come: the next one begins with the first of those that are left.
async fn play(stack: &mut Stack) -> Result<()> {
    let mut line = Line::new("all".to_owned());
    let mut left = &FAULTS[..];
    while let Some(((_, first), later)) = left.split_first() {
        let mut injections = vec![Injection { at: 0.0, fault: *first }];
        injections.extend(later.iter().map(|(at, fault)| Injection { at: *at, fault: *fault }));
        let ended = chaos::play(stack, Round::new(CAMPAIGNS, injections), LATENCY_MS, 7).await?;
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
    let tools = setup::everything(Scope::Tests).unwrap();
    build::bundle().unwrap();
    let mut stack = chaos::start(&tools, PACE).await.unwrap();
    let result = play(&mut stack).await;
    if result.is_err() {
        chaos::keep_log(&stack);
    }
    stack.stop().await;
    result.unwrap();
}
