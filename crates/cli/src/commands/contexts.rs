//! `apishopee context`

use crate::{
    arguments::ContextCommand,
    context::{self, Context, Contexts},
    failure::Failure,
    output::{self, Column, Format},
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Row {
    name: String,
    url: String,
    token: String,
    current: bool,
}

pub fn run(command: ContextCommand, format: Format) -> Result<(), Failure> {
    let file = context::file()?;
    let mut known = Contexts::read(&file)?;
    match command {
        ContextCommand::List => return list(&known, format),
        ContextCommand::Add { name, url, token_env, token_file } => {
            let context = Context { url: context::checked(&url)?, token_env, token_file };
            known.contexts.insert(name.clone(), context);
            known.current.get_or_insert(name);
        }
        ContextCommand::Use { name } => {
            must_be_known(&known, &name)?;
            known.current = Some(name);
        }
        ContextCommand::Remove { name } => {
            must_be_known(&known, &name)?;
            known.contexts.remove(&name);
            known.current = known.current.filter(|current| *current != name);
        }
    }
    known.write(&file)?;
    list(&known, format)
}

fn must_be_known(known: &Contexts, name: &str) -> Result<(), Failure> {
    let unknown = || Failure::usage(format!("there is no context '{name}': apishopee context list"));
    known.contexts.contains_key(name).then_some(()).ok_or_else(unknown)
}

fn list(known: &Contexts, format: Format) -> Result<(), Failure> {
    let place = |context: &Context| match (&context.token_env, &context.token_file) {
        (Some(name), _) => format!("variable {name}"),
        (None, Some(file)) => format!("file {}", file.display()),
        (None, None) => "nowhere".to_owned(),
    };
    let row = |(name, context): (&String, &Context)| json!({ "name": name, "url": context.url, "token": place(context), "current": known.current.as_ref() == Some(name) });
    let items: Vec<_> = known.contexts.iter().map(row).collect();
    let columns: [Column<Row>; 4] = [
        Column("", |row| if row.current { "*".to_owned() } else { String::new() }),
        Column("context", |row| row.name.clone()),
        Column("address", |row| row.url.clone()),
        Column("token", |row| row.token.clone()),
    ];
    output::rows(format, &items, &columns)
}
