//! Tables for people, JSON for programs.

use crate::failure::{Failure, Kind};
use chrono::{DateTime, Local, SecondsFormat};
use comfy_table::{ContentArrangement, Table, presets};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// How answers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Tables and sentences.
    People,
    /// The server's JSON.
    Json,
}

/// A column of a table: its head, and what it shows of a row.
pub struct Column<T>(pub &'static str, pub fn(&T) -> String);

/// Writes to standard output. Whoever has read enough, as `head` has, ends the program without a complaint.
pub fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Shows the rows of a list: an array for programs.
pub fn rows<T: DeserializeOwned>(
    format: Format,
    items: &[Value],
    columns: &[Column<T>],
) -> Result<(), Failure> {
    if format == Format::Json {
        line(&Value::Array(items.to_vec()).to_string());
        return Ok(());
    }
    if items.is_empty() {
        line("nothing");
        return Ok(());
    }
    let read = |item: &Value| serde_json::from_value::<T>(item.clone()).map_err(unreadable);
    let typed = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut table = Table::new();
    // Without a terminal a line is as long as it must be, so that programs can cut it.
    let is_seen = std::io::stdout().is_terminal();
    table.load_style(presets::NOTHING).set_content_arrangement(match is_seen {
        true => ContentArrangement::Dynamic,
        false => ContentArrangement::Disabled,
    });
    table.set_header(columns.iter().map(|Column(head, _)| *head));
    for row in &typed {
        table.add_row(columns.iter().map(|Column(_, cell)| plain(&cell(row))));
    }
    line(&table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"));
    Ok(())
}

/// Shows one answer: the JSON for programs, else what `text` makes of it.
pub fn one<T: DeserializeOwned>(
    format: Format,
    answer: Value,
    text: impl Fn(&T) -> String,
) -> Result<(), Failure> {
    if format == Format::Json {
        line(&answer.to_string());
        return Ok(());
    }
    let text = text(&typed(answer)?);
    line(&text.lines().map(plain).collect::<Vec<_>>().join("\n"));
    Ok(())
}

/// Without characters that steer a terminal: names come from sellers.
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// An answer as its type.
pub fn typed<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Failure {
    Failure::new(Kind::Unreachable, format!("the answer is not what this release reads: {error}"))
}

/// A moment in the reader's time zone, with its offset; empty if there is none.
pub fn moment(ms: Option<i64>) -> String {
    let at = ms.and_then(DateTime::from_timestamp_millis).map(|at| at.with_timezone(&Local));
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, false)).unwrap_or_default()
}

/// A text, or nothing.
pub fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(|value| plain(&value.to_string())).unwrap_or_default()
}

/// Asks before something is done that moves money or cannot be taken back.
///
/// # Errors
/// Nobody can be asked, or the answer is no.
pub fn confirm(what: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{what}: nobody can be asked here; add --yes")));
    }
    eprint!("{what} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| Failure::usage(error.to_string()))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Kind::Failed, "nothing was done")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_offset_and_none_is_empty() {
        assert_eq!(moment(None), "");
        let shown = moment(Some(1_790_000_000_000));
        assert_eq!(DateTime::parse_from_rfc3339(&shown).unwrap().timestamp(), 1_790_000_000);
    }

    #[test]
    fn what_is_shown_steers_no_terminal() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{9b}c"), "a [2J b c");
    }

    #[test]
    fn nobody_is_asked_without_a_terminal() {
        if !std::io::stdin().is_terminal() {
            assert_eq!(confirm("delete it", false).unwrap_err().kind, Kind::Usage);
        }
        assert!(confirm("delete it", true).is_ok());
    }
}
