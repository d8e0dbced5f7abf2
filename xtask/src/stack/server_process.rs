//! A server process in its own process group, with its log in a file; stopped on drop.

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

/// Log lines shown when a server fails.
const SHOWN_LINES: usize = 30;
/// Start-up timeout.
const START_TIMEOUT: Duration = Duration::from_secs(600);
/// Time allowed for a graceful stop. Postgres gives its children half of it.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Polling interval of the readiness check.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A running server.
pub struct ServerProcess {
    name: &'static str,
    child: Child,
    group: Pid,
    log: PathBuf,
    reaper: Reaper,
}

impl ServerProcess {
    /// Starts a program. Its output is appended to [`log_file`], so that the log survives restarts of the server.
    ///
    /// # Errors
    /// The program is missing.
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

    /// Its process group.
    #[must_use]
    pub fn group(&self) -> i32 {
        self.group.as_raw()
    }

    /// Waits until `ready` returns true.
    ///
    /// # Errors
    /// The server has exited, or the timeout has expired; the message contains the end of its log.
    pub async fn wait_until<F: Future<Output = bool>>(&mut self, ready: impl Fn() -> F) -> Result<()> {
        let waiting = async {
            loop {
                if let Some(status) = self.child.try_wait()? {
                    bail!("{} ended ({status})", self.name);
                }
                if ready().await {
                    return Ok(());
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let result = tokio::time::timeout(START_TIMEOUT, waiting).await;
        result
            .unwrap_or_else(|_| Err(anyhow::anyhow!("{} was not ready in time", self.name)))
            .with_context(|| format!("the end of its log:\n{}", log_tail(&self.log)))
    }

    /// Stops it gracefully; kills it after a timeout.
    pub async fn stop(self) {
        self.stop_by(Signal::SIGINT).await;
    }

    /// As [`Self::stop`], with the signal that selects the kind of shutdown.
    pub async fn stop_by(mut self, signal: Signal) {
        // The group no longer exists if the server has exited by itself.
        let _ = killpg(self.group, signal);
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_ok();
        // If a child outlives it, the reaper keeps watching the group.
        if !ended {
            self.kill().await;
        } else if killpg(self.group, None).is_err() {
            let _ = self.reaper.release(self.group.as_raw());
        }
    }

    /// Kills it and all its children immediately.
    pub async fn kill(mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
        // A failure means that the reaper is gone, and the group with it.
        let _ = self.reaper.release(self.group.as_raw());
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // A process that was waited for has no pid.
        if self.child.id().is_some() {
            let _ = killpg(self.group, Signal::SIGINT);
        }
    }
}

/// The log file of a server.
#[must_use]
pub fn log_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

/// The contents of a log file; empty if it does not exist.
#[must_use]
pub fn log(file: &Path) -> String {
    fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The last lines of a log file.
#[must_use]
pub fn log_tail(file: &Path) -> String {
    let log = log(file);
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
}
