//! The log: one id leads from the request that began a run to each of its calls and statements.

use anyhow::{Context, ensure};
use e2e::{World, run};
use serde_json::{Value, json};
use xtask::stack::Front;

/// The log's lines that have the id.
fn lines(world: &World, trace: &str) -> Vec<Value> {
    let log = world.stack.worker.log();
    // Wrangler puts words and colours around warnings.
    let object = |line: &str| serde_json::from_str(line.get(line.find('{')?..=line.rfind('}')?)?).ok();
    let lines = log.lines().filter_map(object);
    lines.filter(|line: &Value| line["trace"] == trace).collect()
}

/// The steps of all lines: calls by endpoint, or statements by name.
fn steps(lines: &[Value], field: &str) -> Vec<String> {
    let steps = lines.iter().filter_map(|line| line[field].as_array()).flatten();
    steps.filter_map(|step| step[0].as_str().map(str::to_owned)).collect()
}

#[test]
fn one_id_leads_from_the_kick_to_every_call_and_statement() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(260).await?;
        let setting = "get_product_level_campaign_setting_info";
        let refusal = json!({ "match": { "endpoint": setting, "shop": shop.id }, "kind": "status", "status": 503, "times": 1 });
        world.fault(refusal).await?;
        let accepted = world.post(&format!("/v1/shops/{shop}/sync"), json!({})).await?.expect(202)?;
        let trace = accepted["run"]["id"].as_str().context("a run")?.to_owned();
        shop.until_run("completed").await?;
        let event = |name: &str| {
            lines(&world, &trace).into_iter().filter(|line| line["event"] == name).collect::<Vec<_>>()
        };
        world.eventually("the run's end in the log", async || Ok(!event("run_ended").is_empty())).await?;
        let begun = event("run_begun");
        ensure!(
            begun.len() == 1 && begun[0]["job"] == accepted["job_id"] && begun[0]["trigger"] == "http",
            "{begun:?}"
        );
        // Each call that Shopee has seen of the run, the refused one too.
        let mut told: Vec<String> =
            steps(&lines(&world, &trace), "trail").iter().map(|name| name.replacen('.', "/", 1)).collect();
        let mut made: Vec<String> = shop
            .calls()
            .await?
            .iter()
            .filter_map(|call| {
                call["endpoint"].as_str().filter(|name| name.starts_with("ads/")).map(str::to_owned)
            })
            .collect();
        told.sort_unstable();
        made.sort_unstable();
        ensure!(told == made, "in the log: {told:?}; at Shopee: {made:?}");
        let chunks = event("chunk");
        let done: Vec<_> = chunks.iter().filter(|chunk| chunk["outcome"] == "done").collect();
        ensure!(
            done.iter().all(|chunk| chunk["statements"].as_array().is_some_and(|all| !all.is_empty())),
            "{done:?}"
        );
        ensure!(steps(&chunks, "statements").iter().any(|name| name.starts_with("write_")), "{chunks:?}");
        Ok(())
    });
}
