//! A checkout that is copied together with its `target`: the program in it works on the copy, not on where it was compiled.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What makes a folder a checkout, and a migration whose name tells in which one it was looked for.
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

/// What `migrate` says before it calls anybody: what is wrong with the migrations of the checkout that it works on, else that
/// there is no such address.
fn said(program: &Path, package: Option<&Path>, here: &Path) -> String {
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
fn a_copied_program_works_on_the_checkout_that_it_is_run_in() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, away] = ["one", "two", "away"].map(|name| folder.path().join(name));
    let program = checkout(&one, "in-one");
    checkout(&two, "in-two");
    fs::create_dir(&away).unwrap();
    for (package, here, expected) in [
        // As cargo runs it in the copy, wherever somebody calls it.
        (Some(one.join("xtask")), &one, "migrations/in-one is not named as a migration"),
        (Some(two.join("xtask")), &two, "migrations/in-two is not named as a migration"),
        (Some(two.join("xtask")), &one, "migrations/in-two is not named as a migration"),
        (Some(one.join("xtask")), &away, "migrations/in-one is not named as a migration"),
        // By itself, from any folder of the copy.
        (None, &one, "migrations/in-one is not named as a migration"),
        (None, &two.join("xtask/src"), "migrations/in-two is not named as a migration"),
        // Nowhere in a checkout: those of the one in which it was compiled, which are as they must be.
        (None, &away, "must look like postgres://"),
    ] {
        let said = said(&program, package.as_deref(), here);
        assert!(said.contains(expected), "{package:?} {}: {said}", here.display());
    }
}
