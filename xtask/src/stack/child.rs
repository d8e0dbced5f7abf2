//! A server process: its own process group, its log in a file, stopped when dropped.

use super::Reaper;
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::process::Child;

/// Lines of a log that are shown when a server fails.
const SHOWN_LINES: usize = 30;
/// Time to start.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// Time to stop by itself.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running server.
pub struct Server {
    name: &'static str,
    child: Child,
    group: Pid,
    /// Its output.
    pub log: PathBuf,
}

impl Server {
    /// Starts a program.
    ///
    /// # Errors
    /// It is missing.
    pub fn spawn(name: &'static str, mut command: Command, folder: &Path, reaper: &Reaper) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let id = child.id().context("the process has ended already")?;
        reaper.watch(id)?;
        Ok(Self { name, child, group: Pid::from_raw(i32::try_from(id)?), log })
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
            .with_context(|| format!("the end of its log:\n{}", self.log_tail()))
    }

    /// The end of the log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log =
            fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
    }

    /// Asks it to stop; kills it if it does not.
    pub async fn stop(mut self) {
        // The group is gone already if the server has ended by itself.
        let _ = killpg(self.group, Signal::SIGINT);
        if tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            let _ = killpg(self.group, Signal::SIGKILL);
        }
    }

    /// Kills it at once, without a chance to tidy up.
    pub async fn kill(mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGINT);
    }
}
