//! What the statements are given: few values, so that they meet.

use chrono::{Days, NaiveDate};
use rand::{Rng, rngs::StdRng};
use serde_json::{Value, json, value::to_raw_value};
use store::{
    fence::Fence,
    queue::NewJob,
    runs::{BeginRun, Projection, StoredChunk},
    shops::Consent,
    write_campaigns::CampaignRow,
    write_performance::{Balance, CampaignDay, CampaignHour, Measures, ShopDay, ShopHour},
};

pub const SHOPS: [i64; 3] = [11, 22, 33];
const KINDS: [&str; 3] = ["realtime", "backfill_day", "backfill_full"];
const STAGES: [&str; 3] = ["campaigns", "performance", "shop_totals"];

pub fn pick(rng: &mut StdRng, of: u64) -> u64 {
    rng.next_u64() % of
}

pub fn one<T: Copy>(rng: &mut StdRng, of: &[T]) -> T {
    of[pick(rng, of.len() as u64) as usize]
}

/// One of the shops; sometimes one that is not there.
pub fn shop(rng: &mut StdRng) -> i64 {
    if pick(rng, 12) == 0 { 99 } else { one(rng, &SHOPS) }
}

pub fn kind(rng: &mut StdRng) -> &'static str {
    one(rng, &KINDS)
}

fn maybe<T>(rng: &mut StdRng, value: T) -> Option<T> {
    (pick(rng, 3) > 0).then_some(value)
}

pub fn uuid(rng: &mut StdRng) -> String {
    format!("11111111-2222-4333-8444-{:012x}", pick(rng, 6))
}

pub fn new_job(rng: &mut StdRng, id: Option<String>) -> NewJob {
    NewJob {
        id,
        shop_id: one(rng, &SHOPS),
        sync_type: kind(rng).to_owned(),
        sync_params: one(rng, &["{}", "null", r#"{"days_ago":3}"#, "[1]"]).parse().expect("JSON"),
        priority: pick(rng, 4) as i32 - 1,
        chunk_size: maybe(rng, 50),
        trigger: one(rng, &["http", "cron", "compat", "sql"]).to_owned(),
    }
}

pub fn begin(rng: &mut StdRng, shop_id: i64, generation: i64, job_id: String) -> BeginRun {
    BeginRun {
        shop_id,
        generation,
        kind: kind(rng).to_owned(),
        trigger: one(rng, &["http", "cron"]).to_owned(),
        params: json!({ "request": { "kind": "realtime" } }),
        job_id,
    }
}

pub fn picture(rng: &mut StdRng, shop_id: i64, generation: i64, rev: i64, jobs: Vec<String>) -> Projection {
    let stage = one(
        rng,
        &[
            "syncing_campaigns",
            "syncing_campaigns",
            "syncing_performance",
            "syncing_performance",
            "completed",
            "failed",
        ],
    );
    let until_ms = 1_772_295_000_000 + pick(rng, 100_000_000) as i64;
    let (total, planned) = (pick(rng, 300) as i64, pick(rng, 3) as i64 * 211);
    let rows = (0..pick(rng, 4)).map(|_| StoredChunk {
        stage: one(rng, &STAGES).to_owned(),
        chunk_index: pick(rng, 3) as i32,
        chunk_size: pick(rng, 100) as i32,
        status: one(rng, &["pending", "processing", "completed", "failed"]).to_owned(),
        attempt: pick(rng, 4) as i32,
        error_message: maybe(rng, "it failed".to_owned()),
        result: maybe(rng, json!({ "written": 3 })),
    });
    // A statement must not name one row twice.
    let mut seen = std::collections::BTreeSet::new();
    let rows: Vec<StoredChunk> = rows.collect();
    let chunk_rows =
        rows.into_iter().filter(|row| seen.insert((row.stage.clone(), row.chunk_index))).collect();
    Projection {
        shop_id,
        generation,
        rev,
        stage: stage.to_owned(),
        mode: maybe(rng, "chunked".to_owned()),
        total_campaigns: total,
        synced_campaigns: pick(rng, 300) as i64,
        current_chunk: pick(rng, 5) as i64,
        total_chunks: pick(rng, 5) as i64,
        chunks_done: pick(rng, 7) as i64,
        chunks_planned: pick(rng, 7) as i64,
        units_done: pick(rng, 211) as i64,
        units_planned: planned,
        failed_chunks: if pick(rng, 3) == 0 { vec![-1, 2] } else { Vec::new() },
        error_message: maybe(rng, "it failed".to_owned()),
        waiting_reason: maybe(rng, "it waits".to_owned()),
        waiting_until_ms: maybe(rng, until_ms),
        jobs,
        job_error: maybe(rng, "the job failed".to_owned()),
        job_result: maybe(rng, json!({ "chunks": 2 })),
        receipt: maybe(rng, json!({ "planned": total })),
        chunk_rows,
        claim_seconds: 900,
        chunked: pick(rng, 3) > 0,
    }
}

pub fn fence(rng: &mut StdRng, shop_id: i64, generation: i64, fetched_at_ms: i64) -> Fence {
    Fence {
        shop_id,
        generation,
        fetched_at_ms,
        touch: pick(rng, 3) == 0,
        stage: one(rng, &STAGES),
        chunk_index: pick(rng, 3) as i32,
        finish: pick(rng, 4) > 0,
        result: Value::Null,
    }
}

pub fn campaigns(rng: &mut StdRng) -> Vec<CampaignRow> {
    let row = |rng: &mut StdRng| CampaignRow {
        campaign_id: 1 + pick(rng, 6) as i64,
        ad_type: maybe(rng, "auto".to_owned()),
        name: Some(one(rng, &["a", "b"]).to_owned()),
        status: Some(one(rng, &["ongoing", "paused", "scheduled"]).to_owned()),
        campaign_placement: Some("all".to_owned()),
        bidding_method: Some("auto".to_owned()),
        campaign_budget: one(rng, &[None, Some(0.0), Some(10.5), Some(99_999.99)]),
        start_time: Some(1_700_000_000),
        end_time: Some(0),
        item_count: Some(3),
        roas_target: one(rng, &[None, Some(0.0), Some(3.5), Some(2.125)]),
        raw_data: to_raw_value(&json!({ "n": pick(rng, 2) })).expect("JSON"),
    };
    (0..pick(rng, 6)).map(|_| row(rng)).collect()
}

fn measures(rng: &mut StdRng) -> Measures {
    if pick(rng, 4) == 0 {
        return Measures::default();
    }
    Measures {
        impression: one(rng, &[Some(0), Some(100), None]),
        clicks: one(rng, &[Some(0), Some(3)]),
        // Columns keep two decimals.
        expense: one(rng, &[0.0, 1.25, -0.35, 1.249]),
        direct_order: Some(1),
        direct_gmv: one(rng, &[Some(0.0), Some(12.34), None]),
        broad_order: one(rng, &[Some(2), Some(-1), None]),
        broad_gmv: Some(33.3),
        direct_item_sold: Some(1),
        broad_item_sold: one(rng, &[Some(2), Some(5), None]),
    }
}

fn day(rng: &mut StdRng) -> NaiveDate {
    NaiveDate::default() + Days::new(20_510 + pick(rng, 3))
}

pub fn days(rng: &mut StdRng) -> Vec<CampaignDay> {
    let row = |rng: &mut StdRng| CampaignDay {
        campaign_id: 1 + pick(rng, 3) as i64,
        performance_date: day(rng),
        measures: measures(rng),
    };
    (0..pick(rng, 5)).map(|_| row(rng)).collect()
}

pub fn hours(rng: &mut StdRng) -> Vec<CampaignHour> {
    let row = |rng: &mut StdRng| CampaignHour {
        campaign_id: 1 + pick(rng, 3) as i64,
        performance_date: day(rng),
        hour: pick(rng, 3) as i32,
        measures: measures(rng),
    };
    (0..pick(rng, 5)).map(|_| row(rng)).collect()
}

pub fn shop_days(rng: &mut StdRng) -> Vec<ShopDay> {
    (0..pick(rng, 4)).map(|_| ShopDay { performance_date: day(rng), measures: measures(rng) }).collect()
}

pub fn shop_hours(rng: &mut StdRng) -> Vec<ShopHour> {
    let row = |rng: &mut StdRng| ShopHour {
        performance_date: day(rng),
        hour: pick(rng, 3) as i32,
        measures: measures(rng),
    };
    (0..pick(rng, 4)).map(|_| row(rng)).collect()
}

pub fn balance(rng: &mut StdRng) -> Option<Balance> {
    let (balance, data_timestamp) = (one(rng, &[0.0, 55.55]), 1_700_000_000 + pick(rng, 2) as i64);
    maybe(rng, Balance { balance, data_timestamp })
}

pub fn consent(rng: &mut StdRng, shop_id: i64) -> Consent {
    Consent {
        shop_id,
        shop_name: maybe(rng, "a name".to_owned()),
        region: one(rng, &[None, Some("TH"), Some("BR"), Some("PL"), Some("CL"), Some(" cl "), Some("xx")])
            .map(str::to_owned),
        partner_id: 5,
        access_token: token(rng),
        refresh_token: token(rng),
        expires_at_ms: 1_772_300_000_123,
        authorized_until_ms: maybe(rng, 1_790_000_000_000),
        consented_at_ms: 1_772_290_000_000 + pick(rng, 3) as i64,
    }
}

pub fn token(rng: &mut StdRng) -> String {
    one(rng, &["one", "two", ""]).to_owned()
}

/// A generation near the newest one.
pub fn near(rng: &mut StdRng, generation: i64) -> i64 {
    generation + one(rng, &[0, 0, 0, 0, -1, 1])
}
