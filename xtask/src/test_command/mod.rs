//! `cargo xtask test`: set-up, then every test there is. The last line is the sum.

use crate::{
    build, clock, paths,
    setup::{self, Scope, Tools},
    stack::{Reaper, pooler::Pooler, postgres::Postgres},
    step,
};
use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
};

/// What was run, added up.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    broken: Vec<String>,
}

impl Tally {
    /// Counts something that either works or does not as one test.
    fn check<T>(&mut self, name: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                self.passed += 1;
                Some(value)
            }
            Err(error) => {
                eprintln!("{name}: {error:#}");
                self.failed += 1;
                self.broken.push(name.to_owned());
                None
            }
        }
    }

    /// Runs a program whose output holds the closing lines of cargo's test runner.
    fn runner(&mut self, name: &str, command: &mut Command) {
        eprintln!("── {name}");
        let failed_before = self.failed;
        let succeeded = self.read_closing_lines(command).unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            false
        });
        if !succeeded {
            // A runner that dies without a closing line has failed all the same.
            self.failed = self.failed.max(failed_before + 1);
            self.broken.push(name.to_owned());
        }
    }

    fn read_closing_lines(&mut self, command: &mut Command) -> Result<bool> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if let Some((passed, failed)) = counts(&line) {
                self.passed += passed;
                self.failed += failed;
            }
        }
        Ok(child.wait()?.success())
    }
}

/// Runs everything. The last line, alone on standard output, is the sum.
pub async fn run() -> ExitCode {
    let mut tally = Tally::default();
    if let Some(tools) = tally.check("set-up", setup::everything(Scope::Tests)) {
        static_checks(&mut tally);
        if tally.check("bundle", build::bundle()).is_some() {
            tally.check("deploy --dry-run", dry_run());
        }
        wasm_tests(&mut tally, &tools);
        if let Err(error) = native_tests(&mut tally, &tools).await {
            tally.check::<()>("Postgres and its pooler", Err(error));
        }
        other_moments(&mut tally, &tools).await;
    }
    let Tally { passed, failed, broken } = tally;
    if !broken.is_empty() {
        eprintln!("failed: {}", broken.join(", "));
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn static_checks(tally: &mut Tally) {
    let cargo =
        |arguments: &[&str]| step::run(Command::new("cargo").args(arguments).current_dir(paths::root()));
    let format = step::step("cargo fmt --check", || cargo(&["fmt", "--all", "--check"]));
    tally.check("fmt", format);
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    tally.check("clippy", step::step("cargo clippy", || cargo(&clippy)));
    // What the Worker must not do with outside data is denied in its own code, not in its tests.
    let panics = ["unwrap_used", "expect_used", "panic", "indexing_slicing"];
    let mut strict = vec!["clippy", "-p", "apishopee-ads-sync", "--lib", "--", "--deny", "warnings"];
    let denied: Vec<String> = panics.iter().map(|lint| format!("clippy::{lint}")).collect();
    for lint in &denied {
        strict.extend(["--deny", lint]);
    }
    tally.check("panic lints", step::step("cargo clippy, panic lints of the Worker", || cargo(&strict)));
}

/// The real wrangler.toml, as a deployment would use it.
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
    tally.runner("what touches JS, in wasm under Node", &mut command);
}

async fn native_tests(tally: &mut Tally, tools: &Tools) -> Result<()> {
    let folder = crate::stack::folder()?;
    let reaper = Reaper::start(folder.path())?;
    let postgres = Postgres::start(folder.path(), &reaper).await?;
    let program = tools.pgbouncer.as_ref().context("pgbouncer is missing")?;
    let pooler = Pooler::start(program, folder.path(), &postgres, &reaper).await?;
    let mut command = Command::new("cargo");
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .current_dir(paths::root())
        .env("TEST_DATABASE_URL", postgres.url("postgres"))
        .env("TEST_PGBOUNCER_URL", pooler.url("postgres"));
    tally.runner("everything else", &mut command);
    pooler.stop().await;
    postgres.stop().await;
    Ok(())
}

/// What looks at a clock, at other moments than this one.
async fn other_moments(tally: &mut Tally, tools: &Tools) {
    tally.check("the fake platform at other moments", clock::fake_platform());
    let others = [
        ("the store at midnight", clock::postgres(tools).await),
        ("the stack at other moments", clock::whole_stack()),
    ];
    for (name, done) in others {
        match done {
            Ok(None) => eprintln!(
                "skipped: {name}, since there is no libfaketime to move the clock of Postgres (Debian: apt-get install \
                 faketime)"
            ),
            done => drop(tally.check(name, done)),
        }
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; …`, which cargo's runner and wasm-bindgen's both print.
fn counts(line: &str) -> Option<(u64, u64)> {
    let numbers = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |what: &str| {
        let part = numbers.split(';').find(|part| part.trim().ends_with(what))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod counting {
    use super::*;

    #[test]
    fn closing_lines_are_read() {
        let line =
            "test result: ok. 17 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(counts(line), Some((17, 2)));
        assert_eq!(counts("test result: FAILED. 0 passed; 1 failed; 0 ignored;"), Some((0, 1)));
        assert_eq!(counts("test a ... ok"), None);
    }

    #[test]
    fn a_program_that_fails_without_a_closing_line_counts() {
        let mut tally = Tally::default();
        tally.runner("sh", Command::new("sh").args(["-c", "exit 3"]));
        assert_eq!(tally.failed, 1);
    }
}
