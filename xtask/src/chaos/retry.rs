//! Retries a failed run, as an operator would.

use super::{
    PROGRESS_TIMEOUT,
    run_watcher::{RunState, RunWatcher},
};
use crate::stack::Stack;
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

/// Retries a run's failed chunks and waits for its end. Returns whether it completed.
pub async fn retry_run(
    stack: &Stack,
    watcher: &mut RunWatcher,
    failed: &RunState,
    problems: &mut Vec<String>,
) -> Result<bool> {
    request_retry(stack, watcher.shop_id(), failed.generation).await?;
    let deadline = Instant::now() + PROGRESS_TIMEOUT;
    // The same run, or a newer one, has ended again.
    let has_ended_again =
        |now: &RunState| now.is_over() && (now.generation, now.ended) > (failed.generation, failed.ended);
    match watcher.wait_until(deadline, has_ended_again).await {
        Some(now) if now.status == "completed" => return Ok(true),
        Some(now) => {
            problems.push(format!("the retry {}: {}", now.status, now.error.unwrap_or_default()));
        }
        None => problems.push("the retry did not end".to_owned()),
    }
    Ok(false)
}

/// Falls back to a new sync if the Worker has no retry verb.
async fn request_retry(stack: &Stack, shop: i64, generation: i64) -> Result<()> {
    let verb = format!("/v1/runs/{shop}-{generation}/retry");
    let (status, body) = stack.worker.call(Method::POST, &verb, Some(&json!({}))).await?;
    if !matches!(status, 404 | 405) {
        ensure!((200..300).contains(&status), "{verb} answered {status}: {body}");
        return Ok(());
    }
    let sync = format!("/v1/shops/{shop}/sync");
    let (status, body) = stack.worker.call(Method::POST, &sync, Some(&json!({}))).await?;
    ensure!(status == 202, "{sync} answered {status}: {body}");
    Ok(())
}
