//! Command-line options.

use super::Fault;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of `cargo xtask chaos`.
#[derive(Args)]
pub struct Options {
    /// Campaigns of each shop.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(500..=100_000))]
    pub campaigns: u32,
    /// Runs per fault.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub runs: u32,
    /// Faults to inject, in order, separated by commas; all by default.
    #[arg(long, value_enum, value_delimiter = ',', hide_default_value = true, default_values_t = Fault::value_variants().to_vec())]
    pub faults: Vec<Fault>,
    /// Seed of the fault times and pauses. Which calls fail depends on their order.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Write the table and the details of each run to this file as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Mean latency of the fake Shopee in milliseconds.
    #[arg(long, default_value_t = 100)]
    pub latency_ms: u32,
}
