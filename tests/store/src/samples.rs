//! What several tests begin with.

use crate::setup::Database;
use anyhow::Result;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use store::{
    Db, DbError,
    dead_letters::Unhandled,
    fence::{Fence, Written},
    queue::{self, Job, NewJob},
    runs::{self, BeginRun, Begun, Projection, StoredChunk},
    write_campaigns::{self, CampaignRow},
};

pub const SHOP: i64 = 532_963_124;

/// A shop with a token.
pub async fn shop(database: &Database, shop_id: i64) -> Result<()> {
    let insert = "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token) VALUES";
    database.sql(&format!("{insert} ({shop_id}, 'Shop {shop_id}', 'BR', 'token-{shop_id}')")).await?;
    Ok(())
}

/// A claimed job of [`SHOP`].
pub async fn claimed(database: &Database) -> Result<Job> {
    let job = NewJob {
        id: None,
        shop_id: SHOP,
        sync_type: "realtime".to_owned(),
        sync_params: json!({}),
        priority: 2,
        chunk_size: None,
        trigger: "http".to_owned(),
    };
    Ok(queue::insert_claimed(&database.db, &job, 120).await?)
}

pub fn begin_of(generation: i64, job_id: &str) -> BeginRun {
    BeginRun {
        shop_id: SHOP,
        generation,
        kind: "realtime".to_owned(),
        trigger: "http".to_owned(),
        params: json!({}),
        job_id: job_id.to_owned(),
    }
}

/// Begins a run of [`SHOP`] with a job of its own; returns the job.
pub async fn begun(database: &Database, generation: i64) -> Result<Job> {
    let job = claimed(database).await?;
    let begun = runs::begin(&database.db, &begin_of(generation, &job.id)).await?;
    assert_eq!(begun, Begun::Begun);
    Ok(job)
}

/// A chunked run in its first stage, planned with 335 campaigns, nothing done.
pub fn picture(generation: i64, rev: i64, job: &Job) -> Projection {
    Projection {
        shop_id: SHOP,
        generation,
        rev,
        stage: "syncing_campaigns".to_owned(),
        mode: Some("chunked".to_owned()),
        total_campaigns: 335,
        synced_campaigns: 0,
        current_chunk: 0,
        total_chunks: 4,
        chunks_done: 0,
        chunks_planned: 9,
        units_done: 0,
        units_planned: 671,
        failed_chunks: vec![],
        error_message: None,
        waiting_reason: None,
        waiting_until_ms: None,
        jobs: vec![job.id.clone()],
        job_error: None,
        job_result: None,
        receipt: None,
        chunk_rows: vec![],
        claim_seconds: 300,
        chunked: true,
    }
}

pub fn chunk(stage: &str, chunk_index: i32, status: &str) -> StoredChunk {
    StoredChunk {
        stage: stage.to_owned(),
        chunk_index,
        chunk_size: 100,
        status: status.to_owned(),
        attempt: i32::from(status != "pending"),
        error_message: None,
        result: None,
    }
}

/// A first attempt at chunk 0 of the campaigns.
pub fn fence(generation: i64, fetched_at_ms: i64) -> Fence {
    Fence {
        shop_id: SHOP,
        generation,
        fetched_at_ms,
        touch: false,
        stage: "campaigns",
        chunk_index: 0,
        finish: false,
        result: json!(null),
    }
}

/// A document as it is written.
///
/// # Panics
/// Never: it is a document.
pub fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).expect("a document can be written")
}

pub fn campaign(campaign_id: i64, name: &str) -> CampaignRow {
    CampaignRow {
        campaign_id,
        ad_type: Some("manual".to_owned()),
        name: Some(name.to_owned()),
        status: Some("ongoing".to_owned()),
        campaign_placement: Some("all".to_owned()),
        bidding_method: Some("auto".to_owned()),
        campaign_budget: Some(30.1),
        start_time: Some(1_727_740_800),
        end_time: Some(0),
        item_count: Some(1),
        roas_target: Some(6.5),
        raw_data: raw(&json!({"campaign_id": campaign_id, "common_info": {"campaign_budget": 30.1}})),
    }
}

/// Writes campaigns; the counts are the answer.
pub async fn campaigns(
    db: &impl Db,
    fence: &Fence,
    rows: &[CampaignRow],
    vanished: &[i64],
) -> Result<Written, DbError> {
    write_campaigns::campaigns(db, fence, rows, vanished, None).await.map(|answer| answer.rows)
}

/// Hands out jobs with room for all.
pub async fn claim(db: &impl Db, jobs: i32, seconds: i32) -> Result<Vec<Job>> {
    let room = queue::Room { jobs, places: 5_000, own_waits: &[] };
    Ok(queue::claim_due(db, room, seconds).await?.jobs)
}

/// A message that nobody could handle, and that was to start no job.
pub fn unhandled<'a>(queue: &'a str, message_id: &'a str, body: &'a str, reason: &'a str) -> Unhandled<'a> {
    Unhandled { queue, message_id, body, reason, job: None }
}
