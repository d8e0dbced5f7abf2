//! Injects faults. Every component is running again when a function here returns.

use super::{
    Fault,
    run_watcher::{RunState, RunWatcher},
};
use crate::{
    demo::seed::control,
    stack::{Stack, postgres::Shutdown},
};
use anyhow::{Context, Result, bail, ensure};
use rand::{RngExt, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Resets per [`Fault::ConnectionCut`].
const RESETS: u32 = 5;
/// Statements corrupted per [`Fault::StatementDamaged`].
const CORRUPTIONS: u32 = 3;
/// Probability of each of the three Shopee faults; together a fifth of the calls: 1 - (1 - 0.0717)³.
const SHOPEE_FAULT_PROBABILITY: f64 = 0.0717;
/// Duration of a timed-out call to Shopee in milliseconds. Shorter than a lease.
const HOLD_MS: u64 = 1_500;
/// The target of redirects, a closed port.
const REDIRECT_TARGET: &str = "http://127.0.0.1:9";
/// Duration of [`Fault::PostgresAway`].
const DOWNTIME: Duration = Duration::from_secs(600);
/// Duration of [`Fault::PostgresFrozen`].
const FREEZE: Duration = Duration::from_secs(75);
/// The message that traps a wasm instance, if the Worker's variable TEST_CRASH is 1.
const CRASH_MESSAGE: &str = r#"{"crash":true}"#;
/// Marks a trap in the log.
const TRAP_MARKER: &str = "RuntimeError";
/// Timeout of each step of a fault.
const STEP_TIMEOUT: Duration = Duration::from_secs(120);
/// Polling interval of the log.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Injects a fault. Returns a description for people, or `None` if the watched run ended before the fault could take effect.
///
/// # Errors
/// A component does not restart, or the fault did not take effect.
pub async fn inject(
    stack: &mut Stack,
    fault: Fault,
    watcher: &mut RunWatcher,
    random: &mut StdRng,
) -> Result<Option<String>> {
    let done = match fault {
        Fault::None => "nothing".to_owned(),
        Fault::WorkerKill => {
            stack.worker.kill().await;
            let down = pause(random, 0, 1_000).await;
            stack.worker.launch().await?;
            format!("workerd killed and restarted {down} ms later")
        }
        Fault::PostgresRestart => restart_postgres(stack, Shutdown::Fast, random).await?,
        Fault::PostgresCrash => restart_postgres(stack, Shutdown::Immediate, random).await?,
        Fault::ConnectionCut => return reset_connections(stack, watcher, random).await,
        Fault::StatementDamaged => return corrupt_statements(stack, watcher).await,
        Fault::PostgresSilent => return drop_responses(stack, watcher).await,
        Fault::PoolerRestart => {
            let pooler = stack.pooler.as_mut().context("the stack has no pooler")?;
            pooler.kill().await;
            let down = pause(random, 0, 1_000).await;
            pooler.launch().await?;
            format!("the pooler killed and restarted {down} ms later")
        }
        Fault::PostgresAway => {
            stack.postgres.shut_down(Shutdown::Immediate).await;
            tokio::time::sleep(DOWNTIME).await;
            stack.postgres.launch().await?;
            format!("Postgres down for {} s", DOWNTIME.as_secs())
        }
        Fault::PostgresFrozen => {
            let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
            proxy.freeze(true);
            tokio::time::sleep(FREEZE).await;
            proxy.freeze(false);
            format!("no response from Postgres for {} s", FREEZE.as_secs())
        }
        Fault::ShopeeErrors => {
            fail_shopee_calls(
                stack,
                &[
                    json!({ "kind": "status", "status": 500 }),
                    json!({ "kind": "status", "status": 429 }),
                    json!({ "kind": "timeout", "hold_ms": HOLD_MS }),
                ],
                random,
            )
            .await?
        }
        Fault::ShopeeRedirects => {
            fail_shopee_calls(
                stack,
                &[302, 307, 308]
                    .map(|status| json!({ "kind": "status", "status": status, "location": REDIRECT_TARGET })),
                random,
            )
            .await?
        }
        Fault::IsolateCrash => crash_isolate(stack).await?,
    };
    Ok(Some(done))
}

/// Sleeps for a random time as part of a fault. Returns it in milliseconds.
async fn pause(random: &mut StdRng, least_ms: u64, most_ms: u64) -> u64 {
    let pause_ms = random.random_range(least_ms..=most_ms);
    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    pause_ms
}

async fn restart_postgres(stack: &mut Stack, how: Shutdown, random: &mut StdRng) -> Result<String> {
    stack.postgres.shut_down(how).await;
    let down = pause(random, 0, 2_000).await;
    stack.postgres.launch().await?;
    let ended = if how == Shutdown::Fast { "shut down" } else { "crashed" };
    Ok(format!("Postgres {ended} and restarted {down} ms later"))
}

/// Only an active run sends statements large enough to corrupt.
async fn corrupt_statements(stack: &Stack, watcher: &mut RunWatcher) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    proxy.corrupt(CORRUPTIONS);
    let is_done = |state: &RunState| state.is_over() || proxy.pending_corruptions() == 0;
    watcher
        .wait_until(Instant::now() + STEP_TIMEOUT, is_done)
        .await
        .context("timed out waiting for large statements")?;
    let corrupted = CORRUPTIONS - proxy.pending_corruptions();
    proxy.corrupt(0);
    Ok((corrupted > 0).then(|| format!("a digit replaced in each of {corrupted} statements")))
}

/// Only an active run has open connections.
async fn drop_responses(stack: &Stack, watcher: &mut RunWatcher) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    let is_connected = |state: &RunState| state.is_over() || proxy.connections() > 0;
    watcher
        .wait_until(Instant::now() + STEP_TIMEOUT, is_connected)
        .await
        .context("timed out waiting for a connection")?;
    let affected = proxy.drop_responses();
    Ok((affected > 0).then(|| format!("the responses on {affected} connections dropped")))
}

/// Only an active run has open connections.
async fn reset_connections(
    stack: &Stack,
    watcher: &mut RunWatcher,
    random: &mut StdRng,
) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    let mut reset = 0;
    for _ in 0..RESETS {
        let is_connected = |state: &RunState| state.is_over() || proxy.connections() > 0;
        let deadline = Instant::now() + STEP_TIMEOUT;
        watcher.wait_until(deadline, is_connected).await.context("timed out waiting for a connection")?;
        reset += proxy.reset_connections();
        pause(random, 50, 500).await;
    }
    Ok((reset > 0).then(|| format!("{reset} connections reset in {RESETS} resets")))
}

async fn fail_shopee_calls(stack: &Stack, kinds: &[Value; 3], random: &mut StdRng) -> Result<String> {
    for mut kind in kinds.iter().cloned() {
        kind["probability"] = SHOPEE_FAULT_PROBABILITY.into();
        control(stack, Method::POST, "/_mock/faults", &kind).await?;
    }
    let duration_ms = pause(random, 3_000, 6_000).await;
    let faults = control(stack, Method::GET, "/_mock/faults", &Value::Null).await?;
    control(stack, Method::DELETE, "/_mock/faults", &Value::Null).await?;
    let hits = faults.as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64());
    Ok(format!("{} calls to Shopee failed within {duration_ms} ms", hits.sum::<u64>()))
}

async fn crash_isolate(stack: &Stack) -> Result<String> {
    let traps = || stack.worker.log().matches(TRAP_MARKER).count();
    let before = traps();
    let url = format!("{}/_tap/CHUNK", stack.worker.url);
    let answer = stack.worker.http.post(url).body(CRASH_MESSAGE).send().await?;
    ensure!(answer.status().is_success(), "the queue tap answered {}", answer.status());
    wait_for("a trap; does the Worker support the message?", async || Ok(traps() > before)).await?;
    Ok("a wasm instance trapped".to_owned())
}

/// Waits until `holds` returns true.
async fn wait_for(what: &str, holds: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let waiting = async {
        while !holds().await? {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    };
    match tokio::time::timeout(STEP_TIMEOUT, waiting).await {
        Ok(result) => result,
        Err(_) => bail!("timed out waiting for {what}"),
    }
}
