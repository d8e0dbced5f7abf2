//! Every fault of `cargo xtask chaos`, one after another, in one run.

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
/// The killed Worker comes last, since it also ends the repetitions of the crashing message.
const FAULTS: [(f64, Fault); 7] = [
    (0.05, Fault::PoolerRestart),
    (0.12, Fault::PostgresRestart),
    (0.20, Fault::PostgresCrash),
    (0.28, Fault::ConnectionCut),
    (0.38, Fault::ShopeeErrors),
    (0.50, Fault::IsolateCrash),
    (0.70, Fault::WorkerKill),
];

async fn play(stack: &mut Stack) -> Result<()> {
    let injections = FAULTS.map(|(at, fault)| Injection { at, fault }).to_vec();
    let ended = chaos::play(stack, Round::new(CAMPAIGNS, injections), LATENCY_MS, 7).await?;
    let injected = ended.injected.len();
    let mut line = Line::new("all".to_owned());
    line.add(ended);
    println!("{}", table(std::slice::from_ref(&line)));
    let problems = line.problems();
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    ensure!(injected == FAULTS.len(), "only {injected} faults came");
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
