//! One file a resource.

mod alerts;
mod budgets;
mod contexts;
mod dead_letters;
mod doctor;
mod queue;
mod reports;
mod runs;
mod settings;
mod shops;
mod sinks;

use crate::{
    arguments::{Arguments, Command},
    client::Client,
    context,
    failure::Failure,
    output::{self, Format},
    session::Session,
};
use clap::CommandFactory;

/// Carries out what was typed.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let format = if arguments.json { Format::Json } else { Format::People };
    let command = match arguments.command {
        Command::Context(command) => return contexts::run(command, format),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "apishopee", &mut std::io::stdout());
            return Ok(());
        }
        Command::Man => return man(),
        other => other,
    };
    let session = Session { client: Client::new(context::access(arguments.context.as_deref())?), format };
    match command {
        Command::Shops(arguments) => shops::run(&session, arguments),
        Command::Sync { shop, kind, watch } => runs::sync(&session, shop, kind, watch),
        Command::Runs(arguments) => runs::run(&session, arguments),
        Command::Queue(arguments) => queue::run(&session, arguments),
        Command::DeadLetters(arguments) => dead_letters::run(&session, arguments),
        Command::Alerts(arguments) => alerts::run(&session, arguments),
        Command::Budgets(command) => budgets::run(&session, command),
        Command::Settings(arguments) => settings::run(&session, arguments),
        Command::Sinks(arguments) => sinks::run(&session, arguments),
        Command::Campaigns { shop, search, limit } => reports::campaigns(&session, shop, search, limit),
        Command::Calls { shop } => reports::calls(&session, shop),
        Command::Audit { shop, action, limit } => reports::audit(&session, shop, action, limit),
        Command::Drift => reports::drift(&session),
        Command::Doctor => doctor::run(&session),
        Command::Context(_) | Command::Completions { .. } | Command::Man => Ok(()),
    }
}

fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|error| Failure::usage(error.to_string()))?;
    output::line(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}
