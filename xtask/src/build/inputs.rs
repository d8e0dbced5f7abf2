//! What a bundle is made of.

use super::shrink;
use crate::{paths, setup::Tools};
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// Inputs of the bundle.
const SOURCES: [&str; 11] = [
    "src",
    "crates/api",
    "crates/compact",
    "crates/postgres-client",
    "crates/stringprep",
    "crates/sync-core",
    "crates/sync-flow",
    "crates/shopee",
    "crates/store",
    "Cargo.toml",
    "Cargo.lock",
];

/// A hash of all inputs of the build.
pub(super) fn key(tools: &Tools) -> Result<String> {
    let root = paths::root();
    let mut hash = Sha256::new();
    hash.update(tools.compiler.version()?);
    for tool in [&tools.worker_build, &tools.wasm_bindgen] {
        hash.update(tool.to_string_lossy().as_bytes());
    }
    hash.update(shrink::PASSES.join(" "));
    hash.update(fs::read(root.join("package-lock.json"))?);
    for source in SOURCES {
        for file in files(&root.join(source)) {
            hash.update(file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().as_bytes());
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
    fn all_sources_exist() {
        for source in SOURCES {
            assert!(!files(&paths::root().join(source)).is_empty(), "{source}");
        }
    }
}
