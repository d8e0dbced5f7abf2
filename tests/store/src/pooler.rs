//! Many clients behind the pooler, which gives each statement whatever backend is free.

use crate::{
    samples::{SHOP, begin_of, begun, campaign, fence, picture, shop},
    setup::{Database, Via},
};
use anyhow::{Context, Result};
use store::{Postgres, queue, runs, shops, write_campaigns::campaigns};
use tokio::task::{LocalSet, spawn_local};

const CLIENTS: i64 = 8;
const ROUNDS: i64 = 25;

/// Nine statements of nine kinds, most with several rows or large parameters.
async fn round(db: &Postgres, job: &queue::Job, client: i64, round: i64) -> Result<()> {
    let first = client * 1_000;
    let rows: Vec<_> = (first..first + 50).map(|id| campaign(id, &format!("round {}", round % 3))).collect();
    let written = campaigns(db, &fence(1, round), &rows, &[]).await?;
    assert!(written.fenced && written.written + written.unchanged == 50);
    runs::project(db, &picture(1, client + CLIENTS * round, job)).await?;
    queue::claim_due(db, 3, 60).await?;
    shops::load(db, SHOP).await?.context("shop")?;
    shops::list(db, 0, 100).await?;
    runs::list(db, SHOP, None, 10).await?;
    queue::job(db, &job.id).await?.context("job")?;
    // A statement that fails leaves the connection usable.
    assert!(queue::enqueue_all(db, "weekly", 0, None).await.is_err());
    runs::begin(db, &begin_of(1, &job.id)).await?;
    Ok(())
}

#[tokio::test]
async fn two_thousand_statements_of_eight_clients_meet_no_protocol_error() -> Result<()> {
    let database = Database::migrated(Via::Pooler).await?;
    for id in 1..=20 {
        shop(&database, id).await?;
    }
    shop(&database, SHOP).await?;
    let job = begun(&database, 1).await?;
    let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id) SELECT i FROM generate_series(1, 300) i";
    database.sql(insert).await?;
    LocalSet::new()
        .run_until(async {
            let mut clients = Vec::new();
            for client in 1..=CLIENTS {
                let (db, job) = (database.another().await?, job.clone());
                clients.push(spawn_local(async move {
                    for number in 1..=ROUNDS {
                        round(&db, &job, client, number).await.with_context(|| format!("client {client}"))?;
                    }
                    anyhow::Ok(())
                }));
            }
            for client in clients {
                client.await??;
            }
            anyhow::Ok(())
        })
        .await?;
    assert_eq!(database.sql("SELECT count(*) FROM apishopee_ads_campaign_data").await?, "400");
    assert_eq!(
        database.sql("SELECT projection_rev FROM apishopee_ads_sync_progress").await?,
        (CLIENTS + CLIENTS * ROUNDS).to_string()
    );
    database.remove().await
}
