//! `cargo xtask sim`: the simulation, built for speed.

use crate::paths;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::process::Command;

/// Options of the simulation, which tells them with `cargo xtask sim -- --help`.
#[derive(Args)]
pub struct Options {
    /// As the simulation takes them, for example `--runs 100000 --seed 1`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds it and runs it.
///
/// # Errors
/// An invariant was broken, or the code does not compile.
pub fn run(options: &Options) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--profile", "sim", "-p", "sim", "--"]).current_dir(paths::root());
    let status = command.args(&options.options).status().context("cargo could not be started")?;
    ensure!(status.success(), "the simulation has failed");
    Ok(())
}
