//! Tools installed with cargo: worker-build and wasm-bindgen, cached by version.

use crate::{paths, step};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process::Command};

const WORKER_BUILD: &str = "0.8.7";
/// Optimising the tools takes minutes, and saves four seconds of a bundle.
const QUICK_TO_COMPILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// Installs worker-build.
pub fn worker_build() -> Result<PathBuf> {
    installed("worker-build", WORKER_BUILD, "worker-build")
}

/// Installs wasm-bindgen and its test runner, in the version of the library in Cargo.lock.
pub fn wasm_bindgen() -> Result<(PathBuf, PathBuf)> {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock")).context("Cargo.lock is missing")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock does not name wasm-bindgen")?;
    let program = installed("wasm-bindgen-cli", &version, "wasm-bindgen")?;
    let runner = program.with_file_name("wasm-bindgen-test-runner");
    Ok((program, runner))
}

fn installed(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let home = paths::cache()?.join(format!("{package}-{version}"));
    let file = home.join("bin").join(program);
    if file.is_file() {
        return Ok(file);
    }
    step::step(&format!("{package} {version}, built once (takes minutes)"), || {
        let parts = home.with_extension(format!("{}.part", std::process::id()));
        step::run(
            Command::new("cargo")
                .args(["install", package, "--version", version, "--locked", "--root"])
                .arg(&parts)
                .envs(QUICK_TO_COMPILE)
                .env_remove("CARGO_TARGET_DIR"),
        )?;
        // If another checkout has installed it meanwhile, that copy is used.
        if fs::rename(&parts, &home).is_err() {
            fs::remove_dir_all(&parts)?;
        }
        Ok(())
    })?;
    Ok(file)
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let found =
        packages.iter().find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))?;
    found.get("version")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_cargo_lock() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"b\"\nversion = \"2.0.1\"\n";
        assert_eq!(locked_version(lock, "b").as_deref(), Some("2.0.1"));
        assert_eq!(locked_version(lock, "c"), None);
    }
}
