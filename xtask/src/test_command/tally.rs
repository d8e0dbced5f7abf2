//! The sum of passed and failed tests.

use super::at_once::Ended;
use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

/// Counts of passed and failed tests.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub passed: u64,
    pub failed: u64,
    /// Names of the failed steps.
    pub failed_steps: Vec<String>,
}

impl Tally {
    /// Counts a step as one test.
    pub fn step<T>(&mut self, name: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                self.passed += 1;
                Some(value)
            }
            Err(error) => {
                eprintln!("{name}: {error:#}");
                self.failed += 1;
                self.failed_steps.push(name.to_owned());
                None
            }
        }
    }

    /// Runs a test runner and adds the counts of its summary lines.
    pub fn runner(&mut self, name: &str, command: &mut Command) {
        eprintln!("── {name}");
        let failed_before = self.failed;
        let succeeded = self.read_summary_lines(command).unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            false
        });
        self.note_failure(name, succeeded, failed_before);
    }

    /// Shows what a test runner said that ran beside others, and adds the counts of its summary lines.
    pub fn ended(&mut self, ended: &Ended) {
        let Ended { title, output, succeeded, seconds } = ended;
        eprintln!("── {title} ({seconds:.1} s)");
        let failed_before = self.failed;
        output.lines().for_each(|line| self.line(line));
        self.note_failure(title, *succeeded, failed_before);
    }

    fn note_failure(&mut self, name: &str, succeeded: bool, failed_before: u64) {
        if !succeeded {
            // A runner that exits without a summary line has failed too.
            self.failed = self.failed.max(failed_before + 1);
            self.failed_steps.push(name.to_owned());
        }
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        if let Some((passed, failed)) = counts(line) {
            self.passed += passed;
            self.failed += failed;
        }
    }

    fn read_summary_lines(&mut self, command: &mut Command) -> Result<bool> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        for line in BufReader::new(output).lines() {
            self.line(&line?);
        }
        Ok(child.wait()?.success())
    }
}

/// Parses `test result: ok. 3 passed; 0 failed; …`, the summary line of cargo's and wasm-bindgen's test runners.
fn counts(line: &str) -> Option<(u64, u64)> {
    let numbers = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |what: &str| {
        let part = numbers.split(';').find(|part| part.trim().ends_with(what))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_are_parsed() {
        let line =
            "test result: ok. 17 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(counts(line), Some((17, 2)));
        assert_eq!(counts("test result: FAILED. 0 passed; 1 failed; 0 ignored;"), Some((0, 1)));
        assert_eq!(counts("test a ... ok"), None);
    }

    #[test]
    fn a_runner_that_fails_without_a_summary_line_is_counted() {
        let mut tally = Tally::default();
        tally.runner("sh", Command::new("sh").args(["-c", "exit 3"]));
        assert_eq!(tally.failed, 1);
    }
}
