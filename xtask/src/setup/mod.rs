//! Installing what building and running need. Every part asks first whether it is there.

mod cargo_tools;
pub mod npm;
mod pgbouncer;
mod wasm_std;

use anyhow::Result;
use std::path::PathBuf;

pub use wasm_std::WasmCompiler;

/// How much is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Building the bundle.
    Build,
    /// Running the stack.
    Run,
    /// Running the tests.
    Tests,
}

/// Where the installed parts are.
#[derive(Debug)]
pub struct Tools {
    /// The compiler for wasm.
    pub compiler: WasmCompiler,
    /// worker-build.
    pub worker_build: PathBuf,
    /// wasm-bindgen.
    pub wasm_bindgen: PathBuf,
    /// wasm-bindgen's test runner.
    pub wasm_bindgen_test_runner: PathBuf,
    /// pgbouncer, where it could be had.
    pub pgbouncer: Option<PathBuf>,
}

/// Installs what is missing.
///
/// # Errors
/// Names what is missing and what to do about it.
pub fn everything(scope: Scope) -> Result<Tools> {
    let compiler = wasm_std::ensure()?;
    npm::ensure()?;
    let (wasm_bindgen, wasm_bindgen_test_runner) = cargo_tools::wasm_bindgen()?;
    Ok(Tools {
        compiler,
        worker_build: cargo_tools::worker_build()?,
        wasm_bindgen,
        wasm_bindgen_test_runner,
        pgbouncer: if scope == Scope::Build { None } else { pgbouncer::ensure(scope)? },
    })
}
