//! `cargo xtask test`: installs the tools and runs all tests. The last line is the sum.

mod calendar;
mod tally;

use self::tally::Tally;
use crate::{
    build::{self, Bundle},
    paths,
    setup::{self, Scope, Tools},
    stack::{Reaper, pooler::Pooler, postgres::Postgres},
    static_checks, step,
};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// Runs all tests, or those that the arguments of `cargo test` name. The last line of standard output is the sum.
pub async fn run(arguments: &[String]) -> ExitCode {
    let mut tally = Tally::default();
    if !arguments.is_empty() {
        let some = setup::everything(Scope::Tests);
        if let Some(tools) = tally.step("set-up", some) {
            native_tests(&mut tally, &tools, arguments).await;
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
        native_tests(&mut tally, &tools, &["--workspace", "--no-fail-fast"].map(str::to_owned)).await;
        calendar_tests(&mut tally, &tools).await;
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
        for binding in
            ["SHOP_SYNC", "APP_GOVERNOR", "START_QUEUE", "CHUNK_QUEUE", "DB", "METRICS", "SHOPEE_BASE_URL"]
        {
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

async fn native_tests(tally: &mut Tally, tools: &Tools, arguments: &[String]) {
    if let Err(error) = beside_postgres(tally, tools, arguments).await {
        tally.step::<()>("Postgres and its pooler", Err(error));
    }
}

/// Runs `cargo test` beside a Postgres and a pooler of its own.
async fn beside_postgres(tally: &mut Tally, tools: &Tools, arguments: &[String]) -> Result<()> {
    let folder = crate::stack::folder()?;
    let reaper = Reaper::start(folder.path())?;
    let postgres = Postgres::start(folder.path(), &reaper).await?;
    let program = tools.pgbouncer.as_ref().context("pgbouncer is missing")?;
    let pooler = Pooler::start(program, folder.path(), &postgres, &reaper).await?;
    let mut command = Command::new("cargo");
    command
        .arg("test")
        .args(arguments)
        .current_dir(paths::root())
        .env("TEST_DATABASE_URL", postgres.url("postgres"))
        .env("TEST_PGBOUNCER_URL", pooler.url("postgres"));
    tally.runner("native tests", &mut command);
    pooler.stop().await;
    postgres.stop().await;
    Ok(())
}

/// Runs the tests that depend on the clock at other times.
async fn calendar_tests(tally: &mut Tally, tools: &Tools) {
    tally.step("fake platform at other times", calendar::fake_platform());
    let others = [
        ("store at midnight", calendar::postgres(tools).await),
        ("stack at other times", calendar::whole_stack()),
    ];
    for (name, done) in others {
        match done {
            Ok(None) => eprintln!(
                "skipped: {name}, because libfaketime, which fakes the clock of Postgres, is not installed (Debian: apt-get install \
                 faketime)"
            ),
            done => drop(tally.step(name, done)),
        }
    }
}
