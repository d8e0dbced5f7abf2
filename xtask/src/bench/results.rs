//! Raw results: all single measurements, as JSON files.

use super::{
    fleet::FleetRun,
    growth::GrowthRun,
    lists::ListsRun,
    machine::{self, Machine},
    race::Race,
    rate18::RateRun,
    resync::ResyncRun,
    rig,
    upsert::UpsertRun,
    watched::WatchedRun,
};
use crate::paths;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The results that the repository keeps, relative to the checkout.
pub const KEPT: &str = "bench/results";
/// Results of quick and partial runs, relative to the checkout.
pub const SCRATCH: &str = "target/bench";

/// Results with what they were measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<T> {
    /// The commit of the checkout.
    pub commit: String,
    /// The commit that is called today's, where it took part.
    pub today: Option<String>,
    /// When the measurement ended, RFC 3339.
    pub at: String,
    /// Whether sizes were small.
    pub quick: bool,
    /// The machine.
    pub machine: Machine,
    /// The measurements.
    pub runs: T,
}

/// All results that there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The race.
    pub race: Option<Record<Race>>,
    /// A large shop under a tight limit.
    pub rate18: Option<Record<Vec<RateRun>>>,
    /// Lists over HTTP.
    pub lists: Option<Record<Vec<ListsRun>>>,
    /// A large shop that many watch.
    pub watched: Option<Record<Vec<WatchedRun>>>,
    /// A fleet under a limit.
    pub fleet: Option<Record<Vec<FleetRun>>>,
    /// Our statement against COPY.
    pub upsert: Option<Record<Vec<UpsertRun>>>,
    /// Syncs without changes.
    pub resync: Option<Record<Vec<ResyncRun>>>,
    /// Shops of several sizes.
    pub growth: Option<Record<Vec<GrowthRun>>>,
    /// Fleets of several sizes.
    pub growth_shops: Option<Record<Vec<FleetRun>>>,
    /// The compressed size of the bundle in bytes.
    pub bundle: Option<Record<usize>>,
}

impl Results {
    /// Reads a folder's results; a file that does not exist is a result that there is not.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut results = Self::default();
        let from = Folder(folder.to_path_buf());
        from.load("race", &mut results.race)?;
        from.load("rate18", &mut results.rate18)?;
        from.load("lists", &mut results.lists)?;
        from.load("watched", &mut results.watched)?;
        from.load("fleet", &mut results.fleet)?;
        from.load("upsert", &mut results.upsert)?;
        from.load("resync", &mut results.resync)?;
        from.load("growth", &mut results.growth)?;
        from.load("growth-shops", &mut results.growth_shops)?;
        from.load("bundle", &mut results.bundle)?;
        Ok(results)
    }
}

/// A folder of results.
pub struct Folder(pub PathBuf);

impl Folder {
    /// The results that the repository keeps, or the others.
    #[must_use]
    pub fn of(is_kept: bool) -> Self {
        Self(paths::root().join(if is_kept { KEPT } else { SCRATCH }))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save<T: Serialize>(&self, name: &str, record: &Record<T>) -> Result<()> {
        fs::create_dir_all(&self.0).with_context(|| format!("{} cannot be made", self.0.display()))?;
        let file = self.file(name);
        let text = serde_json::to_string_pretty(record)? + "\n";
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
    }

    fn load<T: DeserializeOwned>(&self, name: &str, place: &mut Option<Record<T>>) -> Result<()> {
        let file = self.file(name);
        if file.is_file() {
            let text = fs::read(&file)?;
            let record = serde_json::from_slice(&text);
            *place = Some(record.with_context(|| format!("{} is not as it was written", file.display()))?);
        }
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }
}

impl<T> Record<T> {
    /// A record of this moment and machine.
    #[must_use]
    pub fn new(runs: T, quick: bool, today: Option<&str>) -> Self {
        let at = rig::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        // It takes a second to ask all programs for their versions.
        static HERE: OnceLock<(String, Machine)> = OnceLock::new();
        let (commit, machine) = HERE.get_or_init(|| (machine::commit(), Machine::this())).clone();
        Self { commit, today: today.map(str::to_owned), at, quick, machine, runs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Results::read(folder.path()).unwrap(), Results::default());
        let runs = vec![UpsertRun { rows: 5, ours_seconds: 1.5, copy_seconds: 1.25 }];
        let record = Record::new(runs, true, Some("abc"));
        Folder(folder.path().to_path_buf()).save("upsert", &record).unwrap();
        let results = Results::read(folder.path()).unwrap();
        assert_eq!(results, Results { upsert: Some(record), ..Results::default() });
        fs::write(folder.path().join("race.json"), "{}").unwrap();
        let error = format!("{:#}", Results::read(folder.path()).unwrap_err());
        assert!(error.contains("race.json"), "{error}");
    }
}
