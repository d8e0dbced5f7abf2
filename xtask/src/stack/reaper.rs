//! Stops what we started even if we are killed: a shell that waits for the end of its input, which is the end of us,
//! and then stops every process group in its care.

use anyhow::{Context, Result};
use std::{
    io::Write,
    os::unix::process::CommandExt,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

/// A number puts a group in its care, a negative one takes it out again. Interrupt first, since Postgres shuts down
/// cleanly then; kill what is left after five seconds.
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
# Who is being killed may still write.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$1" && break
  sleep 0.2
done
"#;

/// The waiting shell. Its input ends with the last clone.
#[derive(Clone)]
pub struct Reaper {
    input: Arc<Mutex<ChildStdin>>,
}

impl Reaper {
    /// Starts it. `folder` is removed at the end.
    ///
    /// # Errors
    /// There is no shell.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal must not end it before us.
            .process_group(0)
            .spawn()
            .context("sh could not be started")?;
        let input = child.stdin.take().context("sh has no input")?;
        Ok(Self { input: Arc::new(Mutex::new(input)) })
    }

    /// Puts a process group in its care.
    ///
    /// # Errors
    /// The shell is gone.
    pub fn watch(&self, group: i32) -> Result<()> {
        self.tell(group)
    }

    /// Takes a group that has ended out of its care: the number may come to belong to somebody else.
    ///
    /// # Errors
    /// The shell is gone.
    pub fn release(&self, group: i32) -> Result<()> {
        self.tell(-group)
    }

    fn tell(&self, number: i32) -> Result<()> {
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
    fn what_is_in_its_care_ends_with_us_and_what_was_released_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let reaper = Reaper::start(folder.path()).unwrap();
        let ((_watched, watched), (_released, released)) = (sleeper(), sleeper());
        for group in [released, watched] {
            reaper.watch(group).unwrap();
        }
        reaper.release(released).unwrap();
        drop(reaper);
        let ended = |group| waitpid(Pid::from_raw(group), None).unwrap();
        // Whoever starts us in the background may have us ignore interrupts, and so our children; then it is killed.
        assert!(matches!(ended(watched), WaitStatus::Signaled(_, Signal::SIGINT | Signal::SIGKILL, _)));
        while folder.path().exists() {
            std::thread::yield_now();
        }
        killpg(Pid::from_raw(released), Signal::SIGTERM).unwrap();
        assert!(matches!(ended(released), WaitStatus::Signaled(_, Signal::SIGTERM, _)));
    }
}
