//! The test programs of the workspace: built once, with the features that they have together, then run by themselves.

use crate::paths;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A built test program.
#[derive(Debug)]
pub(super) struct Program {
    /// Folder of its package below the root of the workspace.
    pub package: PathBuf,
    /// Name of its target.
    pub target: String,
    path: PathBuf,
}

impl Program {
    /// Starts it as `cargo test` does.
    pub fn command(&self) -> Command {
        let folder = paths::root().join(&self.package);
        let mut command = Command::new(&self.path);
        command.env("CARGO_MANIFEST_DIR", &folder).current_dir(folder);
        command
    }

    /// What it is called in the output.
    pub fn title(&self) -> String {
        format!("{} of {}", self.target, self.package.display())
    }
}

/// The built programs.
#[derive(Debug)]
pub(super) struct Programs(Vec<Program>);

impl Programs {
    /// Builds all.
    ///
    /// # Errors
    /// Something does not compile.
    pub fn build() -> Result<Self> {
        let output = Command::new("cargo")
            .args(["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"])
            .current_dir(paths::root())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            bail!("the tests do not compile");
        }
        let messages = String::from_utf8(output.stdout)?;
        let programs = messages.lines().map(|line| read(line, &paths::root()));
        Ok(Self(programs.filter_map(Result::transpose).collect::<Result<_>>()?))
    }

    /// Those of a package, given by its folder, and those of all others.
    pub fn split(self, package: &str) -> (Vec<Program>, Self) {
        let (of, others) = self.0.into_iter().partition(|program| program.package == Path::new(package));
        (of, Self(others))
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, package: &str, target: &str) -> Result<&Program> {
        let is_it = |program: &&Program| program.package == Path::new(package) && program.target == target;
        self.0.iter().find(is_it).with_context(|| format!("{package} has no test program {target}"))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Program> {
        self.0.iter()
    }
}

/// One of cargo's messages; see <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>.
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    executable: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

fn read(line: &str, root: &Path) -> Result<Option<Program>> {
    let message: Message = serde_json::from_str(line)?;
    let Message { manifest_path: Some(manifest), executable: Some(path), target: Some(target), profile } =
        message
    else {
        return Ok(None);
    };
    if !profile.is_some_and(|profile| profile.test) {
        return Ok(None);
    }
    let folder = manifest.parent().context("a manifest without a folder")?;
    let package = folder.strip_prefix(root).with_context(|| format!("{} is elsewhere", folder.display()))?;
    Ok(Some(Program { package: package.to_owned(), target: target.name, path }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_test_programs_are_read() {
        let artifact = |test: bool, executable: Option<&str>| {
            json!({ "reason": "compiler-artifact", "manifest_path": "/here/tests/e2e/Cargo.toml", "executable": executable,
                    "target": { "name": "budgets", "kind": ["test"] }, "profile": { "test": test } })
            .to_string()
        };
        let read = |line: &str| read(line, Path::new("/here")).unwrap();
        let program = read(&artifact(true, Some("/target/budgets-1"))).unwrap();
        assert_eq!((program.package.as_path(), program.target.as_str()), (Path::new("tests/e2e"), "budgets"));
        assert!(read(&artifact(true, None)).is_none());
        assert!(read(&artifact(false, Some("/target/xtask"))).is_none());
        assert!(read(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
