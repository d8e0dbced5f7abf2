//! `cargo xtask build`: builds the Worker's bundle. It is also Wrangler's `[build]` command.

mod assets;
mod inputs;
mod shrink;
mod size;
pub mod weights;

use crate::{
    paths,
    setup::{self, Scope, Tools},
    step,
};
use anyhow::{Context, Result};
use clap::Args;
use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

pub use size::GZIP_BYTES_MAX;

/// The variable that makes Wrangler's `[build]` command build the quick bundle.
pub const QUICK: &str = "ADS_SYNC_QUICK_BUNDLE";

/// What `cargo xtask build` takes.
#[derive(Args, Debug)]
pub struct Options {
    /// Build the bundle of `demo` and `dev`: sooner done, larger
    #[arg(long, env = QUICK)]
    quick: bool,
    /// Show what weighs most, and write it to docs/bundle.md
    #[arg(long, conflicts_with = "quick")]
    weights: bool,
}

/// A bundle. Each has a folder and a key of its own, so that none makes the other out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundle {
    /// Optimised for size: what is deployed and measured.
    Full,
    /// Built as fast as possible, for the local stack, which has no limit of size.
    Quick,
}

impl Bundle {
    /// Its folder.
    #[must_use]
    pub fn folder(self) -> PathBuf {
        paths::root().join(match self {
            Self::Full => "build",
            Self::Quick => "build-quick",
        })
    }

    /// The module at which Wrangler begins.
    #[must_use]
    pub fn entry(self) -> PathBuf {
        match self {
            Self::Full => paths::root().join(ENTRY),
            Self::Quick => self.folder().join("entry.js"),
        }
    }
}

/// The module in front of the generated one.
const ENTRY: &str = "src/entry.js";
/// How it names the generated one.
const GENERATED: &str = "\"../build/index.js\"";

/// Builds as the options say.
///
/// # Errors
/// As [`bundle`].
pub fn run(options: &Options) -> Result<()> {
    bundle(if options.quick { Bundle::Quick } else { Bundle::Full })?;
    if options.weights { weights::write(&Bundle::Full.folder()) } else { Ok(()) }
}

/// Builds a bundle if anything has changed since it was built.
///
/// # Errors
/// The code does not compile, a tool is missing, or the full bundle is too large.
pub fn bundle(kind: Bundle) -> Result<()> {
    let tools = setup::everything(Scope::Build)?;
    let folder = kind.folder();
    // Wrangler and a manual build may run concurrently.
    fs::create_dir_all(paths::root().join("target"))?;
    let lock = File::create(paths::root().join("target/bundle.lock"))?;
    lock.lock().context("target/bundle.lock cannot be locked")?;
    assets::copy()?;
    let key = inputs::key(&tools)?;
    let stamp = folder.join(".key");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
        return checked(kind);
    }
    // Otherwise a build that fails halfway would count as up to date.
    match fs::remove_file(&stamp) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be removed", stamp.display()));
        }
        _ => {}
    }
    match kind {
        Bundle::Full => step::step("Worker bundle (optimised for size; one to three minutes)", || {
            worker_build(kind, &tools)?;
            shrink::all(&folder)
        })?,
        Bundle::Quick => step::step("Worker bundle (quick; a minute the first time)", || {
            worker_build(kind, &tools)?;
            let entry = fs::read_to_string(paths::root().join(ENTRY))?;
            fs::write(kind.entry(), entry.replace(GENERATED, "\"./index.js\"")).context("no entry module")
        })?,
    }
    fs::write(stamp, key)?;
    checked(kind)
}

/// The compressed size of the full bundle, which was built, in bytes.
///
/// # Errors
/// It was not built, or is too large.
pub fn full_bytes() -> Result<usize> {
    size::check(&Bundle::Full.folder())
}

fn checked(kind: Bundle) -> Result<()> {
    match kind {
        Bundle::Full => size::check(&kind.folder()).map(drop),
        Bundle::Quick => Ok(()),
    }
}

fn worker_build(kind: Bundle, tools: &Tools) -> Result<()> {
    let root = paths::root();
    let mut command = Command::new(&tools.worker_build);
    match kind {
        Bundle::Full => command.arg("--release"),
        Bundle::Quick => command.args(["--profile", "quick"]),
    };
    command
        .arg("--out-dir")
        .arg(kind.folder())
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", root.join("target/wasm"))
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", paths::npm_program("wasm-opt"))
        .env("ESBUILD_BIN", paths::npm_program("esbuild"))
        .env("PATH", paths::path_variable());
    tools.compiler.configure(&mut command);
    step::run(&mut command).map(drop)
}

/// Runs wasm-opt.
fn wasm_opt(wasm: &Path, passes: &[&str], output: &Path) -> Result<()> {
    let features = shrink::FEATURES.map(|feature| format!("--enable-{feature}"));
    let mut command = Command::new(paths::npm_program("wasm-opt"));
    command.args(features).args(passes).arg(wasm).arg("-o").arg(output).env("PATH", paths::path_variable());
    step::run(&mut command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_module_names_the_generated_one_once() {
        let entry = fs::read_to_string(paths::root().join(ENTRY)).unwrap();
        assert_eq!(entry.matches(GENERATED).count(), 1);
    }
}
