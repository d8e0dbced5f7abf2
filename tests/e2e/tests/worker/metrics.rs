//! GET /metrics after runs with faults: what it says is what Postgres holds and what the fake has served, to the unit.

use anyhow::{Context, Result, ensure};
use e2e::{Shop, World, run_apart};
use serde_json::json;
use std::{
    io::Write,
    process::{Command, Stdio},
};
use xtask::{paths, stack::Front};

const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page, as a viewer gets it.
async fn page(world: &World) -> Result<String> {
    let worker = &world.stack.worker;
    let request =
        worker.http.get(format!("{}/metrics", worker.url)).bearer_auth(&world.stack.secrets.viewer_token);
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await?;
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ensure!(status == 200 && kind == TYPE, "{status} {kind} {text}");
    Ok(text)
}

/// The value of a series, by its text before the value and without the prefix.
fn value(page: &str, series: &str) -> Result<f64> {
    let of = |line: &str| {
        line.strip_prefix("apishopee_ads_")?.strip_prefix(series)?.strip_prefix(' ')?.parse().ok()
    };
    page.lines().find_map(of).with_context(|| format!("no {series} in\n{page}"))
}

/// What Postgres counts for the same, by a query of its own.
const COUNTS: [(&str, &str); 14] = [
    (
        r#"runs_24h{kind="realtime",status="completed"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_runs WHERE status = 'completed'",
    ),
    (
        r#"runs_24h{kind="realtime",status="failed"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_runs WHERE status = 'failed'",
    ),
    (
        r#"runs_active{kind="realtime"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_runs WHERE status = 'running'",
    ),
    (
        r#"campaigns_24h{kind="realtime",outcome="written"}"#,
        "SELECT sum((receipt ->> 'written')::int) FROM apishopee_ads_sync_runs",
    ),
    (
        r#"retries_24h{kind="realtime"}"#,
        "SELECT sum((receipt ->> 'retries')::int) FROM apishopee_ads_sync_runs",
    ),
    (
        r#"failed_chunks_24h{kind="realtime"}"#,
        "SELECT sum((receipt ->> 'failed_chunks')::int) FROM apishopee_ads_sync_runs",
    ),
    (
        r#"rows_written_24h{kind="realtime"}"#,
        "SELECT sum((receipt ->> 'rows_written')::int) FROM apishopee_ads_sync_runs",
    ),
    (
        r#"chunks_1h{stage="campaigns",status="completed"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk AND stage = 'campaigns' AND status = 'completed'",
    ),
    (
        r#"chunks_1h{stage="campaigns",status="failed"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk AND stage = 'campaigns' AND status = 'failed'",
    ),
    (
        r#"chunks_1h{stage="performance",status="completed"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk AND stage = 'performance' AND status = 'completed'",
    ),
    (
        r#"alerts_open{kind="run_failed",severity="warning"}"#,
        "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'run_failed' AND resolved_at IS NULL",
    ),
    (r#"shops{state="syncable"}"#, "SELECT count(*) FROM apishopee_shops WHERE token_state = 'ok'"),
    (
        "shops_never_synced",
        "SELECT count(*) FROM apishopee_shops s WHERE NOT EXISTS (SELECT FROM apishopee_ads_sync_runs r WHERE r.shop_id = s.shop_id AND r.status = 'completed')",
    ),
    (
        r#"queue_jobs{kind="realtime",status="processing"}"#,
        "SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE AND status = 'processing'",
    ),
];

/// The calls of a shop's runs that the fake has served.
async fn calls(shop: Shop<'_>) -> Result<usize> {
    let calls = shop.calls().await?;
    let is_of_runs = |endpoint: &str| endpoint.starts_with("ads/");
    Ok(calls.iter().filter(|call| call["endpoint"].as_str().is_some_and(is_of_runs)).count())
}

#[test]
fn the_page_says_what_postgres_and_the_platform_say() {
    run_apart(Front::Worker, |world| async move {
        let (whole, part) = (world.shop(250).await?, world.shop(260).await?);
        let setting = "get_product_level_campaign_setting_info";
        let ids = part.campaign_ids().await?;
        world.fault(json!({ "match": { "endpoint": setting, "shop": whole.id }, "kind": "status", "status": 503, "times": 1 })).await?;
        world.fault(json!({ "match": { "endpoint": setting, "shop": part.id, "ids": [ids[130]] }, "kind": "status", "status": 500 })).await?;
        part.settings("max_attempts = 1, dynamic_chunks = false").await?;
        let (first, second) = (whole.sync_to_end().await?, part.sync().await?);
        second.until("failed").await?;
        part.until_alert("run_failed").await?;
        first.until_settled().await?;
        second.until_settled().await?;

        let text = page(&world).await?;
        for (series, query) in COUNTS {
            let expected: i64 = world.value(query, &[]).await.context(query)?;
            ensure!(value(&text, series)? == expected as f64, "{series} is not {expected}\n{text}");
        }
        ensure!(
            value(&text, r#"retries_24h{kind="realtime"}"#)? >= 1.0,
            "the first call was to fail\n{text}"
        );
        ensure!(value(&text, r#"failed_chunks_24h{kind="realtime"}"#)? == 1.0, "a chunk was to fail\n{text}");
        ensure!(value(&text, r#"chunks_1h{stage="campaigns",status="failed"}"#)? == 1.0, "{text}");
        let served = calls(whole).await? + calls(part).await?;
        ensure!(
            value(&text, r#"calls_24h{kind="realtime"}"#)? == served as f64,
            "{served} calls were served\n{text}"
        );
        ensure!(
            value(&text, r#"run_duration_24h_seconds_bucket{kind="realtime",le="+Inf"}"#)? == 1.0,
            "{text}"
        );
        ensure!(
            value(&text, r#"scrape_ok{part="postgres"}"#)? == 1.0
                && value(&text, r#"scrape_ok{part="governor"}"#)? == 1.0
        );
        ensure!(!text.contains("shop="), "no shop has series of its own\n{text}");
        ensure!(text.contains("apishopee_ads_app_calls_per_second{app=\""), "no app\n{text}");
        checked_by_promtool(&text)?;

        world.settings("metrics_by_shop = true").await?;
        let text = page(&world).await?;
        let age = value(&text, &format!("shop_data_age_seconds{{shop=\"{whole}\"}}"))?;
        ensure!((0.0..3_600.0).contains(&age), "{age}");

        // The page is there when Postgres is not as it should be, and says so.
        world.db.execute("ALTER TABLE apishopee_ads_alerts RENAME TO elsewhere", &[]).await?;
        let text = page(&world).await?;
        ensure!(
            value(&text, r#"scrape_ok{part="postgres"}"#)? == 0.0
                && value(&text, r#"scrape_ok{part="governor"}"#)? == 1.0,
            "{text}"
        );
        Ok(())
    });
}

/// What the tools of Prometheus find wrong with a page.
fn checked_by_promtool(page: &str) -> Result<()> {
    let Some(promtool) = paths::find_program("promtool") else {
        eprintln!(
            "skipped: promtool check metrics, because promtool is not installed (Debian: apt-get install prometheus)"
        );
        return Ok(());
    };
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    check.stdin.take().context("no standard input")?.write_all(page.as_bytes())?;
    let output = check.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
