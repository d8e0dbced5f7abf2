//! Paths of the checkout, the cache and programs.

use anyhow::{Context, Result};
use std::{
    env,
    path::{Path, PathBuf},
};

/// The root of the checkout: of cargo's manifest directory, else of the current directory. The path at compile time is only a
/// fallback, since a checkout may be copied together with its `target`.
#[must_use]
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = package.or_else(|| env::current_dir().ok()).and_then(|start| checkout_of(&start));
    let compiled = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf);
    here.or_else(compiled).unwrap_or_else(|| PathBuf::from("."))
}

fn checkout_of(start: &Path) -> Option<PathBuf> {
    let is_checkout =
        |folder: &&Path| ["xtask/Cargo.toml", "wrangler.toml"].iter().all(|file| folder.join(file).is_file());
    start.ancestors().find(is_checkout).map(Path::to_path_buf)
}

/// The cache shared by all runs and checkouts: `ADS_SYNC_CACHE`, else
/// `$XDG_CACHE_HOME/apishopee-ads-sync`, else `~/.cache/apishopee-ads-sync`.
///
/// # Errors
/// No home directory is known.
pub fn cache() -> Result<PathBuf> {
    let chosen = env::var_os("ADS_SYNC_CACHE").map(PathBuf::from);
    let standard =
        || env::var_os("XDG_CACHE_HOME").map(|base| PathBuf::from(base).join("apishopee-ads-sync"));
    let home = || env::home_dir().map(|home| home.join(".cache/apishopee-ads-sync"));
    chosen
        .or_else(standard)
        .or_else(home)
        .context("set HOME, or ADS_SYNC_CACHE to a folder that may be written")
}

/// The path of a program from the npm packages.
#[must_use]
pub fn npm_program(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// `PATH` with the npm packages' programs first: Wrangler needs a newer Node than many systems have.
#[must_use]
pub fn path_variable() -> std::ffi::OsString {
    let mut folders = vec![root().join("node_modules/.bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).unwrap_or_default()
}

/// Finds a program in `PATH` and in the system's folders.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_copy_of_the_checkout_is_a_checkout_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        fs::create_dir_all(copy.join("xtask/src")).unwrap();
        assert_eq!(checkout_of(&copy.join("xtask")), None);
        for file in ["xtask/Cargo.toml", "wrangler.toml"] {
            fs::write(copy.join(file), "").unwrap();
        }
        for inside in ["xtask", "xtask/src", "", "not/there/yet"] {
            assert_eq!(checkout_of(&copy.join(inside)), Some(copy.clone()), "{inside}");
        }
        assert!(root().join("migrations").is_dir());
    }
}
