//! `cargo xtask`: set-up, build, demo, simulation, chaos, dev, test, migrate, adopt.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::{adopt, build, chaos, demo, dev, migrate, setup, sim, test_command};

/// The one entry point of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what building and running need. Safe to repeat; takes seconds when nothing is missing.
    Setup,
    /// Build the Worker's bundle and print its size. Skipped when nothing has changed.
    Build,
    /// Bring a database up to date.
    Migrate(migrate::Options),
    /// Take an existing installation over, compare with it, or give it back.
    Adopt(adopt::Options),
    /// Start everything, sync shops of several sizes, check every row.
    Demo(demo::Options),
    /// Run the real flow under virtual time with faults at every await, many times; check the invariants after every step.
    Sim(sim::Options),
    /// Start everything, break it in every way while shops are synced, check every row.
    Chaos(chaos::Options),
    /// Start everything and keep it up, with ticking crons and rebuilds on change.
    Dev,
    /// Set up, then run all tests.
    Test,
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => setup::everything(setup::Scope::Tests).map(drop),
        Command::Build => build::bundle().map(drop),
        Command::Migrate(options) => migrate::run(&options).await,
        Command::Adopt(options) => match adopt::run(&options).await {
            Ok(false) => return ExitCode::FAILURE,
            other => other.map(drop),
        },
        Command::Demo(options) => demo::run(options).await,
        Command::Sim(options) => sim::run(&options),
        Command::Chaos(options) => chaos::run(options).await,
        Command::Dev => dev::run().await,
        Command::Test => return test_command::run().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
