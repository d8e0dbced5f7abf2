//! `cargo xtask sim`: the simulation, built for speed.

use crate::paths;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::process::Command;

/// Options of the simulation.
#[derive(Args)]
pub struct Options {
    /// How many runs.
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// The first seed; the others follow it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print what the flow logs; for a single run.
    #[arg(long)]
    trace: bool,
}

/// Builds it and runs it.
///
/// # Errors
/// An invariant was broken, or the code does not compile.
pub fn run(options: &Options) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--profile", "sim", "-p", "sim", "--"]).current_dir(paths::root());
    command.args(["--runs", &options.runs.to_string(), "--seed", &options.seed.to_string()]);
    if options.trace {
        command.arg("--trace");
    }
    let status = command.status().context("cargo could not be started")?;
    ensure!(status.success(), "the simulation has failed");
    Ok(())
}
