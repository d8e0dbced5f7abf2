//! Our statement against the fastest way that Postgres has: COPY into a temporary table, and a merge.
//!
//! Both replace every row's counters, on one connection, without the pooler.

use super::{
    race::TEMPLATE,
    rig::{LATENCY, Rig, Site},
};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::SinkExt;
use serde::{Deserialize, Serialize};
use std::{fmt::Write, pin::pin, time::Instant};
use store::{
    Fence,
    write_performance::{self, CampaignDay, CampaignHour, Measures},
};

const SHOP: i64 = 90_030_000;
/// Campaigns of one statement, as in a sync.
const CHUNK: i64 = 100;
/// Rows of one campaign, about as many as a realtime sync finds.
const DAYS: u32 = 2;
const HOURS: u32 = 8;

/// One round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpsertRun {
    /// Rows that were changed.
    pub rows: u64,
    /// Time of our statements.
    pub ours_seconds: f64,
    /// Time of COPY and merge.
    pub copy_seconds: f64,
}

impl UpsertRun {
    /// Our speed, in that of COPY and merge.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.copy_seconds / self.ours_seconds
    }
}

/// Replaces `rows` rows in both ways, in turns.
///
/// # Errors
/// Postgres refuses a statement, or a way has not changed every row.
pub async fn run(rig: &Rig, rows: u32, rounds: u32) -> Result<Vec<UpsertRun>> {
    let site = rig.site(TEMPLATE, LATENCY).await?;
    let begin = format!(
        "INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage) \
         VALUES ({SHOP}, 1, 'syncing_performance')"
    );
    site.database.batch_execute(&begin).await?;
    let campaigns = i64::from(rows / (DAYS + HOURS));
    let client = crate::stack::postgres::connect(&site.url).await?;
    let db = store::Postgres(client);
    let mut version = 1;
    ours(&db, campaigns, version).await?;
    let mut runs = Vec::new();
    for round in 1..=rounds {
        version += 1;
        settle(&site).await?;
        let ours_seconds = ours(&db, campaigns, version).await?;
        check(&site, version, rows).await?;
        version += 1;
        settle(&site).await?;
        let copy_seconds = copy(&db.0, campaigns, version).await?;
        check(&site, version, rows).await?;
        let run = UpsertRun { rows: u64::from(rows), ours_seconds, copy_seconds };
        eprintln!(
            "  round {round}: ours {ours_seconds:.2} s, COPY {copy_seconds:.2} s, ratio {:.3}",
            run.ratio()
        );
        runs.push(run);
    }
    drop(db);
    rig.clear(site).await?;
    Ok(runs)
}

/// Otherwise one way would clean up behind the other.
async fn settle(site: &Site) -> Result<()> {
    for table in TABLES {
        site.database.batch_execute(&format!("VACUUM {table}")).await?;
    }
    site.database.batch_execute("CHECKPOINT").await?;
    Ok(())
}

const TABLES: [&str; 2] = ["apishopee_ads_performance_daily", "apishopee_ads_performance_hourly"];

async fn check(site: &Site, version: i64, rows: u32) -> Result<()> {
    let count = format!(
        "SELECT (SELECT count(*) FROM {} WHERE impression % 1000 = {version}) \
         + (SELECT count(*) FROM {} WHERE impression % 1000 = {version})",
        TABLES[0], TABLES[1]
    );
    let changed: i64 = site.database.query_one(&count, &[]).await?.get(0);
    ensure!(changed == i64::from(rows), "{changed} rows were changed instead of {rows}");
    Ok(())
}

/// Counters of a row: all of them differ from those of another version.
fn measures(campaign: i64, slot: u32, version: i64) -> Measures {
    let base = campaign % 97 + i64::from(slot);
    let cents = |factor: i64| (base * 100 + version * factor) as f64 / 100.0;
    Measures {
        impression: Some((base + 50) * 1_000 + version),
        clicks: Some(base + version),
        expense: cents(3) + 1.0,
        direct_order: Some(base + 2 * version),
        direct_gmv: Some(cents(7)),
        broad_order: Some(base + 3 * version),
        broad_gmv: Some(cents(11)),
        direct_item_sold: Some(base + 4 * version),
        broad_item_sold: Some(base + 5 * version),
    }
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::default() + chrono::Days::new(u64::from(number))
}

fn days(campaign: i64, version: i64) -> impl Iterator<Item = CampaignDay> {
    (0..DAYS).map(move |slot| CampaignDay {
        campaign_id: campaign,
        performance_date: day(slot),
        measures: measures(campaign, slot, version),
    })
}

fn hours(campaign: i64, version: i64) -> impl Iterator<Item = CampaignHour> {
    (0..HOURS).map(move |slot| CampaignHour {
        campaign_id: campaign,
        performance_date: day(DAYS - 1),
        hour: slot.cast_signed(),
        measures: measures(campaign, slot, version),
    })
}

/// Writes all rows in chunks. Returns the time of the statements.
async fn ours(db: &store::Postgres, campaigns: i64, version: i64) -> Result<f64> {
    let mut seconds = 0.0;
    for (index, first) in (0..campaigns).step_by(CHUNK as usize).enumerate() {
        let ids = || first..(first + CHUNK).min(campaigns);
        let daily: Vec<_> = ids().flat_map(|id| days(id + 1, version)).collect();
        let hourly: Vec<_> = ids().flat_map(|id| hours(id + 1, version)).collect();
        let fence = Fence {
            shop_id: SHOP,
            generation: 1,
            fetched_at_ms: version,
            touch: false,
            stage: "performance",
            chunk_index: i32::try_from(index)?,
            finish: true,
            result: serde_json::Value::Null,
        };
        let started = Instant::now();
        let written = write_performance::performance(db, &fence, &daily, &hourly).await?;
        seconds += started.elapsed().as_secs_f64();
        ensure!(written.fenced, "the statement was fenced off");
    }
    Ok(seconds)
}

/// The columns that are copied.
const COUNTERS: &str = "impression, clicks, expense, direct_order, direct_gmv, broad_order, broad_gmv, \
                        direct_item_sold, broad_item_sold";

/// Copies and merges all rows in one transaction. Returns its time; the text to copy was made before.
async fn copy(client: &tokio_postgres::Client, campaigns: i64, version: i64) -> Result<f64> {
    let (mut daily, mut hourly) = (String::new(), String::new());
    for id in 1..=campaigns {
        for row in days(id, version) {
            let _ = writeln!(daily, "{id}\t{}\t{}", row.performance_date, text(&row.measures));
        }
        for row in hours(id, version) {
            let _ = writeln!(hourly, "{id}\t{}\t{}\t{}", row.performance_date, row.hour, text(&row.measures));
        }
    }
    let parts = [
        (TABLES[0], "campaign_id, performance_date", daily),
        (TABLES[1], "campaign_id, performance_date, hour", hourly),
    ];
    let started = Instant::now();
    client.batch_execute("BEGIN").await?;
    for (number, (table, key, rows)) in parts.into_iter().enumerate() {
        let staging = format!("staging_{number}");
        let create = format!(
            "CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {key}, {COUNTERS} FROM {table} WITH NO DATA"
        );
        client.batch_execute(&create).await?;
        let mut sink = pin!(client.copy_in::<_, Bytes>(&format!("COPY {staging} FROM STDIN")).await?);
        sink.send(Bytes::from(rows)).await?;
        sink.finish().await?;
        client.batch_execute(&merge(&staging, table, key, version)).await.context("the merge failed")?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(started.elapsed().as_secs_f64())
}

fn merge(staging: &str, table: &str, key: &str, version: i64) -> String {
    let columns = || COUNTERS.split(", ").chain(["ctr", "roas", "acos", "synced_at", "fetched_at"]);
    let assignments: Vec<String> = columns().map(|name| format!("{name} = EXCLUDED.{name}")).collect();
    format!(
        "INSERT INTO {table} AS old (shop_id, {key}, {COUNTERS}, ctr, roas, acos, synced_at, generation, fetched_at) \
         SELECT {SHOP}, {key}, {COUNTERS}, \
           CASE WHEN impression <= 0 THEN 0 ELSE round(clicks::numeric / impression, 6) END, \
           CASE WHEN expense <= 0 THEN 0 ELSE round(broad_gmv / expense, 6) END, \
           CASE WHEN broad_gmv <= 0 THEN 0 ELSE round(100 * expense / broad_gmv, 6) END, \
           now(), 1, to_timestamp({version} / 1000.0) \
         FROM {staging} \
         ON CONFLICT (shop_id, {key}) DO UPDATE SET {}",
        assignments.join(", ")
    )
}

fn text(row: &Measures) -> String {
    let number = |value: Option<i64>| value.unwrap_or_default();
    let amount = |value: Option<f64>| value.unwrap_or_default();
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        number(row.impression),
        number(row.clicks),
        row.expense,
        number(row.direct_order),
        amount(row.direct_gmv),
        number(row.broad_order),
        amount(row.broad_gmv),
        number(row.direct_item_sold),
        number(row.broad_item_sold)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_differs_from_one_version_to_the_next() {
        let (one, two) = (text(&measures(5, 1, 1)), text(&measures(5, 1, 2)));
        assert_eq!(one.split('\t').count(), COUNTERS.split(", ").count());
        assert!(one.split('\t').zip(two.split('\t')).all(|(one, two)| one != two), "{one} {two}");
    }

    #[test]
    fn the_ratio_is_that_of_speeds() {
        let run = UpsertRun { rows: 1, ours_seconds: 4.0, copy_seconds: 3.0 };
        assert!((run.ratio() - 0.75).abs() < 1e-9);
    }
}
