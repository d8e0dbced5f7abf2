//! A server process: its own process group, its log in a file, stopped when dropped.

use super::Reaper;
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    fs::{self, OpenOptions},
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::process::Child;

/// Lines of a log that are shown when a server fails.
const SHOWN_LINES: usize = 30;
/// Time to start.
const START_TIMEOUT: Duration = Duration::from_secs(600);
/// Time to stop by itself. Postgres gives its children half of it.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running server.
pub struct Server {
    name: &'static str,
    child: Child,
    group: Pid,
    log: PathBuf,
    reaper: Reaper,
}

impl Server {
    /// Starts a program. Its output is added to [`log_file`], so that the log of a server that was restarted is whole.
    ///
    /// # Errors
    /// It is missing.
    pub fn spawn(name: &'static str, mut command: Command, folder: &Path, reaper: &Reaper) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let log = log_file(folder, name);
        let output = OpenOptions::new().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let group = i32::try_from(child.id().context("the process has ended already")?)?;
        reaper.watch(group)?;
        Ok(Self { name, child, group: Pid::from_raw(group), log, reaper: reaper.clone() })
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// The server has ended, or the time is over; the end of its log is in the message.
    pub async fn wait_until<F: Future<Output = bool>>(&mut self, ready: impl Fn() -> F) -> Result<()> {
        let waiting = async {
            loop {
                if let Some(status) = self.child.try_wait()? {
                    bail!("{} ended ({status})", self.name);
                }
                if ready().await {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let result = tokio::time::timeout(START_TIMEOUT, waiting).await;
        result
            .unwrap_or_else(|_| Err(anyhow::anyhow!("{} was not ready in time", self.name)))
            .with_context(|| format!("the end of its log:\n{}", log_tail(&self.log)))
    }

    /// Asks it to stop; kills it if it does not.
    pub async fn stop(self) {
        self.stop_by(Signal::SIGINT).await;
    }

    /// As [`Self::stop`], with the signal that makes this server stop in the wanted way.
    pub async fn stop_by(mut self, signal: Signal) {
        // The group is gone already if the server has ended by itself.
        let _ = killpg(self.group, signal);
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_ok();
        // A child that outlives it stays in the reaper's care.
        if !ended {
            self.kill().await;
        } else if killpg(self.group, None).is_err() {
            let _ = self.reaper.release(self.group.as_raw());
        }
    }

    /// Kills it and all its children at once, without a chance to tidy up.
    pub async fn kill(mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
        // Without a reaper there is nothing to be released from.
        let _ = self.reaper.release(self.group.as_raw());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that was waited for has no number any more.
        if self.child.id().is_some() {
            let _ = killpg(self.group, Signal::SIGINT);
        }
    }
}

/// Where the output of a server goes.
#[must_use]
pub fn log_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

/// A whole log so far; empty if there is none.
#[must_use]
pub fn log(file: &Path) -> String {
    fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The end of a log.
#[must_use]
pub fn log_tail(file: &Path) -> String {
    let log = log(file);
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
}
