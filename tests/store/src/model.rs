//! The simulation's model of Postgres answers as Postgres does, and leaves the same rows.

use crate::{
    samples::{self, SHOP},
    setup::{Database, each_way},
};
use anyhow::{Result, ensure};
use chrono::Utc;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sim::db::{Model, Shop};
use std::cell::RefCell;
use store::{
    Db, DbError, Param, Statement, dead_letters, progress,
    queue::{self, NewJob},
    runs, shops, stuck, write_campaigns,
};

/// Sequences, and statements of one.
const SEQUENCES: u64 = 12;
const STATEMENTS: usize = 120;
/// Jobs of a sequence; their ids are given, so that both sides have the same.
const JOBS: u64 = 4;

struct ModelDb(RefCell<Model>);

impl Db for ModelDb {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let mut model = self.0.borrow_mut();
        model.now_ms = Utc::now().timestamp_millis();
        Ok(model.execute(statement, params))
    }
}

/// One statement, of the seed's choice; the answer as text.
async fn step(db: &impl Db, choice: u32, numbers: [i64; 4]) -> Result<String, DbError> {
    let [a, b, c, d] = numbers;
    let generation = 1 + a % 3;
    let job_id = format!("11111111-0000-4000-8000-00000000000{}", b.unsigned_abs() % JOBS);
    Ok(match choice {
        0 => format!("{:?}", runs::begin(db, &samples::begin_of(generation, &job_id)).await?),
        1 | 2 => {
            let job = NewJob { id: Some(job_id), ..job() };
            let job = queue::insert_claimed(db, &job, 120).await?;
            let stage = ["syncing_campaigns", "syncing_performance", "completed", "failed"][(c % 4) as usize];
            let picture = runs::Projection {
                stage: stage.to_owned(),
                rev: 1 + d % 20,
                synced_campaigns: d % 336,
                units_done: d % 671,
                waiting_reason: (c % 3 == 0).then(|| "waits".to_owned()),
                ..samples::picture(generation, 1, &job)
            };
            format!("{:?}", runs::project(db, &picture).await?)
        }
        3 => format!("{:?}", runs::cancel(db, SHOP, generation, "cancelled").await?),
        4 if b % 2 == 0 => format!("{:?}", progress::is_reset(db, SHOP).await?),
        4 => format!("{:?}", progress::reset(db, SHOP).await?),
        5 | 6 => {
            let rows: Vec<_> =
                (0..3).map(|n| samples::campaign((n + c) % 5, &format!("name {}", d % 3))).collect();
            let fence = store::Fence {
                fetched_at_ms: 1_760_000_000_000 + (d % 7) * 1_000,
                touch: b % 3 == 0,
                ..samples::fence(generation, 0)
            };
            format!("{:?}", write_campaigns::campaigns(db, &fence, &rows, &[(c + 4) % 5]).await?)
        }
        7 => {
            let token = |n: i64| format!("token {}", n % 3);
            let (old, new) = (token(c), token(d));
            format!("{:?}", shops::store_pair(db, SHOP, Some(&old), "access", &new, 1_760_000_000_000).await?)
        }
        8 => {
            format!("{:?}", shops::mark_reconsent(db, SHOP, Some(&format!("token {}", c % 3)), "over").await?)
        }
        9 => format!("{:?}", stuck::give_up(db, SHOP, generation, "given up").await?),
        10 => format!("{:?}", queue::fail_job(db, &job_id, "failed").await?),
        11 => format!("{:?}", queue::release_job(db, &job_id, 0, "released").await?),
        12 => format!(
            "{:?}",
            dead_letters::insert(db, "ads-sync-chunk", &format!("m{}", c % 3), "{}", "why").await?
        ),
        13 => format!("{:?}", runs::get(db, SHOP, generation).await?.map(|run| (run.status, run.kind))),
        14 => format!(
            "{:?}",
            queue::job(db, &job_id).await?.map(|job| (job.status, job.generation, job.retry_count))
        ),
        _ => {
            let shop = shops::load(db, SHOP).await?;
            format!("{:?}", shop.map(|shop| (shop.refresh_token, shop.token_state, shop.generation_floor)))
        }
    })
}

fn job() -> NewJob {
    NewJob {
        id: None,
        shop_id: SHOP,
        sync_type: "realtime".to_owned(),
        sync_params: json!({}),
        priority: 2,
        chunk_size: None,
        trigger: "http".to_owned(),
    }
}

/// What is left, as text: progress, jobs, runs, campaigns, chunks.
async fn rows(database: &Database) -> Result<Value> {
    let query = "SELECT jsonb_build_object(
      'progress', (SELECT jsonb_agg(jsonb_build_array(generation, projection_rev, sync_stage, synced_campaigns, units_done))
        FROM apishopee_ads_sync_progress),
      'jobs', (SELECT jsonb_agg(jsonb_build_array(id, status, generation) ORDER BY id)
        FROM apishopee_ads_sync_queue WHERE NOT is_chunk),
      'chunks', (SELECT jsonb_agg(jsonb_build_array(generation, stage, chunk_index, status)
        ORDER BY generation, stage, chunk_index) FROM apishopee_ads_sync_queue WHERE is_chunk),
      'runs', (SELECT jsonb_agg(jsonb_build_array(generation, status) ORDER BY generation) FROM apishopee_ads_sync_runs),
      'campaigns', (SELECT jsonb_agg(jsonb_build_array(campaign_id, generation, ads_unix_ms(fetched_at),
        vanished_at IS NOT NULL) ORDER BY campaign_id) FROM apishopee_ads_campaign_data))";
    Ok(serde_json::from_str(&database.sql(query).await?)?)
}

fn rows_of(model: &Model) -> Value {
    let list = |rows: Vec<Value>| if rows.is_empty() { Value::Null } else { Value::Array(rows) };
    json!({
        "progress": list(model.progress.values()
            .map(|p| json!([p.generation, p.projection_rev, p.sync_stage, p.synced_campaigns, p.units_done])).collect()),
        "jobs": list(model.jobs.values().map(|job| json!([job.id, job.status, job.generation])).collect()),
        "chunks": list(model.chunks.iter()
            .map(|((_, generation, stage, index), status)| json!([generation, stage, index, status])).collect()),
        "runs": list(model.runs.iter().map(|((_, generation), run)| json!([generation, run.status])).collect()),
        "campaigns": list(model.campaigns.iter()
            .map(|((_, id), row)| json!([id, row.generation, row.fetched_at_ms, row.vanished])).collect()),
    })
}

#[tokio::test]
async fn the_model_answers_as_postgres_does() -> Result<()> {
    each_way(async |database| {
        for seed in 0..SEQUENCES {
            let tables = "TRUNCATE apishopee_shops, apishopee_ads_sync_progress, apishopee_ads_sync_queue, \
                          apishopee_ads_sync_runs, apishopee_ads_sync_status, apishopee_ads_campaign_data, \
                          apishopee_ads_dead_letters";
            database.sql(tables).await?;
            samples::shop(database, SHOP).await?;
            database.sql("UPDATE apishopee_shops SET refresh_token = 'token 0'").await?;
            let mut model = Model::default();
            let shop = Shop { refresh_token: "token 0".to_owned(), token_state: "ok".to_owned(), ..Shop::default() };
            model.shops.insert(SHOP, Shop { settings: json!({}), ..shop });
            let model = ModelDb(RefCell::new(model));
            let mut random = StdRng::seed_from_u64(seed);
            for n in 0..STATEMENTS {
                let choice = (random.next_u64() % 16) as u32;
                let numbers = std::array::from_fn(|_| (random.next_u64() % 1_000) as i64);
                let real = step(&database.db, choice, numbers).await?;
                let modelled = step(&model, choice, numbers).await?;
                ensure!(
                    real == modelled,
                    "seed {seed}, statement {n} ({choice}, {numbers:?}): Postgres says {real}, the model {modelled}"
                );
                let (left, modelled) = (rows(database).await?, rows_of(&model.0.borrow()));
                ensure!(left == modelled, "seed {seed}, statement {n} ({choice}, {numbers:?}):\n{left}\n{modelled}");
            }
        }
        Ok(())
    })
    .await
}
