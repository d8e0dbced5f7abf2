//! pgbouncer, the local substitute for Hyperdrive's pooler, and the installation of system packages.

use super::Scope;
use crate::{paths, step};
use anyhow::{Context, Result, bail};
use nix::unistd::Uid;
use std::{path::PathBuf, process::Command};

const INSTALL_HINT: &str =
    "install pgbouncer (Debian: apt-get install pgbouncer; macOS: brew install pgbouncer)";

/// Finds or installs it. Only the tests require it.
pub fn ensure(scope: Scope) -> Result<Option<PathBuf>> {
    if let Some(found) = paths::find_program("pgbouncer") {
        return Ok(Some(found));
    }
    if paths::find_program("apt-get").is_some() {
        let installed = step::step("package pgbouncer", || apt_install(&["pgbouncer"]));
        if let (Ok(()), Some(found)) = (&installed, paths::find_program("pgbouncer")) {
            return Ok(Some(found));
        }
        if scope == Scope::Tests {
            installed.context(INSTALL_HINT)?;
        }
    }
    if scope == Scope::Tests {
        bail!("the tests need pgbouncer: {INSTALL_HINT}");
    }
    eprintln!("  no pgbouncer: the Worker will connect to Postgres directly. To change that, {INSTALL_HINT}");
    Ok(None)
}

/// Installs Debian packages.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let quiet = ("DEBIAN_FRONTEND", "noninteractive");
    as_root(Command::new("apt-get").args(["update", "-qq"]).env(quiet.0, quiet.1))?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    as_root(Command::new("apt-get").args(install).args(packages).env(quiet.0, quiet.1))
}

/// Runs a command as root, with sudo if necessary.
pub fn as_root(command: &mut Command) -> Result<()> {
    if Uid::effective().is_root() {
        return step::run(command).map(drop);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg("-n").arg(command.get_program()).args(command.get_args());
    step::run(&mut sudo)
        .map(drop)
        .context("this step needs root: run it manually, or allow sudo without a password")
}
