//! `cargo xtask`: the entry point of all development and operation commands.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::{
    adopt, bench, build, chaos, check_command, demo, dev, migrate, openapi, setup, sim, test_command,
};

/// Development and operation commands of the Shopee ads sync.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the tools for building and running; takes seconds if they are installed
    Setup,
    /// Start the whole stack, sync shops of several sizes, verify every row
    Demo(demo::Options),
    /// Start the whole stack and keep it running, with crons and rebuilds on change
    Dev,
    /// Run the fast checks: format, lints, unit tests, links, layers; under a minute when warm
    Check(check_command::Options),
    /// Install the tools, then run all checks and tests; with arguments, `cargo test` with them beside a Postgres
    Test {
        /// Arguments of `cargo test`, for example `-p store-tests schedules`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Simulate runs in virtual time with faults at every await, checking all invariants
    Sim(sim::Options),
    /// Inject faults into the whole stack during a large sync, verify every row
    Chaos(chaos::Options),
    /// Measure the sync beside others that do the same job, and what it costs; see BENCHMARKS.md
    Bench(bench::Options),
    /// Build the Worker's bundle if anything has changed, and print its size
    Build(build::Options),
    /// Write assets/openapi.json from the route table and the types of the HTTP interface
    Openapi,
    /// Apply pending migrations to a database
    Migrate(migrate::Options),
    /// Take over an existing installation, compare with it, or roll back
    Adopt(adopt::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => setup::everything(setup::Scope::Tests).map(drop),
        Command::Build(options) => build::run(&options),
        Command::Openapi => openapi::run(),
        Command::Migrate(options) => migrate::run(&options).await,
        Command::Adopt(options) => match adopt::run(&options).await {
            Ok(false) => return ExitCode::FAILURE,
            other => other.map(drop),
        },
        Command::Demo(options) => demo::run(options).await,
        Command::Sim(options) => sim::run(&options),
        Command::Chaos(options) => chaos::run(options).await,
        Command::Bench(options) => bench::run(options).await,
        Command::Dev => dev::run().await,
        Command::Check(options) => return check_command::run(&options),
        Command::Test { arguments } => return test_command::run(&arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
