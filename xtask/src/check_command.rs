//! `cargo xtask check`: everything that can be checked without Postgres and workerd.
//!
//! Links in Markdown files are checked by a test of this crate.

use crate::{paths, static_checks, step};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// Packages whose unit tests need Postgres or workerd.
const INTEGRATION_PACKAGES: [&str; 2] = ["e2e", "store-tests"];
/// Integration tests that need neither.
const FAST_TESTS: [&str; 5] = ["protocol", "client", "direct", "copied_checkout", "markdown_links"];

/// Runs all checks, and lists the failed ones at the end.
#[must_use]
pub fn run() -> ExitCode {
    let mut results: Vec<_> = static_checks::ALL.iter().map(|check| (check.name, check.run())).collect();
    results.push(("unit tests", unit_tests()));
    let failures = results.iter().filter_map(|(name, result)| Some((name, result.as_ref().err()?)));
    for (name, error) in failures.clone() {
        eprintln!("\n{name}: {error:#}");
    }
    let failed: Vec<_> = failures.map(|(name, _)| format!("failed: {name}")).collect();
    println!("{}", if failed.is_empty() { "all checks passed".to_owned() } else { failed.join("\n") });
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
