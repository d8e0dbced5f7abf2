//! One statement at a time on a connection, also after one that fails.

use super::{LOOK_AGAIN, PATIENCE, on_a_stack};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{
    demo::seed::{self, Shop},
    stack::Stack,
};

const SHOPS: i64 = 10;
const CAMPAIGNS: u32 = 300;
const STATEMENTS: u64 = 300;

/// Shops that are synced together, while rows of one campaign are refused.
async fn sync(stack: &Stack) -> Result<()> {
    let db = stack.database().await?;
    let shops: Vec<Shop> = (0..SHOPS).map(|n| Shop::new(91_000_000 + n, CAMPAIGNS)).collect();
    seed::shops(stack, &shops, 11).await?;
    for shop in &shops {
        let path = format!("/_mock/shops/{}/truth?kind=campaigns", shop.id);
        let campaigns = seed::control(stack, Method::GET, &path, &Value::Null).await?;
        let refused = campaigns[0]["campaign_id"].as_i64().context("no campaign")?;
        let check = format!(
            "ALTER TABLE apishopee_ads_campaign_data ADD CONSTRAINT refused_{} CHECK (campaign_id <> {refused})",
            shop.id
        );
        db.batch_execute(&check).await?;
    }
    for shop in &shops {
        let path = format!("/v1/shops/{}/sync", shop.id);
        let (status, body) =
            stack.worker.call(Method::POST, &path, Some(&json!({ "kind": "realtime" }))).await?;
        ensure!(status == 202, "{path} answered {status}: {body}");
    }
    let at_work = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE status IN ('pending', 'processing')";
    let over = async {
        while db.query_one(at_work, &[]).await?.get::<_, i64>(0) > 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, over).await.context("the runs did not end")??;
    let turns = stack.proxy.as_ref().context("the stack has no proxy")?.statement_counts();
    ensure!(turns.statements() >= STATEMENTS, "{turns:?}");
    ensure!(turns.pipelined() == 0, "{turns:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_waits_for_the_whole_answer_to_the_one_before() {
    on_a_stack(async |stack| sync(stack).await).await;
}
