//! `cargo xtask sim`: runs the simulation, built with optimisations.

use crate::paths;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::process::Command;

/// Options of `cargo xtask sim`; `cargo xtask sim -- --help` lists those of the simulation.
#[derive(Args)]
pub struct Options {
    /// Passed to the simulation, for example `--runs 100000 --seed 1`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds and runs the simulation.
///
/// # Errors
/// An invariant was violated, or the code does not compile.
pub fn run(options: &Options) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--profile", "sim", "-p", "sim", "--"]).current_dir(paths::root());
    let status = command.args(&options.options).status().context("cargo could not be started")?;
    ensure!(status.success(), "the simulation has failed");
    Ok(())
}
