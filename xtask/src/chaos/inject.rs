//! Carrying out a fault. Everything that was taken away is back when a function here returns.

use super::{
    Fault,
    watch::{Standing, Watch},
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

/// How often connections are cut in one fault.
const CUTS: u32 = 5;
/// How many statements are damaged in one fault.
const DAMAGES: u32 = 3;
/// The share of the calls that each of three faults of Shopee hits; together a fifth: 1 - (1 - 0.0717)³.
const SHOPEE_SHARE: f64 = 0.0717;
/// How long Shopee holds a call that it does not answer, in milliseconds. Shorter than a lease.
const HOLD_MS: u64 = 1_500;
/// Where redirects lead; nobody listens there.
const ELSEWHERE: &str = "http://127.0.0.1:9";
/// How long Postgres is away.
const AWAY: Duration = Duration::from_secs(600);
/// How long it answers nothing.
const FROZEN: Duration = Duration::from_secs(75);
/// The message that traps an instance, if the Worker's variable TEST_CRASH is 1.
const CRASH: &str = r#"{"crash":true}"#;
/// What the log then says.
const TRAP: &str = "RuntimeError";
/// Longest wait for something that must happen within a fault.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Carries it out. Answers with what was done, for people; with nothing if the run that is watched ended before there was
/// anything to break.
///
/// # Errors
/// Something does not start again, or the fault did not happen.
pub async fn inject(
    stack: &mut Stack,
    fault: Fault,
    watch: &mut Watch,
    random: &mut StdRng,
) -> Result<Option<String>> {
    let done = match fault {
        Fault::None => "nothing".to_owned(),
        Fault::WorkerKill => {
            stack.worker.kill().await;
            let down = pause(random, 0, 1_000).await;
            stack.worker.launch().await?;
            format!("workerd killed and started again {down} ms later")
        }
        Fault::PostgresRestart => postgres(stack, Shutdown::Fast, random).await?,
        Fault::PostgresCrash => postgres(stack, Shutdown::Immediate, random).await?,
        Fault::ConnectionCut => return cut(stack, watch, random).await,
        Fault::StatementDamaged => return damage(stack, watch).await,
        Fault::PostgresSilent => return silence(stack, watch).await,
        Fault::PoolerRestart => {
            let pooler = stack.pooler.as_mut().context("the stack has no pooler")?;
            pooler.kill().await;
            let down = pause(random, 0, 1_000).await;
            pooler.launch().await?;
            format!("the pooler killed and started again {down} ms later")
        }
        Fault::PostgresAway => {
            stack.postgres.halt(Shutdown::Immediate).await;
            tokio::time::sleep(AWAY).await;
            stack.postgres.launch().await?;
            format!("Postgres away for {} s", AWAY.as_secs())
        }
        Fault::PostgresFrozen => {
            let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
            proxy.freeze(true);
            tokio::time::sleep(FROZEN).await;
            proxy.freeze(false);
            format!("no answer of Postgres for {} s", FROZEN.as_secs())
        }
        Fault::ShopeeErrors => {
            shopee(
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
            shopee(
                stack,
                &[302, 307, 308]
                    .map(|status| json!({ "kind": "status", "status": status, "location": ELSEWHERE })),
                random,
            )
            .await?
        }
        Fault::IsolateCrash => crash(stack).await?,
    };
    Ok(Some(done))
}

/// A pause that is part of a fault.
async fn pause(random: &mut StdRng, least_ms: u64, most_ms: u64) -> u64 {
    let pause_ms = random.random_range(least_ms..=most_ms);
    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    pause_ms
}

async fn postgres(stack: &mut Stack, how: Shutdown, random: &mut StdRng) -> Result<String> {
    stack.postgres.halt(how).await;
    let down = pause(random, 0, 2_000).await;
    stack.postgres.launch().await?;
    let ended = if how == Shutdown::Fast { "shut down" } else { "crashed" };
    Ok(format!("Postgres {ended} and started again {down} ms later"))
}

/// Statements with a large body come from a run that is at work.
async fn damage(stack: &Stack, watch: &mut Watch) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    proxy.damage(DAMAGES);
    let at_end = |standing: &Standing| standing.is_over() || proxy.undamaged() == 0;
    watch.until(Instant::now() + PATIENCE, at_end).await.context("waited in vain for large statements")?;
    let damaged = DAMAGES - proxy.undamaged();
    proxy.damage(0);
    Ok((damaged > 0).then(|| format!("a digit replaced in each of {damaged} statements")))
}

/// Only a run that is at work has connections.
async fn silence(stack: &Stack, watch: &mut Watch) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    let at_work = |standing: &Standing| standing.is_over() || proxy.connections() > 0;
    watch.until(Instant::now() + PATIENCE, at_work).await.context("waited in vain for a connection")?;
    let silenced = proxy.silence();
    Ok((silenced > 0).then(|| format!("the answers on {silenced} connections kept back for good")))
}

/// Only a run that is at work has connections.
async fn cut(stack: &Stack, watch: &mut Watch, random: &mut StdRng) -> Result<Option<String>> {
    let proxy = stack.proxy.as_ref().context("the stack has no proxy")?;
    let mut cut = 0;
    for _ in 0..CUTS {
        let at_work = |standing: &Standing| standing.is_over() || proxy.connections() > 0;
        let deadline = Instant::now() + PATIENCE;
        watch.until(deadline, at_work).await.context("waited in vain for a connection")?;
        cut += proxy.cut();
        pause(random, 50, 500).await;
    }
    Ok((cut > 0).then(|| format!("{cut} connections cut in {CUTS} cuts")))
}

async fn shopee(stack: &Stack, kinds: &[Value; 3], random: &mut StdRng) -> Result<String> {
    for mut kind in kinds.iter().cloned() {
        kind["probability"] = SHOPEE_SHARE.into();
        control(stack, Method::POST, "/_mock/faults", &kind).await?;
    }
    let lasted = pause(random, 3_000, 6_000).await;
    let faults = control(stack, Method::GET, "/_mock/faults", &Value::Null).await?;
    control(stack, Method::DELETE, "/_mock/faults", &Value::Null).await?;
    let hits = faults.as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64());
    Ok(format!("Shopee spoiled {} calls within {lasted} ms", hits.sum::<u64>()))
}

async fn crash(stack: &Stack) -> Result<String> {
    let traps = || stack.worker.log().matches(TRAP).count();
    let before = traps();
    let url = format!("{}/_tap/CHUNK", stack.worker.url);
    let answer = stack.worker.http.post(url).body(CRASH).send().await?;
    ensure!(answer.status().is_success(), "the queue tap answered {}", answer.status());
    until("a trap; does the Worker know the message?", async || Ok(traps() > before)).await?;
    Ok("an instance trapped".to_owned())
}

/// Waits for something that must happen.
async fn until(what: &str, holds: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let waiting = async {
        while !holds().await? {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(result) => result,
        Err(_) => bail!("waited in vain for {what}"),
    }
}
