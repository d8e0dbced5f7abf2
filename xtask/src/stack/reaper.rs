//! Stops child processes even if this process is killed: a shell waits until its input closes, which happens when this
//! process ends, and then stops every registered process group.

use anyhow::{Context, Result};
use std::{
    io::Write,
    os::unix::process::CommandExt,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

/// A number on standard input registers a process group, a negative one removes it. SIGINT first, on which Postgres shuts
/// down cleanly; SIGKILL after five seconds.
const SCRIPT: &str = r#"
groups=""
while read -r group; do
  case "$group" in
    -*) rest=""
        for watched in $groups; do [ "-$watched" = "$group" ] || rest="$rest $watched"; done
        groups="$rest" ;;
    *) groups="$groups $group" ;;
  esac
done
for group in $groups; do kill -INT "-$group" 2>/dev/null; done
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  alive=0
  for group in $groups; do kill -0 "-$group" 2>/dev/null && alive=1; done
  [ "$alive" = 0 ] && break
  sleep 0.2
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
# A process that is being killed may still write.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$1" && break
  sleep 0.2
done
"#;

/// The waiting shell. Its input closes when the last clone is dropped.
#[derive(Clone)]
pub struct Reaper {
    input: Arc<Mutex<ChildStdin>>,
}

impl Reaper {
    /// Starts it. It deletes `folder` at the end.
    ///
    /// # Errors
    /// `sh` cannot be started.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal must not stop it before this process.
            .process_group(0)
            .spawn()
            .context("sh could not be started")?;
        let input = child.stdin.take().context("sh has no input")?;
        Ok(Self { input: Arc::new(Mutex::new(input)) })
    }

    /// Registers a process group.
    ///
    /// # Errors
    /// The shell is gone.
    pub fn watch(&self, group: i32) -> Result<()> {
        self.send(group)
    }

    /// Removes a group that has ended, since its number may be reused.
    ///
    /// # Errors
    /// The shell is gone.
    pub fn release(&self, group: i32) -> Result<()> {
        self.send(-group)
    }

    fn send(&self, number: i32) -> Result<()> {
        let mut input = self.input.lock().map_err(|_| anyhow::anyhow!("a thread has panicked"))?;
        writeln!(input, "{number}").context("the reaper is gone")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::{
        sys::{
            signal::{Signal, killpg},
            wait::{WaitStatus, waitpid},
        },
        unistd::Pid,
    };

    fn sleeper() -> (std::process::Child, i32) {
        let child = Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
        let group = i32::try_from(child.id()).unwrap();
        (child, group)
    }

    #[test]
    fn registered_groups_are_stopped_and_released_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let reaper = Reaper::start(folder.path()).unwrap();
        let ((_watched, watched), (_released, released)) = (sleeper(), sleeper());
        for group in [released, watched] {
            reaper.watch(group).unwrap();
        }
        reaper.release(released).unwrap();
        drop(reaper);
        let ended = |group| waitpid(Pid::from_raw(group), None).unwrap();
        // A background process may inherit an ignored SIGINT, and so do its children; then they are killed.
        assert!(matches!(ended(watched), WaitStatus::Signaled(_, Signal::SIGINT | Signal::SIGKILL, _)));
        while folder.path().exists() {
            std::thread::yield_now();
        }
        killpg(Pid::from_raw(released), Signal::SIGTERM).unwrap();
        assert!(matches!(ended(released), WaitStatus::Signaled(_, Signal::SIGTERM, _)));
    }
}
