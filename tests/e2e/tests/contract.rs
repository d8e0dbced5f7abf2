//! The running interface against its description: what is generated from `assets/openapi.json` is sent, valid and not, and
//! every answer must be one that is described there. `cargo xtask test -p e2e --test contract`; `CONTRACT_CASES` for more cases
//! of each operation.

use anyhow::{Context, Result, ensure};
use e2e::{World, run_quiet};
use std::{
    env,
    io::{self, Write},
    process::Command,
};
use xtask::{openapi, paths, setup::schemathesis, stack::Front};

/// Cases of each operation in the tests.
const CASES: &str = "3";

/// Tries all operations with a token.
async fn try_all(world: &World, token: &str) -> Result<()> {
    let _shop = world.shop(3).await?;
    let cases = env::var("CONTRACT_CASES").unwrap_or_else(|_| CASES.to_owned());
    let mut command = Command::new(schemathesis::ensure()?);
    command
        .arg("--config-file")
        .arg(paths::root().join("tests/e2e/schemathesis.toml"))
        .arg("run")
        .arg(paths::root().join(openapi::FILE))
        .args(["--url", &world.stack.worker.url, "--max-examples", &cases, "--seed", "1"])
        .args(["--phases", "examples,coverage,fuzzing", "--workers", "2"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .current_dir(paths::root().join("target"))
        .env("NO_COLOR", "1");
    let output = tokio::task::spawn_blocking(move || command.output()).await?.context("schemathesis")?;
    let told = String::from_utf8_lossy(&output.stdout);
    let cases = told.lines().find(|line| line.contains(" generated, "));
    let cases = cases.with_context(|| format!("no cases: {told}"))?.trim();
    // Not captured, since it says how much was tried.
    writeln!(io::stderr(), "schemathesis: {cases}")?;
    ensure!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn an_admin_gets_what_is_described() {
    run_quiet(Front::Worker, |world| async move { try_all(&world, &world.stack.secrets.admin_token).await });
}

#[test]
fn a_viewer_gets_what_is_described() {
    run_quiet(Front::Worker, |world| async move { try_all(&world, &world.stack.secrets.viewer_token).await });
}
