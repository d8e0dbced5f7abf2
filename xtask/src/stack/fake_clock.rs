//! A fake system clock for native programs, by libfaketime if it is installed.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Its path in distributions' library folders.
const LIBRARY: &str = "faketime/libfaketime.so.1";

/// A fake clock that can be set while programs use it.
#[derive(Clone, Debug)]
pub struct FakeClock {
    library: PathBuf,
    /// A file with its offset from the machine's clock in seconds.
    offset: PathBuf,
}

impl FakeClock {
    /// Creates a clock that shows the machine's time; `None` if libfaketime is not installed.
    ///
    /// # Errors
    /// The folder is not writable.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let Some(library) = library() else { return Ok(None) };
        let clock = Self { library, offset: folder.join("clock") };
        clock.write_offset("+0")?;
        Ok(Some(clock))
    }

    /// Sets the clock, which keeps running from there. Returns its offset from the machine's clock in seconds.
    ///
    /// # Errors
    /// The folder is not writable.
    #[expect(clippy::disallowed_methods, reason = "the offset is relative to the machine's clock")]
    pub fn set(&self, moment: DateTime<Utc>) -> Result<i64> {
        let offset_s = (moment - Utc::now()).num_seconds();
        self.write_offset(&format!("{offset_s:+}"))?;
        Ok(offset_s)
    }

    fn write_offset(&self, offset: &str) -> Result<()> {
        // Atomically: a program must not read a partially written number.
        let part = self.offset.with_extension("part");
        fs::write(&part, offset)
            .and_then(|()| fs::rename(&part, &self.offset))
            .context("the clock cannot be set")
    }

    /// Makes a program and its children use this clock. Durations are unchanged.
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
