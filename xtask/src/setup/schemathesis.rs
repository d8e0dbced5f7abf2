//! Schemathesis, which tries the HTTP interface against its description. It is a Python program, cached by its packages.

use super::pgbouncer::apt_install;
use crate::{paths, step};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Its packages and their versions.
const PACKAGES: &str = include_str!("schemathesis.txt");
const INSTALL_HINT: &str = "the tests need Python 3.10 or newer with venv (Debian: apt-get install python3-venv; macOS: brew install python)";

/// Finds or installs it; returns its path.
///
/// # Errors
/// There is no Python, or the packages cannot be installed.
pub fn ensure() -> Result<PathBuf> {
    let key = hex::encode(Sha256::digest(PACKAGES));
    let home = paths::cache()?.join(format!("schemathesis-{}", &key[..16]));
    let program = home.join("bin/schemathesis");
    if program.is_file() {
        return Ok(program);
    }
    step::step("schemathesis", || {
        // Its scripts name the folder, so it cannot be moved to its place when it is whole.
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        let made = environment(&home);
        if made.is_err() && paths::find_program("apt-get").is_some() {
            apt_install(&["python3-venv"])?;
            environment(&home)?;
        } else {
            made?;
        }
        let list = home.join("packages.txt");
        fs::write(&list, PACKAGES)?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
        step::run(Command::new(home.join("bin/python")).args(pip).arg(list)).map(drop)
    })?;
    Ok(program)
}

fn environment(home: &Path) -> Result<()> {
    step::run(Command::new("python3").args(["-m", "venv"]).arg(home)).map(drop).context(INSTALL_HINT)
}
