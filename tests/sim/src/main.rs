//! `cargo xtask sim`: many runs of the simulation, counted.

use clap::Parser;
use std::{process::ExitCode, time::Instant};

/// Runs the real flow under virtual time, with faults at every await, and checks the invariants after every step.
#[derive(Parser)]
struct Options {
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

fn main() -> ExitCode {
    let options = Options::parse();
    if options.trace && options.runs == 1 {
        let case = sim::Case::of(options.seed);
        println!("{case:?}");
        return match sim::run_traced(&case) {
            Ok(tally) => {
                println!("{tally}");
                ExitCode::SUCCESS
            }
            Err(violation) => {
                println!("violation: {violation}");
                ExitCode::FAILURE
            }
        };
    }
    let started = Instant::now();
    match sim::many(options.seed, options.runs, sim::Case::of) {
        Ok(tally) => {
            let rate = options.runs as f64 / started.elapsed().as_secs_f64();
            println!("{tally}\n{} runs, {rate:.0} a second, 0 violations", options.runs);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!(
                "{failure}\n\nagain, with what happens: cargo xtask sim --runs 1 --seed {} --trace",
                failure.seed
            );
            ExitCode::FAILURE
        }
    }
}
