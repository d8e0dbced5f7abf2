//! Live progress: one bar per shop and stage, read from the operators' view.

use super::seed::Shop;
use crate::stack::Stack;
use anyhow::{Context, Result, bail};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{collections::HashMap, io::IsTerminal, time::Duration};
use tokio_postgres::Client;

const STAGES: [&str; 2] = ["syncing_campaigns", "syncing_performance"];
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Shows progress until every run has ended.
///
/// # Errors
/// A run failed, or Postgres does not answer.
pub async fn until_ended(stack: &Stack, shops: &[Shop]) -> Result<()> {
    let database = stack.database().await?;
    let all = MultiProgress::new();
    let bars: HashMap<i64, [ProgressBar; 2]> =
        shops.iter().map(|shop| (shop.id, STAGES.map(|stage| all.add(bar(shop, stage))))).collect();
    let select = "SELECT shop_id, sync_stage, current_chunk, total_chunks, error_message FROM v_ads_sync_progress_status";
    let plain = !std::io::stderr().is_terminal();
    let mut shown: HashMap<i64, String> = HashMap::new();
    loop {
        let rows = database.query(select, &[]).await?;
        let mut completed = 0;
        for row in &rows {
            let (shop, stage): (i64, &str) = (row.get(0), row.get(1));
            let [campaigns, performance] = bars.get(&shop).context("an unexpected shop")?;
            let (done, total): (i32, i32) = (row.get(2), row.get(3));
            if plain && shown.insert(shop, stage.to_owned()).as_deref() != Some(stage) {
                eprintln!("  shop {shop}: {stage}");
            }
            match stage {
                "syncing_campaigns" => draw(campaigns, done, total),
                "syncing_performance" => {
                    draw(campaigns, total, total);
                    draw(performance, done, total);
                }
                "completed" => {
                    draw(campaigns, total, total);
                    draw(performance, total, total);
                    completed += 1;
                }
                other => bail!(
                    "shop {shop} is {other}: {}",
                    row.get::<_, Option<&str>>(4).unwrap_or("no reason given")
                ),
            }
        }
        if completed == shops.len() {
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Waits until a run of a shop has completed.
///
/// # Errors
/// It failed, or timed out.
pub async fn until_run(database: &Client, shop: &Shop, generation: i64) -> Result<()> {
    let select = "SELECT status FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2";
    let ended = async {
        loop {
            match database.query_opt(select, &[&shop.id, &generation]).await? {
                Some(row) if row.get::<_, &str>(0) == "completed" => return Ok(()),
                Some(row) if row.get::<_, &str>(0) != "running" => {
                    bail!("run {generation} of shop {} is {}", shop.id, row.get::<_, &str>(0))
                }
                _ => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    };
    tokio::time::timeout(super::RUN_TIMEOUT, ended).await.context("the run did not end in time")?
}

fn bar(shop: &Shop, stage: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>10} {msg:<20} {bar:30} {pos}/{len} chunks {elapsed}");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_prefix(shop.id.to_string()).with_message(stage)
}

fn draw(bar: &ProgressBar, done: i32, total: i32) {
    bar.set_length(u64::try_from(total).unwrap_or(0));
    bar.set_position(u64::try_from(done).unwrap_or(0));
    if total > 0 && done == total && !bar.is_finished() {
        bar.finish();
    }
}
