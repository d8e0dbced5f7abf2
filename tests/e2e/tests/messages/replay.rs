//! Dead letters: listed, and put back into their queue once, while they can still do something.

use super::{chunk, claimed};
use anyhow::{Context, Result, ensure};
use e2e::{Response, World, run};
use serde_json::{Value, json};
use xtask::stack::Front;

/// A message that no delivery could handle, as it is kept. Answers with its id.
async fn letter(world: &World, queue: &str, body: &str) -> Result<String> {
    let insert = "INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) \
                  VALUES ($1, gen_random_uuid()::text, $2, 'every delivery failed') RETURNING id::text";
    world.value(insert, &[&queue, &body]).await
}

async fn replay(world: &World, id: &str) -> Result<Response> {
    world.post(&format!("/v1/dead-letters/{id}/replay"), json!({})).await
}

/// Asks for a replay, and checks that the answer is this conflict and that the letter is as before.
async fn refused(world: &World, id: &str, code: &str) -> Result<()> {
    let letter = "SELECT to_jsonb(l) FROM apishopee_ads_dead_letters l WHERE id::text = $1";
    let before: Value = world.value(letter, &[&id]).await?;
    let body = replay(world, id).await?.refused(409, code)?;
    ensure!(body["detail"].as_str().is_some_and(|detail| detail.len() > 15), "{body}");
    ensure!(world.value::<Value>(letter, &[&id]).await? == before, "it was refused and has changed");
    Ok(())
}

#[test]
fn a_lost_start_is_replayed_once() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(120).await?;
        let job = claimed(shop).await?;
        let body = json!({ "v": 1, "shop_id": shop.id, "job_id": job.id, "asked_at_ms": 1 }).to_string();
        let id = letter(&world, "ads-sync-start", &body).await?;

        let items = world.items("/v1/dead-letters").await?;
        let item = items.iter().find(|item| item["id"] == id.as_str()).context("the letter is not listed")?;
        ensure!(item["body"] == body.as_str() && item["replayed_at_ms"].is_null(), "{item}");

        let answer = replay(&world, &id).await?.expect(202)?;
        ensure!(answer["replayed"] == true, "{answer}");
        shop.until_run("completed").await?;
        shop.check_rows().await?;
        job.until("completed").await?;
        refused(&world, &id, "already_replayed").await?;
        let told = "SELECT count(*) FROM apishopee_ads_audit_log WHERE action = 'replay' AND subject = $1 \
                    AND actor LIKE 'operator:%'";
        ensure!(world.value::<i64>(told, &[&id]).await? == 1, "the audit log tells it once");
        ensure!(shop.runs().await? == ["completed"], "one run");
        Ok(())
    });
}

#[test]
fn what_would_do_nothing_is_not_replayed() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(250).await?;
        shop.sync_to_end().await?;
        let rows = shop.rows().await?;
        let ended = letter(&world, "ads-sync-chunk", &chunk(shop, 1, "campaigns", 0, 1)).await?;
        refused(&world, &ended, "run_ended").await?;
        let never = letter(&world, "ads-sync-chunk", &chunk(shop, 7, "campaigns", 0, 1)).await?;
        refused(&world, &never, "run_ended").await?;
        let unreadable = letter(&world, "ads-sync-chunk", "not json").await?;
        refused(&world, &unreadable, "unreadable").await?;
        let start =
            |job: &str| json!({ "v": 1, "shop_id": shop.id, "job_id": job, "asked_at_ms": 1 }).to_string();
        let job = "SELECT id::text FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND NOT is_chunk";
        let job: String = world.value(job, &[&shop.id]).await?;
        let over = letter(&world, "ads-sync-start", &start(&job)).await?;
        refused(&world, &over, "job_ended").await?;
        let gone = letter(&world, "ads-sync-start", &start("00000000-0000-0000-0000-000000000000")).await?;
        refused(&world, &gone, "job_gone").await?;
        for unknown in ["00000000-0000-0000-0000-000000000000", "no-uuid"] {
            replay(&world, unknown).await?.expect(404)?;
        }
        ensure!(shop.rows().await? == rows, "nothing of the shop has changed");
        Ok(())
    });
}
