//! `cargo xtask setup`: installs the tools for building and running, unless they are already installed.

mod cargo_tools;
pub mod npm;
mod pgbouncer;
pub mod schemathesis;
mod wasm_std;

use anyhow::{Result, anyhow};
use std::{path::PathBuf, thread};

pub use wasm_std::WasmCompiler;

/// What the tools are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Building the bundle.
    Build,
    /// Running the stack.
    Run,
    /// Running the tests.
    Tests,
}

/// The installed tools.
#[derive(Debug)]
pub struct Tools {
    /// The compiler for wasm.
    pub compiler: WasmCompiler,
    /// Path of worker-build.
    pub worker_build: PathBuf,
    /// Path of wasm-bindgen.
    pub wasm_bindgen: PathBuf,
    /// Path of wasm-bindgen's test runner.
    pub wasm_bindgen_test_runner: PathBuf,
    /// Path of pgbouncer, if available.
    pub pgbouncer: Option<PathBuf>,
}

/// Installs what is missing.
///
/// # Errors
/// A tool is missing and could not be installed; the message says how to install it.
pub fn everything(scope: Scope) -> Result<Tools> {
    let compiler = wasm_std::ensure()?;
    // Each waits for one thing after another: the network, or the last crate that the others need.
    let (packages, bindgen, worker_build) = thread::scope(|scope| {
        let bindgen = scope.spawn(cargo_tools::wasm_bindgen);
        let worker_build = scope.spawn(cargo_tools::worker_build);
        (npm::ensure(), bindgen.join(), worker_build.join())
    });
    packages?;
    let (wasm_bindgen, wasm_bindgen_test_runner) = bindgen.map_err(|_| anyhow!("wasm-bindgen"))??;
    Ok(Tools {
        compiler,
        worker_build: worker_build.map_err(|_| anyhow!("worker-build"))??,
        wasm_bindgen,
        wasm_bindgen_test_runner,
        pgbouncer: if scope == Scope::Build { None } else { pgbouncer::ensure(scope)? },
    })
}
