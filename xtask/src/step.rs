//! Progress output: the current step, its duration, and its error.

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Read},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Lines shown of a failed program's output.
const SHOWN_LINES: usize = 40;

/// Runs `work` with its title and duration shown: with a spinner on a terminal, as plain lines elsewhere.
///
/// # Errors
/// What `work` returns.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let spinner = spinner(title);
    let result = work();
    spinner.finish_and_clear();
    let mark = if result.is_ok() { "✔" } else { "✘" };
    eprintln!("{mark} {title} ({:.1} s)", started.elapsed().as_secs_f64());
    result
}

/// A spinner with the elapsed time.
#[must_use]
pub fn spinner(title: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        eprintln!("… {title}");
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_message(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Runs a program and returns its standard output.
///
/// # Errors
/// The program is missing or fails; the message contains the end of its output.
pub fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} could not be started; is it installed?"))?;
    let errors = child.stderr.take();
    let reader = std::thread::spawn(move || read(errors));
    let output = read(child.stdout.take());
    let errors = reader.join().unwrap_or_default();
    let status = child.wait()?;
    if status.success() {
        return Ok(output);
    }
    let all = format!("{output}\n{errors}");
    let lines: Vec<&str> = all.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n");
    bail!("{program} failed ({status}):\n{tail}")
}

fn read(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // On an error, the output read so far is still shown.
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
