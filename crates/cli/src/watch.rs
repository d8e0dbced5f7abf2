//! A run's progress until it has ended: bars on a terminal, else a line for each change.

use crate::{
    client::part,
    failure::{Failure, Kind},
    output::{self, Format},
    session::Session,
};
use api::run::{RunChunk, RunDetail};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;
use std::{io::IsTerminal, process, thread, time::Duration};

/// Time between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How many looks in a row may stay without an answer.
const LOOKS_LOST_MAX: u32 = 60;
/// What a shell reports of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;
const STAGES: [&str; 2] = ["campaigns", "performance"];

/// Watches a run.
///
/// # Errors
/// It failed or was cancelled; or nothing is heard of it for a minute.
pub fn run(session: &Session, run: &str) -> Result<(), Failure> {
    let id = run.to_owned();
    // Whoever stops watching stops nothing else. If another handler is set already, Ctrl-C ends the program as ever.
    drop(ctrlc::set_handler(move || {
        eprintln!("\nthe run goes on: apishopee runs watch {id}");
        process::exit(INTERRUPTED);
    }));
    let mut view = View::new(session.format);
    let mut lost = 0;
    loop {
        match session.client.get::<Value>(&format!("/v1/runs/{}", part(run)), &[]) {
            Ok(answer) => {
                lost = 0;
                let detail: RunDetail = output::typed(answer.clone())?;
                view.show(&detail);
                if detail.run.status != "running" {
                    return ended(session, &detail, answer);
                }
            }
            // The run does not depend on who watches it.
            Err(failure) if failure.kind == Kind::Unreachable && lost < LOOKS_LOST_MAX => {
                lost += 1;
                view.say(&format!("no answer; looking again ({failure})"));
            }
            Err(failure) => return Err(failure),
        }
        thread::sleep(LOOK_AGAIN);
    }
}

fn ended(session: &Session, detail: &RunDetail, answer: Value) -> Result<(), Failure> {
    let status = &detail.run.status;
    let why = detail.run.error_message.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let message = format!("run {} {status}{why}", detail.id);
    match (status.as_str(), session.format) {
        (_, Format::Json) => output::line(&answer.to_string()),
        ("completed", Format::People) => output::line(&message),
        _ => {}
    }
    if status == "completed" {
        return Ok(());
    }
    let advice = format!("apishopee runs chunks {} --open", detail.id);
    Err(Failure::new(Kind::Failed, message).advised(advice))
}

/// Chunks of a stage that have ended, and all of them.
fn count(chunks: &[RunChunk], stage: &str) -> (u64, u64) {
    let of_stage = chunks.iter().map(|chunk| match chunk {
        RunChunk::Live(chunk) => (&chunk.key.stage, &chunk.state.state),
        RunChunk::Stored(chunk) => (&chunk.stage, &chunk.status),
    });
    let mut counts = (0, 0);
    for (_, state) in of_stage.filter(|(of, _)| *of == stage) {
        let is_over = matches!(state.as_str(), "done" | "failed" | "completed");
        counts = (counts.0 + u64::from(is_over), counts.1 + 1);
    }
    counts
}

/// What the run waits for.
fn wait(detail: &RunDetail) -> Option<String> {
    let live = detail.live.as_ref()?;
    if let Some(pause) = &live.paused {
        return Some(format!("paused by {}", pause.by));
    }
    let hold = live.wait.as_ref()?;
    let reason = hold.reason.as_str().map(str::to_owned).unwrap_or_else(|| hold.reason.to_string());
    Some(format!("waits for {} until {}", reason.replace('_', " "), output::moment(Some(hold.until_ms))))
}

/// Where progress is shown.
enum View {
    Bars { all: MultiProgress, bars: [ProgressBar; 2], words: ProgressBar },
    Lines { last: String },
    Nothing,
}

impl View {
    fn new(format: Format) -> Self {
        if format == Format::Json {
            return Self::Nothing;
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines { last: String::new() };
        }
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("{prefix:12} {bar:40} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars =
            STAGES.map(|stage| all.add(ProgressBar::new(0)).with_style(style.clone()).with_prefix(stage));
        let words = all.add(ProgressBar::new_spinner());
        Self::Bars { all, bars, words }
    }

    fn show(&mut self, detail: &RunDetail) {
        let phase = detail.live.as_ref().map_or(detail.run.status.as_str(), |live| live.phase.as_str());
        let waits = wait(detail);
        let counts = STAGES.map(|stage| count(&detail.chunks, stage));
        match self {
            Self::Bars { bars, words, .. } => {
                for (bar, (done, all)) in bars.iter().zip(counts) {
                    bar.set_length(all);
                    bar.set_position(done);
                }
                words.set_message(waits.unwrap_or_else(|| phase.to_owned()));
                words.tick();
            }
            Self::Lines { last } => {
                let stage = |(stage, (done, all)): (&str, (u64, u64))| format!("{stage} {done}/{all}");
                let stages = STAGES.into_iter().zip(counts).map(stage).collect::<Vec<_>>().join(" ");
                let line =
                    format!("{phase} {stages}{}", waits.map(|wait| format!(" {wait}")).unwrap_or_default());
                if *last != line {
                    eprintln!("{line}");
                    *last = line;
                }
            }
            Self::Nothing => {}
        }
    }

    fn say(&mut self, text: &str) {
        match self {
            Self::Bars { all, .. } => drop(all.println(text)),
            Self::Lines { .. } => eprintln!("{text}"),
            Self::Nothing => {}
        }
    }
}
