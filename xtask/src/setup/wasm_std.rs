//! A compiler that has the standard library for wasm32.
//!
//! On most machines rustup installs it. Where rustup cannot download, Debian's compiler for the web and its library
//! source do: the library is built once from that source and kept in the cache.

use crate::{paths, step};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-19"];
const LINKER: &str = "wasm-ld-19";

/// Which compiler builds for wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasmCompiler {
    /// The toolchain that also builds everything else.
    Rustup,
    /// The system's own, with a library built from source.
    System,
}

impl WasmCompiler {
    /// Sets what cargo needs to build with this compiler.
    pub fn configure(self, command: &mut Command) {
        if self == Self::System {
            command.env("RUSTC", SYSTEM_RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
            // A toolchain that rustup has chosen for us must not choose again.
            command.env_remove("RUSTUP_TOOLCHAIN");
        }
    }

    /// The compiler's own description, part of every cache key.
    ///
    /// # Errors
    /// The compiler does not run.
    pub fn version(self) -> Result<String> {
        step::run(Command::new(if self == Self::System { SYSTEM_RUSTC } else { "rustc" }).arg("-vV"))
    }
}

/// Finds such a compiler or makes one.
pub fn ensure() -> Result<WasmCompiler> {
    if has_library("rustc") {
        return Ok(WasmCompiler::Rustup);
    }
    if Path::new(SYSTEM_RUSTC).exists() && has_library(SYSTEM_RUSTC) && paths::find_program(LINKER).is_some()
    {
        return Ok(WasmCompiler::System);
    }
    let by_rustup = step::step("standard library for wasm, by rustup", || {
        step::run(Command::new("rustup").args(["target", "add", TARGET]))
    });
    if by_rustup.is_ok() && has_library("rustc") {
        return Ok(WasmCompiler::Rustup);
    }
    if paths::find_program("apt-get").is_none() {
        bail!(
            "the standard library for {TARGET} is missing: run `rustup target add {TARGET}` with network access"
        );
    }
    eprintln!("  rustup cannot download here; using the system's packages instead");
    step::step(&format!("packages {}", PACKAGES.join(" ")), || super::pgbouncer::apt_install(&PACKAGES))?;
    install_library(&built_library()?)?;
    if !has_library(SYSTEM_RUSTC) {
        bail!("{SYSTEM_RUSTC} does not find its library for {TARGET}");
    }
    Ok(WasmCompiler::System)
}

fn library_folder(rustc: &str) -> Option<PathBuf> {
    let sysroot = step::run(Command::new(rustc).args(["--print", "sysroot"])).ok()?;
    Some(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib"))
}

fn has_library(rustc: &str) -> bool {
    let is_std = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with("libstd-");
    library_folder(rustc)
        .and_then(|folder| fs::read_dir(folder).ok())
        .is_some_and(|entries| entries.flatten().any(is_std))
}

/// The library, from the cache or built.
fn built_library() -> Result<PathBuf> {
    let version = WasmCompiler::System.version()?;
    let key = hex::encode(Sha256::digest(version.as_bytes()));
    let kept = paths::cache()?.join(format!("wasm-std-{}", key.get(..16).unwrap_or(&key)));
    if kept.is_dir() {
        return Ok(kept);
    }
    step::step("standard library for wasm, from source (about a minute)", || {
        let work = tempfile::tempdir()?;
        let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
        fs::create_dir(work.path().join("src"))?;
        fs::write(work.path().join("Cargo.toml"), manifest)?;
        fs::write(work.path().join("src/lib.rs"), "")?;
        step::run(
            Command::new("cargo")
                .current_dir(work.path())
                .args(["build", "--release", "--target", TARGET, "-Z", "build-std=std,panic_abort,test"])
                .args(["--target-dir", "out"])
                .env("RUSTC", SYSTEM_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env_remove("CARGO_TARGET_DIR"),
        )?;
        let built = work.path().join("out").join(TARGET).join("release/deps");
        let parts = kept.with_extension(format!("{}.part", std::process::id()));
        fs::create_dir_all(&parts)?;
        for entry in fs::read_dir(built)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rlib") && !name.starts_with("libempty") {
                fs::copy(entry.path(), parts.join(name))?;
            }
        }
        // Another checkout may have been faster; then its copy is as good.
        let _ = fs::rename(&parts, &kept);
        Ok(())
    })?;
    Ok(kept)
}

fn install_library(kept: &Path) -> Result<()> {
    let folder = library_folder(SYSTEM_RUSTC).context("the system's compiler does not run")?;
    let copy = format!("mkdir -p '{0}' && cp '{1}'/*.rlib '{0}'/", folder.display(), kept.display());
    super::pgbouncer::as_root(Command::new("sh").args(["-c", &copy]))
}
