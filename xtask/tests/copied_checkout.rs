//! A checkout that is copied together with its `target`: the copied binary uses the copy, not the checkout it was compiled in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Creates a minimal checkout with a badly named migration, whose name identifies the checkout in error messages.
fn checkout(folder: &Path, migration: &str) -> PathBuf {
    for inside in ["xtask/src", "migrations", "target/debug"] {
        fs::create_dir_all(folder.join(inside)).unwrap();
    }
    for file in ["xtask/Cargo.toml", "wrangler.toml"] {
        fs::write(folder.join(file), "").unwrap();
    }
    fs::write(folder.join("migrations").join(migration), "SELECT 1;").unwrap();
    let program = folder.join("target/debug/xtask");
    fs::copy(env!("CARGO_BIN_EXE_xtask"), &program).unwrap();
    program
}

/// The error of `migrate` before it connects: the badly named migration of the checkout that it uses, else the invalid URL.
fn migrate_error(program: &Path, package: Option<&Path>, here: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["migrate", "--database-url", "nowhere"]).current_dir(here).env_remove("CARGO_MANIFEST_DIR");
    if let Some(package) = package {
        command.env("CARGO_MANIFEST_DIR", package);
    }
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_copied_binary_uses_the_checkout_that_it_runs_in() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, outside] = ["one", "two", "outside"].map(|name| folder.path().join(name));
    let program = checkout(&one, "in-one");
    checkout(&two, "in-two");
    fs::create_dir(&outside).unwrap();
    for (package, here, expected) in [
        // Run by cargo, from any folder.
        (Some(one.join("xtask")), &one, "migrations/in-one is not named as a migration"),
        (Some(two.join("xtask")), &two, "migrations/in-two is not named as a migration"),
        (Some(two.join("xtask")), &one, "migrations/in-two is not named as a migration"),
        (Some(one.join("xtask")), &outside, "migrations/in-one is not named as a migration"),
        // Run directly, from a folder of the copy.
        (None, &one, "migrations/in-one is not named as a migration"),
        (None, &two.join("xtask/src"), "migrations/in-two is not named as a migration"),
        // Run outside of any checkout: it uses the one that it was compiled in, whose migrations are valid.
        (None, &outside, "must look like postgres://"),
    ] {
        let error = migrate_error(&program, package.as_deref(), here);
        assert!(error.contains(expected), "{package:?} {}: {error}", here.display());
    }
}
