//! A compiler with the standard library for wasm32.
//!
//! Usually rustup installs the library. Where rustup cannot download it, Debian's packaged compiler and library source are
//! used: the library is built once from source and cached.

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
    /// The default toolchain.
    Rustup,
    /// The system's compiler, with a library built from source.
    System,
}

impl WasmCompiler {
    /// Configures a cargo command to build with this compiler.
    pub fn configure(self, command: &mut Command) {
        if self == Self::System {
            command.env("RUSTC", SYSTEM_RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
            // Otherwise cargo would use rustup's toolchain again.
            command.env_remove("RUSTUP_TOOLCHAIN");
        }
    }

    /// The compiler's version, part of every cache key.
    ///
    /// # Errors
    /// The compiler does not run.
    pub fn version(self) -> Result<String> {
        step::run(Command::new(if self == Self::System { SYSTEM_RUSTC } else { "rustc" }).arg("-vV"))
    }
}

/// Finds or installs such a compiler.
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

/// The folder of the library, built unless it is cached.
fn built_library() -> Result<PathBuf> {
    let version = WasmCompiler::System.version()?;
    let key = hex::encode(Sha256::digest(version.as_bytes()));
    let cached = paths::cache()?.join(format!("wasm-std-{}", key.get(..16).unwrap_or(&key)));
    if cached.is_dir() {
        return Ok(cached);
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
        let parts = cached.with_extension(format!("{}.part", std::process::id()));
        fs::create_dir_all(&parts)?;
        for entry in fs::read_dir(built)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rlib") && !name.starts_with("libempty") {
                fs::copy(entry.path(), parts.join(name))?;
            }
        }
        // If another checkout has built it meanwhile, that copy is used.
        let _ = fs::rename(&parts, &cached);
        Ok(())
    })?;
    Ok(cached)
}

fn install_library(cached: &Path) -> Result<()> {
    let folder = library_folder(SYSTEM_RUSTC).context("the system's compiler does not run")?;
    let copy = format!("mkdir -p '{0}' && cp '{1}'/*.rlib '{0}'/", folder.display(), cached.display());
    super::pgbouncer::as_root(Command::new("sh").args(["-c", &copy]))
}
