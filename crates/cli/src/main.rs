//! `apishopee`: the operator's command line.
#![forbid(unsafe_code)]

mod arguments;
mod client;
mod commands;
mod context;
mod failure;
mod output;
mod session;
mod watch;

use arguments::Arguments;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let words = failure.to_string();
            eprintln!("{}", words.lines().map(output::plain).collect::<Vec<_>>().join("\n"));
            ExitCode::from(failure.kind as u8)
        }
    }
}
