//! The npm packages of the other contenders, installed on demand; no install scripts are run.

use crate::{paths, step};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the other contenders' programs.
#[must_use]
pub fn folder() -> PathBuf {
    paths::root().join("bench/peers")
}

/// Installs the packages of bench/peers/package-lock.json, once per version of that file.
///
/// # Errors
/// npm fails.
pub fn ensure() -> Result<()> {
    let folder = folder();
    let lock = fs::read(folder.join("package-lock.json")).context("bench/peers has no package-lock.json")?;
    let key = hex::encode(Sha256::digest(&lock));
    let stamp = folder.join("node_modules/.ads-sync-key");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == key) {
        return Ok(());
    }
    step::step("npm packages of the other contenders", || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        step::run(npm.env("PATH", paths::path_variable())).context("npm is part of Node")
    })?;
    fs::write(stamp, key).context("bench/peers/node_modules cannot be written")
}

/// The installed version of one of the packages.
#[must_use]
pub fn version(package: &str) -> Option<String> {
    version_in(&folder(), package)
}

fn version_in(folder: &Path, package: &str) -> Option<String> {
    let manifest = fs::read(folder.join("node_modules").join(package).join("package.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).ok()?;
    Some(manifest.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_lock_file_pins_versions_and_names_no_registry() {
        let lock = include_str!("../../../bench/peers/package-lock.json");
        assert!(!lock.contains("\"resolved\""));
        let manifest = include_str!("../../../bench/peers/package.json");
        let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
        for (name, version) in manifest["dependencies"].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version} is not one version");
        }
    }
}
