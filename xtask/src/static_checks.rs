//! Checks of the source code that run nothing: shared by `cargo xtask check` and `cargo xtask test`.

use crate::{paths, step};
use anyhow::Result;
use std::process::Command;

/// A check that is one cargo command.
pub struct StaticCheck {
    /// Its name in lists of failed steps.
    pub name: &'static str,
    title: &'static str,
    command: fn(&mut Command),
}

/// All static checks, the fast ones first.
pub const ALL: [StaticCheck; 3] = [
    StaticCheck { name: "fmt", title: "cargo fmt --check", command: format },
    StaticCheck { name: "clippy", title: "cargo clippy", command: clippy },
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

fn doc_links(command: &mut Command) {
    // A link from a public item to a private one is of use in the source.
    let flags = "--deny warnings --allow rustdoc::private_intra_doc_links";
    command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", flags);
}
