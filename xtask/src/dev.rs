//! `cargo xtask dev`: runs the whole stack until interrupted.

use crate::{
    build::{self, Bundle},
    demo::seed,
    setup::{self, Scope},
    stack::{DATABASE, Options, Stack},
};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use croner::Cron;
use std::{fs, str::FromStr, time::Duration};

/// Shops of the local stack: id and number of campaigns.
const SHOPS: [(i64, u32); 3] = [(532_963_124, 335), (77_000_150, 150), (11_000_012, 12)];

/// Wrangler's prefix of the build's output.
const BUILD_PREFIX: &str = "[custom build]";

/// Runs until it is interrupted.
///
/// # Errors
/// A component does not start.
pub async fn run() -> Result<()> {
    let tools = setup::everything(Scope::Run)?;
    build::bundle(Bundle::Quick)?;
    let stack = Stack::start(&tools, Options::quick()).await?;
    let shops: Vec<seed::Shop> =
        SHOPS.iter().map(|(id, campaigns)| seed::Shop::new(*id, *campaigns)).collect();
    seed::whole_days(&stack).await?;
    seed::shops(&stack, &shops, 7).await?;
    print_addresses(&stack);
    let crons = crons(&fs::read_to_string(crate::paths::root().join("wrangler.toml"))?)?;
    tokio::select! {
        () = tick(&stack, &crons) => {}
        () = report_builds(&stack) => {}
        result = crate::stack::interrupted() => result?,
    }
    eprintln!("stopping");
    stack.stop().await;
    Ok(())
}

fn print_addresses(stack: &Stack) {
    let (worker, token) = (&stack.worker.url, &stack.secrets.operator_token);
    println!("Worker        {worker}");
    println!("fake Shopee   {}", stack.shopee.url());
    println!("Postgres      {}", stack.postgres.url(DATABASE));
    println!("logs          {}", stack.folder().display());
    println!("token         {token} (operator)");
    println!(
        "\ncurl -X POST {worker}/v1/shops/{}/sync -H 'Authorization: Bearer {token}' -d '{{}}'",
        SHOPS[0].0
    );
    println!(
        "\nexport APISHOPEE_URL={worker} APISHOPEE_TOKEN={token}   # for the command line: cargo run -p cli -- shops"
    );
    println!(
        "\nThe crons tick by themselves, and a change of the sources rebuilds the Worker. Ctrl-C stops everything."
    );
}

/// Shows Wrangler's messages about rebuilds, which would otherwise only be in its log.
async fn report_builds(stack: &Stack) {
    let mut seen = stack.worker.log().len();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let log = stack.worker.log();
        // An incomplete line is shown the next time.
        let new = log.get(seen..).and_then(|new| new.get(..=new.rfind('\n')?)).unwrap_or_default();
        seen += new.len();
        for line in build_messages(new) {
            eprintln!("{line}");
        }
    }
}

/// Extracts the messages about rebuilds from a piece of Wrangler's log.
fn build_messages(log: &str) -> Vec<String> {
    let line = |line: &str| match line.trim().strip_prefix(BUILD_PREFIX) {
        Some(text) if text.trim().starts_with("Running:") => Some("rebuilding the Worker".to_owned()),
        Some(text) => Some(format!("  {}", text.trim_end())).filter(|text| !text.trim().is_empty()),
        None if line.contains("custom build") => {
            Some("the build failed; the Worker goes on as it was".to_owned())
        }
        None => None,
    };
    log.lines().filter_map(line).collect()
}

/// Triggers due crons, which Wrangler does not do by itself.
#[expect(clippy::disallowed_methods, reason = "crons are due by the machine's clock")]
async fn tick(stack: &Stack, crons: &[(String, Cron)]) {
    let mut last = Utc::now();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = Utc::now();
        for (text, _) in crons.iter().filter(|(_, cron)| is_due(cron, last, now)) {
            match stack.worker.tick(text).await {
                Ok(()) => println!("{} cron {text}", now.format("%H:%M:%S")),
                Err(error) => eprintln!("cron {text}: {error:#}"),
            }
        }
        last = now;
    }
}

fn is_due(cron: &Cron, after: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    cron.find_next_occurrence(&after, false).is_ok_and(|next| next <= until)
}

fn crons(wrangler: &str) -> Result<Vec<(String, Cron)>> {
    let config: toml::Table = wrangler.parse().context("wrangler.toml cannot be read")?;
    let list =
        config.get("triggers").and_then(|triggers| triggers.get("crons")).and_then(toml::Value::as_array);
    let texts = list.context("wrangler.toml has no crons")?.iter().filter_map(toml::Value::as_str);
    texts
        .map(|text| Ok((text.to_owned(), Cron::from_str(text).with_context(|| format!("cron {text}"))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebuilds_and_their_errors_are_reported() {
        let log = "[wrangler:info] GET /healthz 200 OK (2ms)\n\
                   [custom build] Running: cargo xtask build\n\
                   [custom build] error[E0425]: cannot find value `x`\n\
                   [custom build] \n\
                   {\"level\":\"info\",\"event\":\"http\"}\n\
                   \u{2718} [ERROR] Running custom build `cargo xtask build` failed.\n";
        let messages = build_messages(log);
        assert_eq!(
            messages,
            [
                "rebuilding the Worker",
                "   error[E0425]: cannot find value `x`",
                "the build failed; the Worker goes on as it was"
            ]
        );
    }

    #[test]
    fn a_cron_is_due_once() {
        let crons = crons("[triggers]\ncrons = [\"*/5 * * * *\"]").unwrap();
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let due = |after, until| is_due(&crons[0].1, at(after), at(until));
        assert!(due("2026-01-01T00:04:59.500Z", "2026-01-01T00:05:00.500Z"));
        assert!(!due("2026-01-01T00:05:00.500Z", "2026-01-01T00:05:01.500Z"));
    }
}
