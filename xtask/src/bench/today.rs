//! An older commit, built in a clone of its own in the cache.

use crate::{paths, setup::Tools, step};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of that commit, with its bundle built.
///
/// # Errors
/// The checkout has no such commit, or it does not compile.
pub fn ensure(commit: &str, tools: &Tools) -> Result<PathBuf> {
    let is_plain = !commit.is_empty() && commit.chars().all(|c| c.is_ascii_alphanumeric());
    ensure!(is_plain, "--today-commit: '{commit}' is not the hash of a commit");
    let folder = paths::cache()?.join(format!("bench-{commit}"));
    if !folder.join("wrangler.toml").is_file() {
        step::step(&format!("commit {commit}, cloned once"), || clone(commit, &folder))?;
    }
    bundle(&folder, tools)?;
    Ok(folder)
}

fn clone(commit: &str, folder: &PathBuf) -> Result<()> {
    let root = paths::root();
    let known = Command::new("git")
        .arg("-C")
        .arg(&root)
        .args(["cat-file", "-e"])
        .arg(format!("{commit}^{{commit}}"))
        .status();
    ensure!(
        known.is_ok_and(|status| status.success()),
        "this checkout has no commit {commit}: fetch the whole history, or choose another one with --today-commit"
    );
    let parts = folder.with_extension(format!("{}.part", std::process::id()));
    step::run(Command::new("git").args(["clone", "--quiet", "--no-checkout"]).arg(&root).arg(&parts))?;
    step::run(Command::new("git").arg("-C").arg(&parts).args(["checkout", "--quiet", "--detach", commit]))?;
    // If another checkout has made it meanwhile, that one is used.
    if std::fs::rename(&parts, folder).is_err() {
        std::fs::remove_dir_all(&parts).context("a clone could not be removed")?;
    }
    Ok(())
}

/// Builds its bundle once, with the passes of wasm-opt that its own Cargo.toml names.
fn bundle(checkout: &Path, tools: &Tools) -> Result<()> {
    let stamp = checkout.join("build/.key");
    if stamp.is_file() {
        return Ok(());
    }
    step::step(&format!("bundle of {}, built once", checkout.display()), || {
        let mut command = Command::new(&tools.worker_build);
        command
            .arg("--release")
            .current_dir(checkout)
            .env("CARGO_TARGET_DIR", checkout.join("target/wasm"))
            .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
            .env("WASM_OPT_BIN", paths::npm_program("wasm-opt"))
            .env("ESBUILD_BIN", paths::npm_program("esbuild"))
            .env("PATH", paths::path_variable());
        tools.compiler.configure(&mut command);
        step::run(&mut command).map(drop)
    })?;
    fs::write(stamp, "built once").context("the bundle's key cannot be written")
}
