//! Another clock for a program that asks its machine for the time: libfaketime, if the machine has it.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where distributions put it, below each folder of libraries.
const LIBRARY: &str = "faketime/libfaketime.so.1";

/// A clock that can be moved while programs run by it.
#[derive(Clone, Debug)]
pub struct MovedClock {
    library: PathBuf,
    /// Holds by how many seconds it is ahead of the machine's.
    offset: PathBuf,
}

impl MovedClock {
    /// A clock that shows the machine's time. `None`: there is no libfaketime.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let Some(library) = library() else { return Ok(None) };
        let clock = Self { library, offset: folder.join("clock") };
        clock.show("+0")?;
        Ok(Some(clock))
    }

    /// Shows another moment from now on, and goes on from there. Answers with the seconds that it is ahead of the machine's.
    ///
    /// # Errors
    /// The folder cannot be written.
    #[expect(clippy::disallowed_methods, reason = "the machine's clock is what this one is ahead of")]
    pub fn set(&self, moment: DateTime<Utc>) -> Result<i64> {
        let ahead_s = (moment - Utc::now()).num_seconds();
        self.show(&format!("{ahead_s:+}"))?;
        Ok(ahead_s)
    }

    fn show(&self, offset: &str) -> Result<()> {
        // At once: a program that finds half a number takes it for one.
        let part = self.offset.with_extension("part");
        fs::write(&part, offset)
            .and_then(|()| fs::rename(&part, &self.offset))
            .context("the clock cannot be set")
    }

    /// Lets a program, and those that it starts, run by this clock. Pauses are as long as ever.
    pub fn apply(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.offset)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let others = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    others.into_iter().chain(folders).map(|folder| folder.join(LIBRARY)).find(|file| file.is_file())
}
