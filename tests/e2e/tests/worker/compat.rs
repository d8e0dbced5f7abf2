//! The function that older callers know.

use anyhow::ensure;
use e2e::run;
use serde_json::json;
use xtask::stack::Front;

const PATH: &str = "/functions/v1/apishopee-ads-sync";

#[test]
fn a_chunk_is_driven_by_hand() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(130).await?;
        let chunk = |index: i64| {
            json!({ "action": "sync_campaigns_chunk", "shop_id": shop.id,
                    "params": { "offset": index * 100, "limit": 100, "chunk_index": index, "total_chunks": 2 } })
        };
        let body = world.post(PATH, chunk(0)).await?.expect(409)?;
        ensure!(body["success"] == false, "{body}");
        world.db.execute("SELECT init_ads_sync_progress($1, 130)", &[&shop.id]).await?;
        for (index, synced) in [(0, 100), (1, 30), (1, 30)] {
            let body = world.post(PATH, chunk(index)).await?.expect(200)?;
            let expected = json!({ "success": true, "chunk_index": index, "campaigns_synced": synced });
            ensure!(body == expected, "{body}");
        }
        world.db.execute("SELECT complete_sync_progress($1)", &[&shop.id]).await?;
        let progress = shop.progress().await?;
        ensure!(progress.stage == "completed" && progress.synced_campaigns == 130, "{progress:?}");
        ensure!(shop.count("apishopee_ads_campaign_data").await? == 130);
        Ok(())
    });
}

#[test]
fn sync_and_sync_day_start_runs() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(10).await?;
        let body = world.post(PATH, json!({ "action": "sync", "shop_id": shop.id })).await?.expect(200)?;
        ensure!(body["success"] == true, "{body}");
        shop.until_run("completed").await?;
        let day = json!({ "action": "sync_day", "shop_id": shop.id, "params": { "days_ago": 2 } });
        let body = world.post(PATH, day).await?.expect(200)?;
        ensure!(body["success"] == true, "{body}");
        let kinds = "SELECT count(*) = 1 FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND kind = 'backfill_day' AND status = 'completed'";
        world.until("the day's run", kinds, &[&shop.id]).await
    });
}

#[test]
fn bad_calls_are_refused() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let chunk =
            |params| json!({ "action": "sync_campaigns_chunk", "shop_id": shop.id, "params": params });
        let cases = [
            (json!({ "action": "explode", "shop_id": shop.id }), 400, "action"),
            (json!({ "action": "sync" }), 400, "shop_id"),
            (json!({ "action": "sync", "shop_id": 4_294_000_001_u64 }), 404, "unknown"),
            (
                json!({ "action": "sync_day", "shop_id": shop.id, "params": { "days_ago": "x" } }),
                400,
                "days_ago",
            ),
            (chunk(json!({})), 400, "offset"),
            (
                chunk(json!({ "offset": 0, "limit": 9_999, "chunk_index": 0, "total_chunks": 1 })),
                400,
                "limit",
            ),
            (
                chunk(json!({ "offset": 0, "limit": 9, "chunk_index": 3, "total_chunks": 1 })),
                400,
                "chunk_index",
            ),
        ];
        for (body, status, word) in cases {
            let answer = world.post(PATH, body).await?.expect(status)?;
            ensure!(answer["success"] == false && answer.to_string().contains(word), "{word}: {answer}");
        }
        Ok(())
    });
}
