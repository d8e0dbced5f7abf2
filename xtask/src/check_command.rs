//! `cargo xtask check`: everything that can be checked without Postgres and workerd.
//!
//! The layers of the code and the links in Markdown files are checked by tests of this crate.

use crate::{layers, paths, static_checks, step};
use anyhow::{Result, ensure};
use clap::Args;
use std::process::{Command, ExitCode};

/// Packages whose unit tests need Postgres or workerd.
const INTEGRATION_PACKAGES: [&str; 2] = ["e2e", "store-tests"];
/// Integration tests that need neither.
const FAST_TESTS: [&str; 6] =
    ["protocol", "client", "direct", "statements", "copied_checkout", "markdown_links"];

/// Options of `cargo xtask check`.
#[derive(Args)]
pub struct Options {
    /// Only list import cycles and forbidden dependencies between crates, with the imports that form each cycle
    #[arg(long)]
    layers: bool,
}

/// Runs all checks, and lists the failed ones at the end.
#[must_use]
pub fn run(options: &Options) -> ExitCode {
    let mut results = Vec::new();
    if options.layers {
        results.push(("layers", print_layer_problems()));
    } else {
        results.extend(static_checks::ALL.iter().map(|check| (check.name, check.run())));
        results.push(("unit tests", unit_tests()));
    }
    let failures = results.iter().filter_map(|(name, result)| Some((name, result.as_ref().err()?)));
    for (name, error) in failures.clone() {
        eprintln!("\n{name}: {error:#}");
    }
    let failed: Vec<_> = failures.map(|(name, _)| format!("failed: {name}")).collect();
    println!("{}", if failed.is_empty() { "all checks passed".to_owned() } else { failed.join("\n") });
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_layer_problems() -> Result<()> {
    let mut problems = layers::crate_violations(&paths::root())?;
    problems.extend(layers::import_cycles(&paths::root())?);
    for problem in &problems {
        println!("{problem}\n");
    }
    ensure!(problems.is_empty(), "{} problems", problems.len());
    Ok(())
}

fn unit_tests() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["test", "--quiet", "--workspace", "--no-fail-fast", "--lib"]).current_dir(paths::root());
    for package in INTEGRATION_PACKAGES {
        command.args(["--exclude", package]);
    }
    for test in FAST_TESTS {
        command.args(["--test", test]);
    }
    step::step("unit tests", || step::run(&mut command)).map(drop)
}
