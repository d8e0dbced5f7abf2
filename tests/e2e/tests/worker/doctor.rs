//! GET /v1/doctor: all is well, then one thing after the other is broken.

use anyhow::{Context, Result, ensure};
use e2e::{Shop, World, run_behind_proxy};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use store::{
    Postgres,
    alert_kind::AlertKind,
    alerts,
    dead_letters::{self, Unhandled},
};
use xtask::{demo::seed, stack::Front};

/// What the checks are called: programs know them by these names.
const CHECKS: [&str; 19] = [
    "configuration",
    "api_tokens",
    "token_keys",
    "bindings",
    "app_governor",
    "shop_object",
    "database",
    "migrations",
    "rights",
    "time_zones",
    "clock_postgres",
    "clock_shopee",
    "quota",
    "schedules",
    "queue_consumers",
    "tokens",
    "consents",
    "dead_letters",
    "alerts",
];
/// Those that can be looked at while the database does not answer.
const WITHOUT_DATABASE: [&str; 6] =
    ["configuration", "api_tokens", "bindings", "app_governor", "clock_shopee", "quota"];

/// The answer, which has every check and no secret.
async fn ask(world: &World) -> Result<Value> {
    let secrets = &world.stack.secrets;
    let request = world.request(Method::GET, "/v1/doctor").token(&secrets.admin_token);
    let body = request.send().await?.expect(200)?;
    let names: Vec<_> = checks(&body)?.iter().filter_map(|check| check["name"].as_str()).collect();
    ensure!(names == CHECKS, "{names:?}");
    let text = body.to_string();
    let tokens = "SELECT coalesce(string_agg(t, ' '), '') FROM apishopee_shops, unnest(ARRAY[access_token, refresh_token, partner_key]) t";
    let tokens: String = world.value(tokens, &[]).await?;
    let own = [&secrets.partner_key, &secrets.token_key, &secrets.admin_token];
    let own = own.into_iter().map(String::as_str);
    for secret in own.chain(tokens.split(' ')).chain([world.stack.postgres.password()]) {
        ensure!(secret.is_empty() || !text.contains(secret), "a secret is shown: {text}");
    }
    Ok(body)
}

fn checks(body: &Value) -> Result<&Vec<Value>> {
    body["checks"].as_array().with_context(|| format!("no checks: {body}"))
}

/// The checks that are not ok, with their status.
fn not_ok(body: &Value) -> Result<Vec<(&str, &str)>> {
    let pairs = checks(body)?.iter().map(|check| (check["name"].as_str(), check["status"].as_str()));
    let pairs = pairs.map(|(name, status)| name.zip(status).with_context(|| format!("{body}")));
    let pairs = pairs.collect::<Result<Vec<_>>>()?;
    Ok(pairs.into_iter().filter(|(_, status)| *status != "ok").collect())
}

/// Exactly this check turns, names what was seen and says what to do.
async fn turns(world: &World, name: &str, status: &str, word: &str) -> Result<()> {
    let body = ask(world).await?;
    ensure!(not_ok(&body)? == [(name, status)], "{name} is not alone: {body:#}");
    ensure!(body["status"] == status, "{body:#}");
    let check = checks(&body)?.iter().find(|check| check["name"] == name).context("it is there")?;
    ensure!(check["found"].as_str().is_some_and(|found| found.contains(word)), "{word}: {check}");
    ensure!(check["todo"].as_str().is_some_and(|todo| !todo.is_empty()), "{check}");
    Ok(())
}

async fn is_well(world: &World) -> Result<()> {
    let body = ask(world).await?;
    ensure!(not_ok(&body)?.is_empty() && body["status"] == "ok", "{body:#}");
    ensure!(checks(&body)?.iter().all(|check| check["todo"].is_null()), "{body:#}");
    Ok(())
}

/// Breaks something in SQL, looks, and mends it.
async fn broken(world: &World, break_it: &str, mend: &str, expected: (&str, &str, &str)) -> Result<()> {
    world.db.batch_execute(break_it).await.with_context(|| break_it.to_owned())?;
    let (name, status, word) = expected;
    turns(world, name, status, word).await?;
    world.db.batch_execute(mend).await.with_context(|| mend.to_owned())?;
    Ok(())
}

/// What a shop's row, and the rows about it, can tell.
async fn shops_can_break(world: &World, shop: &Shop<'_>) -> Result<()> {
    let set = |assignments: &str| format!("UPDATE apishopee_shops SET {assignments} WHERE shop_id = {shop}");
    let id = shop.to_string();
    for (broken_by, mended_by, expected) in [
        (
            "authorized_until = now() - interval '1 minute'",
            "authorized_until = NULL",
            ("consents", "failure", &*id),
        ),
        (
            "authorized_until = now() + interval '6 days'",
            "authorized_until = NULL",
            ("consents", "warning", &id),
        ),
        ("token_state = 'reconsent'", "token_state = 'ok'", ("tokens", "failure", &id)),
    ] {
        broken(world, &set(broken_by), &set(mended_by), expected).await?;
    }
    let sealed = set("partner_key = 'enc.k9.AAAA'");
    let opened = set("partner_key = NULL");
    broken(world, &sealed, &opened, ("token_keys", "failure", "k9")).await?;
    let silent = format!(
        "INSERT INTO apishopee_ads_sync_progress (shop_id, sync_stage, generation, run_kind, started_at, last_chunk_at)
         VALUES ({shop}, 'syncing_campaigns', 3, 'realtime', now() - interval '1 hour', now() - interval '11 minutes')"
    );
    let over = format!("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = {shop}");
    broken(world, &silent, &over, ("queue_consumers", "failure", "ads-sync-chunk")).await?;
    let handed_out = format!(
        "INSERT INTO apishopee_ads_sync_queue (shop_id, status, started_at, claimed_until)
         VALUES ({shop}, 'processing', now() - interval '6 minutes', now() + interval '9 minutes')"
    );
    let over = format!("DELETE FROM apishopee_ads_sync_queue WHERE shop_id = {shop}");
    broken(world, &handed_out, &over, ("queue_consumers", "failure", "ads-sync-start")).await
}

#[test]
fn what_is_broken_turns_its_check_and_no_other() {
    run_behind_proxy(Front::Worker, |world| async move {
        for token in [&world.stack.secrets.viewer_token, &world.stack.secrets.operator_token] {
            let request = world.request(Method::GET, "/v1/doctor").token(token);
            request.send().await?.refused(403, "forbidden")?;
        }
        // Without shops, so that the ticks begin nothing.
        for cron in [
            "*/15 * * * *",
            "0 19 * * *",
            "*/5 * * * *",
            "*/10 * * * *",
            "0,30 * * * *",
            "0 2 * * *",
            "* * * * *",
        ] {
            world.tick(cron).await?;
        }
        let ticked =
            "SELECT count(*) FROM apishopee_ads_cron_ticks WHERE last_at IS NOT NULL AND last_error IS NULL";
        ensure!(world.value::<i64>(ticked, &[]).await? == 7, "every tick is recorded");
        let shop = world.shop(3).await?;
        is_well(&world).await?;
        shops_can_break(&world, &shop).await?;
        let history = "INSERT INTO refinery_schema_history SELECT * FROM kept; DROP TABLE kept";
        let forgotten =
            "CREATE TABLE kept AS SELECT * FROM refinery_schema_history ORDER BY version DESC LIMIT 1;
                         DELETE FROM refinery_schema_history WHERE version = (SELECT version FROM kept)";
        broken(&world, forgotten, history, ("migrations", "failure", "this release is at")).await?;
        let tick = |at: &str| {
            format!("UPDATE apishopee_ads_cron_ticks SET last_at = {at} WHERE cron = 'ads-sync-job'")
        };
        let late = tick("now() - interval '35 minutes'");
        broken(&world, &late, &tick("now()"), ("schedules", "failure", "ads-sync-job")).await?;
        let failed = "UPDATE apishopee_ads_cron_ticks SET last_error = 'out of order', last_error_at = now() + interval '1 second'
                      WHERE cron = 'ads-backfill-job'";
        let over = "UPDATE apishopee_ads_cron_ticks SET last_error = NULL, last_error_at = NULL";
        broken(&world, failed, over, ("schedules", "warning", "out of order")).await?;
        let alert = "INSERT INTO apishopee_ads_alerts (kind, severity, text) VALUES ('app_throttled', 'critical', 'x')";
        broken(&world, alert, "DELETE FROM apishopee_ads_alerts", ("alerts", "failure", "app_throttled"))
            .await?;
        let letter =
            Unhandled { queue: "ads-sync-chunk", message_id: "m-1", body: "{", reason: "no JSON", job: None };
        let db = Postgres(world.stack.database().await?);
        dead_letters::insert(&db, &letter).await?;
        alerts::raise(&db, AlertKind::DeadLetters, None, "a message could not be handled").await?;
        turns(&world, "dead_letters", "warning", "1 ").await?;
        world
            .db
            .batch_execute("DELETE FROM apishopee_ads_dead_letters; DELETE FROM apishopee_ads_alerts")
            .await?;
        for (minutes, status) in [(5, "failure"), (-2, "warning")] {
            let clock_ms = world.stack.now().timestamp_millis() + minutes * 60_000;
            behave(&world, json!({ "clock_ms": clock_ms })).await?;
            turns(&world, "clock_shopee", status, if minutes > 0 { "behind" } else { "ahead" }).await?;
        }
        behave(&world, json!({ "clock_ms": null })).await?;
        is_well(&world).await
    });
}

async fn behave(world: &World, behaviour: Value) -> Result<()> {
    seed::control(world.stack, Method::PUT, "/_mock/behaviour", &behaviour).await.map(drop)
}

/// The Worker's own limits end well before this; the rest is for a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_database_that_hangs_is_told_and_nothing_waits_for_it() {
    run_behind_proxy(Front::Worker, |world| async move {
        let proxy = world.stack.proxy.as_ref().context("the stack has no proxy")?;
        proxy.freeze(true);
        let body = tokio::time::timeout(PATIENCE, ask(&world)).await;
        proxy.freeze(false);
        let body = body.context("the doctor waits for the database")??;
        ensure!(body["status"] == "failure", "{body:#}");
        for (name, status) in not_ok(&body)? {
            let expected = if name == "database" { "failure" } else { "unknown" };
            ensure!(status == expected && !WITHOUT_DATABASE.contains(&name), "{name}: {body:#}");
        }
        ensure!(not_ok(&body)?.len() == CHECKS.len() - WITHOUT_DATABASE.len(), "{body:#}");
        Ok(())
    });
}
