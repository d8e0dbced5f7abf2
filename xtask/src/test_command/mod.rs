//! `cargo xtask test`: installs the tools and runs all tests. The last line is the sum.

mod at_once;
mod calendar;
mod programs;
mod tally;

use self::{
    at_once::Job,
    programs::{Program, Programs},
    tally::Tally,
};
use crate::{
    build::{self, Bundle},
    paths,
    setup::{self, Scope, Tools},
    stack::{Reaper, pooler::Pooler, postgres::Postgres},
    static_checks, step,
};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// End-to-end test programs that run at once. Each has a stack of its own, and waits most of the time: for a rate, a pause or
/// the end of a lease.
const STACKS_AT_ONCE: usize = 3;
/// Tests at once on one stack.
const TESTS_AT_ONCE: usize = 4;
/// Those that take longest, which start first.
const LONGEST: [&str; 3] = ["budgets", "breaker", "pace"];
const E2E: &str = "tests/e2e";
const NO_FAKETIME: &str = "because libfaketime, which fakes the clock of Postgres, is not installed (Debian: apt-get install faketime)";

/// Runs all tests, or those that the arguments of `cargo test` name. The last line of standard output is the sum.
pub async fn run(arguments: &[String]) -> ExitCode {
    let mut tally = Tally::default();
    if !arguments.is_empty() {
        let some = setup::everything(Scope::Tests);
        if let Some(tools) = tally.step("set-up", some) {
            let mut command = Command::new("cargo");
            command.arg("test").args(arguments).current_dir(paths::root());
            beside_postgres(&mut tally, &tools, vec![("native tests".to_owned(), command)]).await;
        }
        return finish(tally);
    }
    if let Some(tools) = tally.step("set-up", setup::everything(Scope::Tests)) {
        for check in &static_checks::ALL {
            tally.step(check.name, check.run());
        }
        if tally.step("bundle", build::bundle(Bundle::Full)).is_some() {
            tally.step("deploy --dry-run", dry_run());
        }
        wasm_tests(&mut tally, &tools);
        if let Some(programs) = tally.step("the tests' programs", Programs::build()) {
            native_tests(&mut tally, &tools, programs).await;
        }
    }
    finish(tally)
}

/// Prints the sum.
fn finish(tally: Tally) -> ExitCode {
    let Tally { passed, failed, failed_steps } = tally;
    if !failed_steps.is_empty() {
        eprintln!("failed: {}", failed_steps.join(", "));
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Verifies that the real wrangler.toml can be deployed with all its bindings.
fn dry_run() -> Result<()> {
    let out = tempfile::tempdir()?;
    step::step("wrangler deploy --dry-run", || {
        let output = step::run(
            Command::new(paths::npm_program("wrangler"))
                .args(["deploy", "--dry-run", "--outdir"])
                .arg(out.path())
                .current_dir(paths::root())
                .env("PATH", paths::path_variable())
                .env("WRANGLER_SEND_METRICS", "false")
                .env("CI", "true"),
        )?;
        for binding in [
            "SHOP_SYNC",
            "APP_GOVERNOR",
            "FLEET_LIVE",
            "START_QUEUE",
            "CHUNK_QUEUE",
            "DB",
            "METRICS",
            "SHOPEE_BASE_URL",
        ] {
            anyhow::ensure!(
                output.contains(binding),
                "the dry run does not show the binding {binding}:\n{output}"
            );
        }
        Ok(())
    })
}

fn wasm_tests(tally: &mut Tally, tools: &Tools) {
    let mut command = Command::new("cargo");
    command
        .args(["test", "-p", "apishopee-ads-sync", "--lib", "--target", "wasm32-unknown-unknown"])
        .current_dir(paths::root())
        .env("CARGO_TARGET_DIR", paths::root().join("target/wasm"))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.wasm_bindgen_test_runner)
        .env("PATH", paths::path_variable());
    tools.compiler.configure(&mut command);
    tally.runner("wasm tests under Node", &mut command);
}

/// All native tests: one program after another but for those of whole stacks, then the examples in the documentation.
async fn native_tests(tally: &mut Tally, tools: &Tools, programs: Programs) {
    let (e2e, programs) = programs.split(E2E);
    let mut jobs: Vec<_> = programs.iter().map(|program| (program.title(), program.command())).collect();
    let mut examples = Command::new("cargo");
    examples.args(["test", "--workspace", "--doc"]).current_dir(paths::root());
    jobs.push(("examples".to_owned(), examples));
    beside_postgres(tally, tools, jobs).await;
    tally.step("fake platform at other times", calendar::fake_platform(&programs));
    match calendar::postgres(tools, &programs).await {
        Ok(None) => eprintln!("skipped: store at midnight, {NO_FAKETIME}"),
        done => drop(tally.step("store at midnight", done)),
    }
    stack_tests(tally, e2e);
}

/// Runs test runners beside a Postgres and a pooler of their own.
async fn beside_postgres(tally: &mut Tally, tools: &Tools, jobs: Vec<Job>) {
    let result: Result<()> = async {
        let folder = crate::stack::folder()?;
        let reaper = Reaper::start(folder.path())?;
        let postgres = Postgres::start(folder.path(), &reaper).await?;
        let program = tools.pgbouncer.as_ref().context("pgbouncer is missing")?;
        let pooler = Pooler::start(program, folder.path(), &postgres, &reaper).await?;
        for (title, mut command) in jobs {
            command
                .env("TEST_DATABASE_URL", postgres.url("postgres"))
                .env("TEST_PGBOUNCER_URL", pooler.url("postgres"));
            tally.runner(&title, &mut command);
        }
        pooler.stop().await;
        postgres.stop().await;
        Ok(())
    }
    .await;
    if result.is_err() {
        tally.step("Postgres and its pooler", result);
    }
}

/// Runs the tests of whole stacks, of today and of other times.
fn stack_tests(tally: &mut Tally, mut e2e: Vec<Program>) {
    let place = |target: &str| LONGEST.iter().position(|long| *long == target).unwrap_or(LONGEST.len());
    e2e.sort_by_key(|program| place(&program.target));
    let mut jobs: Vec<Job> = e2e.iter().map(|program| (program.title(), program.command())).collect();
    match calendar::whole_stack(&e2e) {
        Ok(Some(more)) => jobs.extend(more),
        Ok(None) => eprintln!("skipped: stack at other times, {NO_FAKETIME}"),
        Err(error) => drop(tally.step::<()>("stack at other times", Err(error))),
    }
    for (_, command) in &mut jobs {
        command.env("RUST_TEST_THREADS", TESTS_AT_ONCE.to_string());
    }
    at_once::run(jobs, STACKS_AT_ONCE, |ended| tally.ended(&ended));
}
