//! A contender that is a program in Node. It says when it is ready, begins at a line of its input, and says when it is done:
//! neither its start nor its end is part of the time.

use super::{
    peers,
    rig::{Days, Rig, Site},
    stopwatch::{Stopwatch, Taken},
};
use crate::{demo::seed::Shop, paths, stack::PARTNER_ID};
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// Time to start, schema included.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Time to do the job. The incumbent's algorithm takes minutes.
const RUN_TIMEOUT: Duration = Duration::from_secs(1_800);
/// Time to end by itself.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Characters shown of what a failed program has written.
const SHOWN_CHARS: usize = 2_000;

/// The job in the form that bench/peers/lib reads.
#[must_use]
pub fn job(rig: &Rig, database_url: &str, shop: &Shop, token: &str, days: &Days) -> Value {
    json!({
        "databaseUrl": database_url,
        "shopId": shop.id,
        "from": days.from,
        "to": days.to,
        "shopee": {
            "url": rig.shopee.url(),
            "partnerId": PARTNER_ID,
            "partnerKey": rig.secrets.partner_key,
            "accessToken": token,
        },
    })
}

/// Runs a program and takes its time.
///
/// # Errors
/// It fails or takes too long; the message contains the end of what it has written.
pub async fn run(rig: &Rig, site: &Site, file: &str, job: &Value) -> Result<Taken> {
    let mut program = Program::start(rig, site, file, job)?;
    let outcome = program.measure(rig).await;
    let group = program.group;
    if outcome.is_ok() {
        // Its end is not measured: what it does not finish in time is killed.
        let _ = tokio::time::timeout(STOP_TIMEOUT, program.child.wait()).await;
    }
    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    let _ = program.child.wait().await;
    let _ = rig.reaper.release(group);
    outcome.with_context(|| format!("{file}: {}", tail(&program.log)))
}

struct Program {
    child: Child,
    group: i32,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Program {
    fn start(rig: &Rig, site: &Site, file: &str, job: &Value) -> Result<Self> {
        let log = site.folder.join("peer.log");
        let mut child = Command::new(paths::npm_program("node"))
            .arg(peers::folder().join(file))
            .current_dir(peers::folder())
            .env("PATH", paths::path_variable())
            .env("BENCH_JOB", job.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("node could not be started")?;
        let group = i32::try_from(child.id().context("node has ended already")?)?;
        rig.reaper.watch(group)?;
        let input = child.stdin.take().context("node has no input")?;
        let output = BufReader::new(child.stdout.take().context("node has no output")?).lines();
        Ok(Self { child, group, input, output, log })
    }

    async fn measure(&mut self, rig: &Rig) -> Result<Taken> {
        tokio::time::timeout(START_TIMEOUT, self.hear("ready"))
            .await
            .context("it did not start in time")??;
        let stopwatch = Stopwatch::start(rig, self.group);
        self.input.write_all(b"go\n").await?;
        tokio::time::timeout(RUN_TIMEOUT, self.hear("done")).await.context("it did not end in time")??;
        Ok(stopwatch.stop())
    }

    /// Waits for a message; other lines are ignored.
    async fn hear(&mut self, event: &str) -> Result<()> {
        while let Some(line) = self.output.next_line().await? {
            let message: Value = serde_json::from_str(&line).unwrap_or_default();
            if message.get("event").and_then(Value::as_str) == Some(event) {
                return Ok(());
            }
        }
        bail!("it ended before it was {event}")
    }
}

fn tail(log: &PathBuf) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let skipped = text.chars().count().saturating_sub(SHOWN_CHARS);
    text.chars().skip(skipped).collect()
}
