//! What is done to the bundle after the compiler: measured by the size of the compressed file, which is what is uploaded.
//!
//! `wasm-opt -Oz` makes the file smaller by a tenth and the compressed file larger by a tenth: it makes equal things different.
//! Functions in the order of their names lie beside those that were made from the same generic one, which saves a
//! thirtieth.

use super::wasm_opt;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// What the compiler and wasm-bindgen use. With `--all-features` wasm-opt also writes what the platform may not read yet.
pub(super) const FEATURES: [&str; 7] = [
    "bulk-memory",
    "exception-handling",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];
/// Passes of wasm-opt, in this order.
pub(super) const PASSES: [&str; 9] = [
    "--duplicate-function-elimination",
    "--remove-unused-brs",
    "--optimize-instructions",
    "--precompute",
    "--vacuum",
    "--dce",
    "--duplicate-function-elimination",
    "--remove-unused-module-elements",
    "--reorder-functions-by-name",
];
/// Names of functions would be a tenth of the compressed file.
const STRIP: [&str; 2] = ["--strip-debug", "--strip-producers"];
/// The same file with the names of functions, for `cargo xtask build --weights`.
pub(super) const NAMED: &str = "named.wasm";

/// Shrinks the bundle in a folder, and keeps a copy with names beside it.
pub(super) fn all(folder: &Path) -> Result<()> {
    let (wasm, named, shrunk) =
        (folder.join("index_bg.wasm"), folder.join(NAMED), folder.join("shrunk.wasm"));
    let passes: Vec<&str> = PASSES.into_iter().chain(["--debuginfo"]).collect();
    wasm_opt(&wasm, &passes, &named)?;
    wasm_opt(&named, &STRIP, &shrunk)?;
    fs::rename(shrunk, wasm).context("the shrunk bundle could not be put in place")
}
