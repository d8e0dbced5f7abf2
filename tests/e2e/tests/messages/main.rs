//! Messages that come twice, out of order, too late or broken.

mod old;
mod replay;

use anyhow::{Result, ensure};
use e2e::{Job, Shop, World, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::{demo::seed, stack::Front};

async fn put(world: &World, queue: &str, bodies: &[String]) -> Result<()> {
    let url = format!("{}/_tap/{queue}", world.stack.worker.url);
    for part in bodies.chunks(100) {
        let answer = world.stack.worker.http.post(&url).body(part.join("\n")).send().await?;
        ensure!(answer.status().is_success(), "the tap refuses: {}", answer.text().await?);
    }
    Ok(())
}

fn chunk(shop: Shop<'_>, generation: i64, stage: &str, index: i64, attempt: i64) -> String {
    json!({ "v": 1, "shop_id": shop.id, "generation": generation, "stage": stage, "chunk": index, "attempt": attempt }).to_string()
}

/// A queue row that is being worked on, and whose start message is lost.
async fn claimed(shop: Shop<'_>) -> Result<Job<'_>> {
    let job = shop.insert_job("realtime", json!({})).await?;
    job.update(
        "status = 'processing', started_at = now(), \
                 claimed_until = now() + interval '1 hour'",
    )
    .await?;
    Ok(job)
}

/// Calls that were made more than once with the same campaigns, pages of the listing left out.
fn repeated(calls: &[Value]) -> BTreeMap<String, u32> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for call in calls {
        *times.entry(format!("{}{}", call["endpoint"], call["ids"])).or_default() += 1;
    }
    times.retain(|call, times| *times > 1 && !call.contains("id_list"));
    times
}

#[test]
fn copies_cost_no_call_and_change_nothing() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(950).await?;
        seed::latency(world.stack, 60).await?;
        shop.sync().await?;
        shop.until_progress("the first chunk", |progress| progress.current_chunk >= 1).await?;
        let mut copies = Vec::new();
        for index in (0..10).rev() {
            for stage in ["performance", "campaigns", "shop_totals"] {
                for (generation, attempt) in [(1, 1), (1, 2), (7, 1), (0, 1)] {
                    copies.push(chunk(shop, generation, stage, index, attempt));
                    copies.push(chunk(shop, generation, stage, index, attempt));
                }
            }
        }
        put(&world, "CHUNK", &copies).await?;
        shop.until_run("completed").await?;
        put(&world, "CHUNK", &copies).await?;
        shop.check_rows().await?;
        let repeated = repeated(&shop.calls().await?);
        ensure!(repeated.is_empty(), "calls were made twice: {repeated:?}");
        let receipt = shop.run(1).receipt().await?;
        ensure!(receipt["retries"] == 0 && receipt["written"] == 950, "{receipt}");
        Ok(())
    });
}

#[test]
fn messages_that_cannot_be_read_are_kept() {
    run(Front::QueueTap, |world| async move {
        let newer =
            json!({ "v": 99, "shop_id": 1, "generation": 1, "stage": "campaigns", "chunk": 0, "attempt": 1 });
        put(&world, "CHUNK", &["not json".to_owned(), "{}".to_owned(), newer.to_string()]).await?;
        put(&world, "START", &[json!({ "v": 1, "shop_id": "x" }).to_string()]).await?;
        let kept = "SELECT count(*) = 4 AND bool_and(reason <> '') FROM apishopee_ads_dead_letters";
        world.until("four dead letters", kept, &[]).await?;
        let bodies = "SELECT count(*) FROM apishopee_ads_dead_letters WHERE body = 'not json' AND queue = 'ads-sync-chunk'";
        let kept: i64 = world.db.query_one(bodies, &[]).await?.get(0);
        ensure!(kept == 1, "the body is kept as it came");
        Ok(())
    });
}

#[test]
fn a_start_message_for_a_row_that_is_gone_or_done_does_nothing() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(5).await?;
        let job = shop.insert_job("realtime", json!({})).await?;
        job.update("status = 'completed'").await?;
        let start =
            |job: &str| json!({ "v": 1, "shop_id": shop.id, "job_id": job, "asked_at_ms": 1 }).to_string();
        let gone = "00000000-0000-0000-0000-000000000000";
        put(&world, "START", &[start(&job.id), start(gone), start("no uuid")]).await?;
        // A real run afterwards shows that the messages before it were dealt with.
        let run = shop.sync().await?;
        run.until("completed").await?;
        ensure!(run.generation == 1 && shop.runs().await? == ["completed"], "{run}");
        Ok(())
    });
}
