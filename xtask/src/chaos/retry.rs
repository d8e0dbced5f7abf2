//! Trying a failed run once more, as an operator would.

use super::{
    PATIENCE,
    watch::{Standing, Watch},
};
use crate::stack::Stack;
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

/// Retries the run's failed chunks and waits for the end. Answers with whether it completed this time.
pub async fn retry(
    stack: &Stack,
    watch: &mut Watch,
    failed: &Standing,
    problems: &mut Vec<String>,
) -> Result<bool> {
    ask(stack, watch.shop_id(), failed.generation).await?;
    let deadline = Instant::now() + PATIENCE;
    // The same run, or a newer one, has ended once more.
    let again =
        |now: &Standing| now.is_over() && (now.generation, now.ended) > (failed.generation, failed.ended);
    match watch.until(deadline, again).await {
        Some(now) if now.status == "completed" => return Ok(true),
        Some(now) => {
            problems.push(format!("the retry {}: {}", now.status, now.error.unwrap_or_default()));
        }
        None => problems.push("the retry did not end".to_owned()),
    }
    Ok(false)
}

/// A Worker without the verb gets a new sync instead.
async fn ask(stack: &Stack, shop: i64, generation: i64) -> Result<()> {
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
