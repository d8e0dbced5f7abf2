//! Sinks of alerts: made by HTTP, told by the cron, through receivers that have a bad day.

mod receiver;

use anyhow::{Context, Result, ensure};
use e2e::{Response, Shop, World, run_alone, run_behind_proxy};
use receiver::{Receiver, Reply};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const EACH_MINUTE: &str = "* * * * *";

async fn ask(world: &World, method: Method, path: &str, body: Value) -> Result<Response> {
    world.request(method, path).token(&world.stack.secrets.admin_token).json(&body).send().await
}

/// A webhook that is told of one shop's alerts.
fn webhook(shop: &Shop<'_>, receiver: &Receiver) -> Value {
    json!({ "name": format!("of shop {shop}"), "kind": "webhook", "address": receiver.address(), "secret": SECRET,
        "shop_ids": [shop.id] })
}

/// The id of a new sink.
async fn made(world: &World, body: Value) -> Result<String> {
    let sink = ask(world, Method::POST, "/v1/sinks", body).await?.expect(201)?;
    ensure!(!sink.to_string().contains("MfKQ9r8"), "a secret is shown: {sink}");
    Ok(sink["id"].as_str().context("no id")?.to_owned())
}

/// A tick, as if all pauses were over.
async fn tick(world: &World, sink: &str) -> Result<()> {
    let over = "UPDATE apishopee_ads_alert_messages SET next_at = now() WHERE sink_id::text = $1 AND sent_at IS NULL";
    world.db.execute(over, &[&sink]).await?;
    world.tick(EACH_MINUTE).await
}

async fn last_error(world: &World, sink: &str) -> Result<String> {
    let path = format!("/v1/sinks/{sink}/messages");
    let list = ask(world, Method::GET, &path, json!({})).await?;
    ensure!(!list.header("etag").is_empty(), "{list}");
    let list = list.expect(200)?;
    let error = list["items"][0]["last_error"].as_str();
    Ok(error.with_context(|| format!("no error: {list}"))?.to_owned())
}

async fn open_alert(world: &World) -> Result<Option<String>> {
    let query =
        "SELECT max(text) FROM apishopee_ads_alerts WHERE kind = 'sink_failing' AND resolved_at IS NULL";
    world.value(query, &[]).await
}

#[test]
fn an_alert_gets_through_once_however_bad_its_receiver_is() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(12).await?;
        let receiver = Receiver::start().await?;
        let sink = made(&world, webhook(&shop, &receiver)).await?;
        let raise = "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text) VALUES ('reconsent', $1, 'critical', 'authorize')";
        world.db.execute(raise, &[&shop.id]).await?;
        for (reply, error) in [
            (Reply::Status(500), "answered 500"),
            (Reply::Busy, "answered 429"),
            (Reply::Redirect, "redirects are not followed"),
        ] {
            receiver.replies(reply);
            tick(&world, &sink).await?;
            let told = last_error(&world, &sink).await?;
            ensure!(told.contains(error), "{told}, expected {error}");
            if reply == Reply::Busy {
                let waits = "SELECT next_at > now() + interval '1 minute' FROM apishopee_ads_alert_messages WHERE sink_id::text = $1";
                ensure!(world.value::<bool>(waits, &[&sink]).await?, "Retry-After is ignored");
            }
        }
        // Nobody waits for it: a sync begins and ends while it hangs.
        receiver.replies(Reply::Nothing);
        let (ticked, synced) = tokio::join!(tick(&world, &sink), shop.sync_to_end());
        ticked?;
        synced?.until("completed").await?;
        shop.check_rows().await?;
        ensure!(last_error(&world, &sink).await?.contains("no answer"));
        ensure!(open_alert(&world).await?.is_none(), "too early");
        let long = "UPDATE apishopee_ads_alert_sinks SET failing_since = now() - interval '5 minutes' WHERE id::text = $1";
        world.db.execute(long, &[&sink]).await?;
        receiver.replies(Reply::Status(503));
        tick(&world, &sink).await?;
        let text = open_alert(&world).await?.context("no alert of a sink that fails")?;
        ensure!(text.contains(&format!("of shop {shop}: answered 503")), "{text}");

        for _ in 0..3 {
            tick(&world, &sink).await?;
        }
        ensure!(open_alert(&world).await?.is_none(), "it is well again");
        world
            .db
            .execute("UPDATE apishopee_ads_alerts SET resolved_at = now() WHERE shop_id = $1", &[&shop.id])
            .await?;
        for _ in 0..3 {
            tick(&world, &sink).await?;
        }
        let taken = receiver.taken();
        let whats: Vec<_> =
            taken.iter().map(|message| message.body["what"].as_str().unwrap_or_default()).collect();
        ensure!(whats == ["begin", "end"], "{whats:?}");
        let begin = &taken[0];
        ensure!(begin.body["title"] == "Critical: A seller must authorize again", "{}", begin.body);
        ensure!(begin.body["content"][0]["shop_id"] == shop.id, "{}", begin.body);
        ensure!(begin.id == begin.body["id"] && begin.signature.starts_with("v1,"), "{begin:?}");
        ensure!(receiver.refused().iter().all(|id| *id == begin.id), "each attempt has the message's id");
        ask(&world, Method::DELETE, &format!("/v1/sinks/{sink}"), json!({})).await?.expect(200)?;
        Ok(())
    });
}

#[test]
fn a_sink_is_tried_changed_and_deleted() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let receiver = Receiver::start().await?;
        let sink = made(&world, webhook(&shop, &receiver)).await?;
        let (path, test) = (format!("/v1/sinks/{sink}"), format!("/v1/sinks/{sink}/test"));
        let tried = ask(&world, Method::POST, &test, json!({})).await?.expect(200)?;
        ensure!(tried == json!({ "delivered": true, "error": null }), "{tried}");
        receiver.replies(Reply::Status(404));
        let tried = ask(&world, Method::POST, &test, json!({})).await?.expect(200)?;
        ensure!(tried == json!({ "delivered": false, "error": "answered 404" }), "{tried}");

        // Without address and secret they stay as they are.
        let name = format!("sổ của {shop}");
        let change = json!({ "name": name, "kind": "webhook", "language": "vi", "digest_at": "08:05" });
        let changed = ask(&world, Method::PUT, &path, change.clone()).await?.expect(200)?;
        ensure!(changed["sends_to"] == "127.0.0.1" && changed["digest_at"] == "08:05", "{changed}");
        ask(&world, Method::POST, &test, json!({})).await?.expect(200)?;
        let taken = receiver.taken();
        let titles: Vec<_> =
            taken.iter().map(|message| message.body["title"].as_str().unwrap_or_default()).collect();
        ensure!(
            titles == ["Test message: alerts arrive here", "Tin nhắn thử: cảnh báo sẽ được gửi đến đây"],
            "{titles:?}"
        );

        let with = |field: &str, value: Value| {
            let mut body = change.clone();
            body[field] = value;
            body
        };
        for (body, status, field) in [
            (with("kind", json!("pager")), 422, "kind"),
            (with("time_zone", json!("Mars/Olympus")), 400, "time_zone"),
            (with("to", json!("x")), 400, "to"),
            (with("digest_at", json!("8:05")), 400, "digest_at"),
            (with("no_such", json!(1)), 400, "no_such"),
        ] {
            ask(&world, Method::PUT, &path, body).await?.refused_field(status, field)?;
        }
        let again = json!({ "name": name, "kind": "slack", "address": receiver.address() });
        ask(&world, Method::POST, "/v1/sinks", again).await?.refused(409, "name_taken")?;
        let shown = ask(&world, Method::GET, &path, json!({})).await?.expect(200)?;
        ensure!(shown == changed || shown["name"] == changed["name"], "{shown}");
        let listed = ask(&world, Method::GET, "/v1/sinks", json!({})).await?.expect(200)?;
        ensure!(
            listed["items"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == sink)),
            "{listed}"
        );
        let gone = ask(&world, Method::DELETE, &path, json!({})).await?.expect(200)?;
        ensure!(gone == json!({ "id": sink, "unsent": 0 }), "{gone}");
        for (method, path) in [
            (Method::GET, path.clone()),
            (Method::DELETE, path.clone()),
            (Method::POST, test),
            (Method::GET, format!("{path}/messages")),
            (Method::GET, "/v1/sinks/7".to_owned()),
        ] {
            ask(&world, method, &path, json!({})).await?.refused(404, "not_found")?;
        }
        ask(&world, Method::PUT, &path, change).await?.refused(404, "not_found")?;
        let stored =
            "SELECT count(*) FROM apishopee_ads_audit_log WHERE action LIKE 'sink.%' AND subject = $1";
        ensure!(world.value::<i64>(stored, &[&sink]).await? == 3, "made, changed and deleted");
        Ok(())
    });
}

/// Another deployment than the tests' own: nothing private there.
#[test]
fn a_sink_is_public() {
    run_behind_proxy(Front::Worker, |world| async move {
        for address in
            ["http://example.com/", "https://10.1.2.3/", "https://localhost/hook", "https://db.internal/"]
        {
            let body = json!({ "name": "x", "kind": "slack", "address": address });
            ask(&world, Method::POST, "/v1/sinks", body).await?.refused_field(400, "address")?;
        }
        Ok(())
    });
}
