//! `cargo xtask build`: builds the Worker's bundle. It is also Wrangler's `[build]` command.

use crate::{
    paths,
    setup::{self, Scope, Tools},
    step,
};
use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};
use walkdir::WalkDir;

/// Maximum compressed size of the bundle in bytes. It guards against accidental growth; the platform's limit is higher.
pub const GZIP_BYTES_MAX: usize = 1024 * 1024;
/// Inputs of the bundle.
const SOURCES: [&str; 7] = [
    "src",
    "crates/sync-core",
    "crates/sync-flow",
    "crates/shopee",
    "crates/store",
    "Cargo.toml",
    "Cargo.lock",
];
/// Files that are uploaded.
const BUNDLE: [&str; 2] = ["build/index.js", "build/index_bg.wasm"];

/// Builds if anything has changed since the last build. Returns the compressed size in bytes.
///
/// # Errors
/// The code does not compile, a tool is missing, or the bundle is too large.
pub fn bundle() -> Result<usize> {
    let tools = setup::everything(Scope::Build)?;
    let root = paths::root();
    // Wrangler and a manual build may run concurrently.
    fs::create_dir_all(root.join("target"))?;
    let lock = File::create(root.join("target/bundle.lock"))?;
    lock.lock().context("target/bundle.lock cannot be locked")?;
    let key = key(&root, &tools)?;
    let stamp = root.join("build/.key");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
        return checked_size(&root);
    }
    // Otherwise a build that fails halfway would count as up to date.
    match fs::remove_file(&stamp) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).context("build/.key cannot be removed");
        }
        _ => {}
    }
    step::step("Worker bundle (optimised for size; one to three minutes)", || {
        worker_build(&root, &tools)?;
        strip(&root)
    })?;
    fs::write(stamp, key)?;
    checked_size(&root)
}

fn worker_build(root: &Path, tools: &Tools) -> Result<()> {
    let mut command = Command::new(&tools.worker_build);
    command
        .arg("--release")
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target/wasm"))
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", paths::npm_program("wasm-opt"))
        .env("ESBUILD_BIN", paths::npm_program("esbuild"))
        .env("PATH", paths::path_variable());
    tools.compiler.configure(&mut command);
    step::run(&mut command).map(drop)
}

/// Strips function names, a tenth of the compressed size, which worker-build keeps.
fn strip(root: &Path) -> Result<()> {
    let wasm = root.join("build/index_bg.wasm");
    let stripped = root.join("build/stripped.wasm");
    step::run(
        Command::new(paths::npm_program("wasm-opt"))
            .args(["--all-features", "--strip-debug", "--strip-producers"])
            .arg(&wasm)
            .arg("-o")
            .arg(&stripped)
            .env("PATH", paths::path_variable()),
    )?;
    fs::rename(stripped, wasm).context("the stripped bundle could not be put in place")
}

fn checked_size(root: &Path) -> Result<usize> {
    let mut total = 0;
    for file in BUNDLE {
        let bytes = fs::read(root.join(file)).with_context(|| format!("{file} was not built"))?;
        let compressed = gzip_bytes(&bytes)?;
        eprintln!("  {file}: {} bytes, {compressed} compressed", bytes.len());
        total += compressed;
    }
    eprintln!("  bundle: {total} bytes compressed; the limit is {GZIP_BYTES_MAX}");
    if total > GZIP_BYTES_MAX {
        bail!("the bundle has {total} bytes compressed, more than {GZIP_BYTES_MAX}");
    }
    Ok(total)
}

fn gzip_bytes(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// A hash of all inputs of the build.
fn key(root: &Path, tools: &Tools) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(tools.compiler.version()?);
    for tool in [&tools.worker_build, &tools.wasm_bindgen] {
        hash.update(tool.to_string_lossy().as_bytes());
    }
    hash.update(fs::read(root.join("package-lock.json"))?);
    for source in SOURCES {
        for file in files(&root.join(source)) {
            hash.update(file.strip_prefix(root).unwrap_or(&file).to_string_lossy().as_bytes());
            hash.update(fs::read(&file)?);
        }
    }
    Ok(hex::encode(hash.finalize()))
}

fn files(path: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(path).sort_by_file_name().into_iter().flatten();
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured_as_gzip() {
        let repeated = vec![b'a'; 100_000];
        let size = gzip_bytes(&repeated).unwrap();
        assert!(size > 20 && size < 1_000, "{size}");
    }

    #[test]
    fn all_sources_exist() {
        for source in SOURCES {
            assert!(!files(&paths::root().join(source)).is_empty(), "{source}");
        }
    }
}
