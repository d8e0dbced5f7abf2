//! The layers of the code: which crates may depend on which, and no import cycles within a crate.
//!
//! Imports are read from the syntax trees of the sources. Within each folder, its files and subfolders must not import each
//! other in a cycle; a subfolder counts as one unit with everything in it. Imports between a module and its own ancestors
//! or descendants do not count, since a parent declares its children and may re-export from them. A re-exported name counts as
//! an import of the file that defines it. Tests are ignored.

mod crates;
mod cycles;
mod imports;
mod module_tree;
mod resolve;
mod syntax;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result};
use module_tree::{ModuleTree, Sources};
use std::{fs, path::Path};
use walkdir::WalkDir;

/// Folders with the sources of a crate that is checked, besides `crates/*/src`.
const SOURCE_FOLDERS: [&str; 2] = ["src", "xtask/src"];

/// Dependencies between crates that the layers do not allow.
///
/// # Errors
/// A manifest cannot be read.
pub fn crate_violations(root: &Path) -> Result<Vec<String>> {
    Ok(crates::violations(&crates::read_workspace(root)?))
}

/// Import cycles of all crates, one text per cycle with the imports that form it.
///
/// # Errors
/// A source file cannot be read or parsed.
pub fn import_cycles(root: &Path) -> Result<Vec<String>> {
    let mut folders = SOURCE_FOLDERS.map(|folder| root.join(folder)).to_vec();
    for entry in fs::read_dir(root.join("crates"))? {
        folders.push(entry?.path().join("src"));
    }
    folders.sort();
    let mut cycles = Vec::new();
    for folder in folders {
        let name = folder.strip_prefix(root).unwrap_or(&folder).display().to_string();
        let tree = ModuleTree::parse(&read_sources(&folder)?).with_context(|| name.clone())?;
        cycles.extend(cycles::find(&imports::imports(&tree)).iter().map(|cycle| cycle.describe(&name)));
    }
    Ok(cycles)
}

/// All Rust files of a folder by their relative path.
fn read_sources(folder: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    for entry in WalkDir::new(folder) {
        let file = entry?.into_path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            sources.insert(file.strip_prefix(folder)?.to_path_buf(), text);
        }
    }
    Ok(sources)
}
