//! Many clients behind the pooler, which gives each statement whatever backend is free.

use crate::{
    samples::{begin_of, campaign, campaigns, chunk, claim, fence, picture, shop, unhandled},
    setup::{Database, Via},
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{cell::Cell, collections::HashSet, rc::Rc};
use store::{
    Db, DbError, Fence, Param, Postgres, Statement,
    alert_kind::AlertKind,
    alerts,
    audit::{self, AuditEntry},
    dead_letters,
    queue::{self, Job, NewJob},
    runs::{self, BeginRun, Begun, Projected, Projection},
    shops,
    write_performance::{CampaignDay, Measures, performance},
};
use tokio::task::{LocalSet, spawn_local};

/// Clients at once; each has a shop of its own, whose id is its number.
const CLIENTS: i64 = 16;
/// Rounds of ten statements a client.
const ROUNDS: i64 = 125;
/// Jobs that the clients take up in passing.
const JOBS: i64 = 3_000;
/// Campaigns a shop.
const CAMPAIGNS: i64 = 20;

/// A connection that counts its statements.
struct Counted {
    db: Postgres,
    statements: Rc<Cell<u64>>,
}

impl Db for Counted {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        self.statements.set(self.statements.get() + 1);
        self.db.rows(statement, params).await
    }
}

struct Client {
    db: Counted,
    shop_id: i64,
    job: Job,
    claimed: Vec<String>,
}

impl Client {
    async fn begin(db: Counted, shop_id: i64) -> Result<Self> {
        let job = NewJob {
            id: None,
            shop_id,
            sync_type: "realtime".to_owned(),
            sync_params: json!({}),
            priority: 1,
            chunk_size: None,
            trigger: "http".to_owned(),
        };
        let job = queue::insert_claimed(&db, &job, 3_600).await?;
        let begun = runs::begin(&db, &BeginRun { shop_id, ..begin_of(1, &job.id) }).await?;
        ensure!(begun == Begun::Begun, "{begun:?}");
        Ok(Self { db, shop_id, job, claimed: Vec::new() })
    }

    /// Ten statements: data, a picture, jobs, tokens, the books, reads. Values change from round to round.
    async fn round(&mut self, round: i64) -> Result<()> {
        let (db, shop_id) = (&self.db, self.shop_id);
        self.write(round).await?;
        let drawn = Projection {
            shop_id,
            units_done: round,
            chunk_rows: vec![chunk("campaigns", 0, "processing"), chunk("campaigns", 1, "pending")],
            ..picture(1, round, &self.job)
        };
        ensure!(runs::project(db, &drawn).await? == Projected::Written);
        let claimed = claim(db, 2, 3_600).await?;
        self.claimed.extend(claimed.into_iter().map(|job| job.id));
        let (old, access, new) = (format!("r{}", round - 1), format!("a{round}"), format!("r{round}"));
        let old = (round > 1).then_some(old.as_str());
        ensure!(shops::store_pair(db, shop_id, old, &access, &new, round * 1_000).await?);
        let row = shops::load(db, shop_id).await?.context("shop")?;
        ensure!(row.refresh_token.as_deref() == Some(new.as_str()), "its own write is seen");
        alerts::raise(db, AlertKind::AppThrottled, None, &new).await?;
        let entry = AuditEntry {
            actor: format!("client {shop_id}"),
            action: "round".to_owned(),
            shop_id: Some(shop_id),
            subject: None,
            before: json!(round - 1),
            after: json!(round),
        };
        audit::record(db, &entry).await?;
        dead_letters::insert(db, &unhandled("chunks", &format!("{shop_id}-{round}"), "{", "no JSON")).await?;
        self.read(round).await
    }

    async fn write(&self, round: i64) -> Result<()> {
        let fence = Fence { shop_id: self.shop_id, ..fence(1, round) };
        let rows: Vec<_> = (1..=CAMPAIGNS).map(|id| campaign(id, &format!("round {round}"))).collect();
        let written = campaigns(&self.db, &fence, &rows, &[]).await?;
        ensure!(written.fenced && written.written == CAMPAIGNS, "{written:?}");
        let day = |campaign_id| CampaignDay {
            campaign_id,
            performance_date: "2026-10-01".parse().unwrap_or_default(),
            measures: Measures { clicks: Some(round), impression: Some(2 * round), ..Measures::default() },
        };
        let days: Vec<_> = (1..=CAMPAIGNS).map(day).collect();
        let written = performance(&self.db, &fence, &days, &[]).await?;
        ensure!(written.fenced && written.written == CAMPAIGNS, "{written:?}");
        Ok(())
    }

    /// One read, or a statement that fails and leaves the connection usable.
    async fn read(&self, round: i64) -> Result<()> {
        let db = &self.db;
        match round % 5 {
            0 => ensure!(runs::get(db, self.shop_id, 1).await?.is_some()),
            1 => ensure!(runs::chunks(db, self.shop_id, 1).await?.len() == 2),
            2 => ensure!(queue::job(db, &self.job.id).await?.is_some_and(|job| job.generation == Some(1))),
            3 => ensure!(shops::list(db, 0, 100).await?.len() == usize::try_from(CLIENTS)?),
            _ => {
                let refused = queue::enqueue_all(db, "weekly", 0, None).await.err().context("not refused")?;
                ensure!(refused.code.as_deref() == Some("22023"), "{refused}");
            }
        }
        Ok(())
    }
}

/// Runs all clients to their end; returns the jobs that they took up.
async fn run_clients(database: &Database, statements: &Rc<Cell<u64>>) -> Result<Vec<String>> {
    let mut clients = Vec::new();
    for shop_id in 1..=CLIENTS {
        let db = Counted { db: database.another().await?, statements: Rc::clone(statements) };
        clients.push(spawn_local(async move {
            let mut client = Client::begin(db, shop_id).await?;
            for round in 1..=ROUNDS {
                client.round(round).await.with_context(|| format!("client {shop_id}, round {round}"))?;
            }
            anyhow::Ok(client.claimed)
        }));
    }
    let mut claimed = Vec::new();
    for client in clients {
        claimed.extend(client.await??);
    }
    Ok(claimed)
}

#[tokio::test]
async fn twenty_thousand_statements_of_sixteen_clients_meet_no_protocol_error() -> Result<()> {
    let database = Database::migrated(Via::Pooler).await?;
    for id in 1..=CLIENTS {
        shop(&database, id).await?;
    }
    let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, trigger) SELECT 1000 + i, 'cron' FROM generate_series(1,";
    database.sql(&format!("{insert} {JOBS}) i")).await?;
    let statements = Rc::new(Cell::new(0));
    let claimed = LocalSet::new().run_until(run_clients(&database, &statements)).await?;
    assert!(statements.get() >= 20_000, "{}", statements.get());

    // Every row is as the last round of its client has left it.
    let total = CLIENTS * ROUNDS;
    for (sql, expected) in [
        (
            "SELECT count(*), count(DISTINCT shop_id) FROM apishopee_ads_campaign_data WHERE name = 'round 125'",
            "320|16",
        ),
        ("SELECT count(*), sum(clicks), max(ctr) FROM apishopee_ads_performance_daily", "320|40000|0.500000"),
        (
            "SELECT count(*), min(projection_rev), min(units_done) FROM apishopee_ads_sync_progress",
            "16|125|125",
        ),
        ("SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk", "32"),
        (
            "SELECT count(*), max(attempt) FROM apishopee_ads_sync_queue WHERE is_chunk AND status = 'processing'",
            "16|1",
        ),
        ("SELECT count(*) FROM apishopee_shops WHERE (access_token, refresh_token) = ('a125', 'r125')", "16"),
        (
            "SELECT count(*), count(DISTINCT (shop_id, after)) FROM apishopee_ads_audit_log",
            &format!("{total}|{total}"),
        ),
        ("SELECT count(*) FROM apishopee_ads_dead_letters", &total.to_string()),
        ("SELECT count(*), sum(seen_count) FROM apishopee_ads_alerts", &format!("1|{total}")),
        (
            "SELECT count(*), sum(retry_count) FROM apishopee_ads_sync_queue WHERE trigger = 'cron' AND status = 'processing'",
            &format!("{JOBS}|0"),
        ),
    ] {
        assert_eq!(database.sql(sql).await?, expected, "{sql}");
    }
    assert_eq!(claimed.len(), usize::try_from(JOBS)?);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), claimed.len(), "no job twice");
    database.remove().await
}
