//! Checks of the source code that run nothing: shared by `cargo xtask check` and `cargo xtask test`.

use crate::{paths, step};
use anyhow::Result;
use std::process::Command;

/// Clippy lints against panics on external data: denied in the Worker's own code, but not in its tests.
const PANIC_LINTS: [&str; 4] =
    ["clippy::unwrap_used", "clippy::expect_used", "clippy::panic", "clippy::indexing_slicing"];

/// A check that is one cargo command.
pub struct StaticCheck {
    /// Its name in lists of failed steps.
    pub name: &'static str,
    title: &'static str,
    command: fn(&mut Command),
}

/// All static checks, the fast ones first.
pub const ALL: [StaticCheck; 4] = [
    StaticCheck { name: "fmt", title: "cargo fmt --check", command: format },
    StaticCheck { name: "clippy", title: "cargo clippy", command: clippy },
    StaticCheck {
        name: "panic lints",
        title: "cargo clippy, panic lints of the Worker",
        command: panic_lints,
    },
    StaticCheck { name: "doc links", title: "cargo doc, broken links denied", command: doc_links },
];

impl StaticCheck {
    /// Runs it.
    ///
    /// # Errors
    /// It fails; the message contains the end of its output.
    pub fn run(&self) -> Result<()> {
        let mut command = Command::new("cargo");
        command.current_dir(paths::root());
        (self.command)(&mut command);
        step::step(self.title, || step::run(&mut command)).map(drop)
    }
}

fn format(command: &mut Command) {
    command.args(["fmt", "--all", "--check"]);
}

fn clippy(command: &mut Command) {
    command.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
}

fn panic_lints(command: &mut Command) {
    command.args(["clippy", "-p", "apishopee-ads-sync", "--lib", "--", "--deny", "warnings"]);
    // Clippy checks every crate anew when its lints change, so two sets of lints need two target folders.
    command.env("CARGO_TARGET_DIR", paths::root().join("target/panic-lints"));
    for lint in PANIC_LINTS {
        command.args(["--deny", lint]);
    }
}

fn doc_links(command: &mut Command) {
    // A link from a public item to a private one is of use in the source.
    let flags = "--deny warnings --allow rustdoc::private_intra_doc_links";
    command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", flags);
}
