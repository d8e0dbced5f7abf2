//! The machine that was measured on, as far as the system tells it.

use super::peers;
use crate::{paths, setup::npm, step};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, process::Command, thread};

/// A machine and its software.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// Memory in mebibytes.
    pub memory_mib: u64,
    /// The kernel's name and version.
    pub kernel: String,
    /// Programs and packages with their versions.
    pub versions: BTreeMap<String, String>,
}

/// Programs whose versions are kept, with the argument that shows it.
const PROGRAMS: [(&str, &str); 4] =
    [("rustc", "--version"), ("node", "--version"), ("workerd", "--version"), ("pgbouncer", "--version")];
/// Packages of the other contenders.
const PACKAGES: [&str; 3] = ["graphile-worker", "pg-boss", "pg"];

impl Machine {
    /// This machine.
    #[must_use]
    pub fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = value(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kibibytes = memory.split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
        Self {
            cores: thread::available_parallelism().map_or(0, std::num::NonZero::get),
            processor: value(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            memory_mib: kibibytes / 1_024,
            kernel: output("uname", "-sr").unwrap_or_default(),
            versions: versions(),
        }
    }
}

fn versions() -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for (program, argument) in PROGRAMS {
        versions.extend(output(program, argument).map(|version| (program.to_owned(), version)));
    }
    let postgres = npm::postgres_package(&paths::root()).ok();
    let postgres = postgres
        .and_then(|package| output(&package.join("native/bin/postgres").to_string_lossy(), "--version"));
    versions.extend(postgres.map(|version| ("postgres".to_owned(), version)));
    for package in PACKAGES {
        versions.extend(peers::version(package).map(|version| (package.to_owned(), version)));
    }
    versions
}

/// The first line that a program prints.
fn output(program: &str, argument: &str) -> Option<String> {
    let path = paths::find_program(program);
    let installed = paths::npm_program(program);
    let program = if installed.is_file() { installed } else { path.unwrap_or_else(|| program.into()) };
    let text = step::run(Command::new(program).arg(argument).env("PATH", paths::path_variable())).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

/// The commit of this checkout; with `+` if something differs from it.
#[must_use]
pub fn commit() -> String {
    let git = |arguments: &[&str]| {
        step::run(Command::new("git").arg("-C").arg(paths::root()).args(arguments)).unwrap_or_default()
    };
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"]).trim().is_empty();
    format!("{}{}", git(&["rev-parse", "--short", "HEAD"]).trim(), if changed { "+" } else { "" })
}
