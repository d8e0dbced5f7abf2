//! What can be chosen.

use super::Fault;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of the chaos.
#[derive(Args)]
pub struct Options {
    /// Campaigns of each run's shop.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(500..=100_000))]
    pub campaigns: u32,
    /// Runs for each fault.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub runs: u32,
    /// Which faults, in which order, separated by commas; all if absent.
    #[arg(long, value_enum, value_delimiter = ',', hide_default_value = true, default_values_t = Fault::value_variants().to_vec())]
    pub faults: Vec<Fault>,
    /// What the moments and pauses are made from. Calls that the fake spoils follow from their numbers.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Write the table and the details of each run to this file.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Mean time that the fake Shopee takes for a call, in milliseconds.
    #[arg(long, default_value_t = 100)]
    pub latency_ms: u32,
}
