//! On which stack a test runs, and what else happens there meanwhile.

use super::World;
use anyhow::{Context, Result, anyhow};
use std::{env, future::Future, sync::LazyLock};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, OnceCell},
};
use xtask::{
    build::{self, Bundle},
    demo::seed,
    setup::{self, Scope, Tools},
    stack::{self, Front, Stack},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads can be started"));
static TOOLS: OnceCell<Tools> = OnceCell::const_new();
static STACK: OnceCell<Stack> = OnceCell::const_new();
static QUIET: OnceCell<Stack> = OnceCell::const_new();
static PROXIED: OnceCell<Stack> = OnceCell::const_new();
static TURN: Mutex<()> = Mutex::const_new(());

async fn start(options: impl Into<stack::Options>) -> Result<Stack> {
    let tools = TOOLS
        .get_or_try_init(|| async {
            let tools = setup::everything(Scope::Tests)?;
            build::bundle(Bundle::Full).map(|()| tools)
        })
        .await?;
    let moment = env::var("TEST_MOMENT").ok().map(|moment| moment.parse()).transpose();
    let moment = moment.context("TEST_MOMENT is no moment, as 2028-02-29T23:59:50Z is")?;
    let stack = Stack::start(tools, stack::Options { moment, ..options.into() }).await?;
    seed::whole_days(&stack).await?;
    Ok(stack)
}

/// The program's own stack: what it tells of alerts goes to this machine.
fn shared(front: Front) -> stack::Options {
    stack::Options { open_sinks: true, ..front.into() }
}

async fn play<F: Future<Output = Result<()>>>(
    stack: &'static Stack,
    test: impl FnOnce(World) -> F,
) -> Result<()> {
    let result = async { test(World { stack, db: stack.database().await? }).await }.await;
    result.map_err(|error| anyhow!("{error:#}\nthe end of the Worker's log:\n{}", stack.worker.log_tail()))
}

fn block_on(test: impl Future<Output = Result<()>>) {
    if let Err(error) = RUNTIME.block_on(test) {
        panic!("{error:#}");
    }
}

/// Runs a test on the program's stack, which the first test starts.
///
/// # Panics
/// The test or the start of the stack failed.
pub fn run<F: Future<Output = Result<()>>>(front: Front, test: impl FnOnce(World) -> F) {
    block_on(async { play(STACK.get_or_try_init(|| start(shared(front))).await?, test).await });
}

/// As [`run`], with no other test of the program at the same time: for what all shops feel.
///
/// # Panics
/// As [`run`].
pub fn run_alone<F: Future<Output = Result<()>>>(front: Front, test: impl FnOnce(World) -> F) {
    run(front, |world| async move {
        let _turn = TURN.lock().await;
        test(world).await
    });
}

/// Runs a test on a stack where nothing happens but this test: the next such test comes after it.
///
/// # Panics
/// As [`run`].
pub fn run_quiet<F: Future<Output = Result<()>>>(front: Front, test: impl FnOnce(World) -> F) {
    block_on(async {
        let _turn = TURN.lock().await;
        play(QUIET.get_or_try_init(|| start(front)).await?, test).await
    });
}

/// As [`run_quiet`], on another stack, whose Worker reaches Postgres through a proxy that can fail.
///
/// # Panics
/// As [`run`].
pub fn run_behind_proxy<F: Future<Output = Result<()>>>(front: Front, test: impl FnOnce(World) -> F) {
    block_on(async {
        let _turn = TURN.lock().await;
        let options = stack::Options { proxy: true, ..front.into() };
        play(PROXIED.get_or_try_init(|| start(options)).await?, test).await
    });
}

/// Runs a test on a stack of its own, with no other such test at the same time: for what cannot be taken back. The
/// stack lives as long as the program.
///
/// # Panics
/// The test or the start of the stack failed.
pub fn run_apart<F: Future<Output = Result<()>>>(front: Front, test: impl FnOnce(World) -> F) {
    block_on(async {
        let _turn = TURN.lock().await;
        play(Box::leak(Box::new(start(front).await?)), test).await
    });
}

/// As [`run`], for what holds within one day of a time zone: if it fails and a day has ended meanwhile, it is done once
/// more, on a stack of its own.
///
/// # Panics
/// As [`run`].
pub fn run_within_a_day<F: Future<Output = Result<()>>>(front: Front, zone: &str, test: impl Fn(World) -> F) {
    block_on(async {
        within_a_day(STACK.get_or_try_init(|| start(shared(front))).await?, front, zone, test).await
    });
}

/// As [`run_quiet`], and as [`run_within_a_day`].
///
/// # Panics
/// As [`run`].
pub fn run_quiet_within_a_day<F: Future<Output = Result<()>>>(
    front: Front,
    zone: &str,
    test: impl Fn(World) -> F,
) {
    block_on(async {
        let _turn = TURN.lock().await;
        within_a_day(QUIET.get_or_try_init(|| start(front)).await?, front, zone, test).await
    });
}

/// As [`run_apart`], and as [`run_within_a_day`].
///
/// # Panics
/// As [`run`].
pub fn run_apart_within_a_day<F: Future<Output = Result<()>>>(
    front: Front,
    zone: &str,
    test: impl Fn(World) -> F,
) {
    block_on(async {
        let _turn = TURN.lock().await;
        within_a_day(Box::leak(Box::new(start(front).await?)), front, zone, test).await
    });
}

async fn within_a_day<F: Future<Output = Result<()>>>(
    stack: &'static Stack,
    front: Front,
    zone: &str,
    test: impl Fn(World) -> F,
) -> Result<()> {
    let today = async || -> Result<String> {
        let today = "SELECT (now() AT TIME ZONE $1)::date::text";
        Ok(stack.database().await?.query_one(today, &[&zone]).await?.get(0))
    };
    let begun = today().await?;
    match play(stack, &test).await {
        Err(error) if today().await? != begun => {
            eprintln!("a day ended in {zone}; once more after: {error:#}");
            play(Box::leak(Box::new(start(front).await?)), &test).await
        }
        result => result,
    }
}
