//! Runs commands several at once.

use anyhow::Result;
use std::{
    collections::VecDeque,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Instant,
};

/// A command and its title.
pub(super) type Job = (String, Command);

/// What a command did.
#[derive(Debug)]
pub(super) struct Ended {
    pub title: String,
    /// Its standard output, then its standard error.
    pub output: String,
    pub succeeded: bool,
    pub seconds: f64,
}

/// Runs all jobs in their order, `width` at once, and tells of each when it has ended.
pub(super) fn run(jobs: Vec<Job>, width: usize, mut ended: impl FnMut(Ended)) {
    let jobs = Mutex::new(VecDeque::from(jobs));
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..width {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((title, command)) = next() {
                    eprintln!("… {title}");
                    // Nobody to tell means that all is given up.
                    let _ = sender.send(run_one(title, command));
                }
            });
        }
        drop(sender);
        receiver.iter().for_each(&mut ended);
    });
}

fn run_one(title: String, mut command: Command) -> Ended {
    let started = Instant::now();
    let mut output = || -> Result<(String, bool)> {
        let output = command.stdin(Stdio::null()).output()?;
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok((text.concat(), output.status.success()))
    };
    let (output, succeeded) = output().unwrap_or_else(|error| (format!("{error:#}\n"), false));
    Ended { title, output, succeeded, seconds: started.elapsed().as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_job_is_told_of_whether_it_succeeds_or_not() {
        let shell = |title: &str, script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            (title.to_owned(), command)
        };
        let missing = ("missing".to_owned(), Command::new("/no/such/program"));
        let jobs = vec![shell("good", "echo out; echo err >&2"), shell("bad", "echo no; exit 3"), missing];
        let mut seen = BTreeMap::new();
        run(jobs, 2, |ended| drop(seen.insert(ended.title, (ended.output, ended.succeeded))));
        assert_eq!(seen["good"], ("out\nerr\n".to_owned(), true));
        assert_eq!(seen["bad"], ("no\n".to_owned(), false));
        assert!(seen["missing"].0.contains("No such file") && !seen["missing"].1);
    }
}
