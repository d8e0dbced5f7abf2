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
    /// Months of budgets instead.
    #[arg(long)]
    budgets: bool,
    /// Tell what each run breaks, and go on; nothing is shrunk.
    #[arg(long)]
    survey: bool,
    /// Print what the flow logs; for a single run.
    #[arg(long)]
    trace: bool,
    /// The shops of each case.
    #[arg(long)]
    shops: Option<u32>,
    /// Most campaigns of a shop.
    #[arg(long)]
    campaigns: Option<u32>,
    /// Minutes with faults.
    #[arg(long)]
    minutes: Option<u32>,
    /// The faults, as a case shows them.
    #[arg(long, value_delimiter = ',')]
    faults: Option<Vec<String>>,
}

impl Options {
    /// The case of a seed, with what the options say of it.
    fn case(&self, seed: u64) -> sim::Case {
        let case = if self.budgets { sim::Case::budgets(seed) } else { sim::Case::of(seed) };
        let named = |names: &Vec<String>| {
            let known = |fault: &sim::Fault| names.iter().any(|name| name.trim() == format!("{fault:?}"));
            sim::Faults::only(sim::Fault::ALL.into_iter().chain(sim::Fault::PEOPLE).filter(known))
        };
        sim::Case {
            shops: self.shops.unwrap_or(case.shops),
            campaigns: self.campaigns.unwrap_or(case.campaigns),
            minutes: self.minutes.unwrap_or(case.minutes),
            faults: self.faults.as_ref().map_or(case.faults, named),
            ..case
        }
    }
}

/// All violations, not only the first.
fn survey(options: &Options) -> ExitCode {
    let mut broken = 0_u64;
    for seed in (0..options.runs).map(|n| options.seed.wrapping_add(n)) {
        let case = options.case(seed);
        let ended = if options.budgets { sim::run_budgets(&case, false) } else { sim::run(&case) };
        if let Err(violation) = ended {
            broken += 1;
            println!("seed {seed}: {violation}");
        }
    }
    println!("{broken} of {} runs broke something", options.runs);
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.trace && options.runs == 1 {
        let case = options.case(options.seed);
        println!("{case:?}");
        let ended = if options.budgets { sim::run_budgets(&case, true) } else { sim::run_traced(&case) };
        return match ended {
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
    if options.survey {
        return survey(&options);
    }
    let started = Instant::now();
    let run = |case: &sim::Case| if options.budgets { sim::run_budgets(case, false) } else { sim::run(case) };
    match sim::many_of(options.seed, options.runs, |seed| options.case(seed), run) {
        Ok(tally) => {
            let rate = options.runs as f64 / started.elapsed().as_secs_f64();
            println!("{tally}\n{} runs, {rate:.0} a second, 0 violations", options.runs);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!(
                "{failure}\n\nagain, with what happens: cargo xtask sim {}--runs 1 --seed {} --trace",
                if options.budgets { "--budgets " } else { "" },
                failure.seed
            );
            ExitCode::FAILURE
        }
    }
}
