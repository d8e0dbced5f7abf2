//! Bad requests: each gets a problem that names the field and what is allowed.

use anyhow::{Result, ensure};
use e2e::{World, run};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use xtask::stack::Front;

async fn status_without_role(world: &World, method: Method, path: &str, token: Option<&str>) -> Result<u16> {
    let mut request = world.stack.worker.http.request(method, format!("{}{path}", world.stack.worker.url));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.body("{}").send().await?;
    let status = answer.status().as_u16();
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body: Value = answer.json().await?;
    ensure!(kind.contains("json") && (body["code"].is_string()), "{kind} {body}");
    Ok(status)
}

/// Every route that needs a token, with the role.
pub(crate) const ROUTES: [(&str, &str, &str); 61] = [
    ("GET", "/metrics", "viewer"),
    ("GET", "/v1/shops", "viewer"),
    ("GET", "/v1/shops/1", "viewer"),
    ("PATCH", "/v1/shops/1", "admin"),
    ("DELETE", "/v1/shops/1", "admin"),
    ("GET", "/v1/shops/1/live", "viewer"),
    ("POST", "/v1/shops/1/sync", "operator"),
    ("POST", "/v1/shops/1/reset", "operator"),
    ("GET", "/v1/shops/1/runs", "viewer"),
    ("GET", "/v1/shops/1/changes", "viewer"),
    ("GET", "/v1/shops/1/campaigns", "viewer"),
    ("GET", "/v1/shops/1/figures", "viewer"),
    ("GET", "/v1/shops/1/unlisted-spend", "viewer"),
    ("GET", "/v1/live", "viewer"),
    ("GET", "/v1/runs", "viewer"),
    ("GET", "/v1/runs/1-1", "viewer"),
    ("POST", "/v1/runs/cancel", "operator"),
    ("POST", "/v1/runs/retry", "operator"),
    ("POST", "/v1/runs/1-1/cancel", "operator"),
    ("POST", "/v1/runs/1-1/pause", "operator"),
    ("POST", "/v1/runs/1-1/resume", "operator"),
    ("POST", "/v1/runs/1-1/retry", "operator"),
    ("GET", "/v1/queue", "viewer"),
    ("POST", "/v1/queue/1/cancel", "operator"),
    ("POST", "/v1/queue/process", "operator"),
    ("GET", "/v1/dead-letters", "operator"),
    ("POST", "/v1/dead-letters/replay", "operator"),
    ("POST", "/v1/dead-letters/1/replay", "operator"),
    ("GET", "/v1/alerts", "viewer"),
    ("POST", "/v1/alerts/1/acknowledge", "operator"),
    ("POST", "/v1/alerts/1/mute", "operator"),
    ("GET", "/v1/sinks", "admin"),
    ("POST", "/v1/sinks", "admin"),
    ("GET", "/v1/sinks/1", "admin"),
    ("PUT", "/v1/sinks/1", "admin"),
    ("DELETE", "/v1/sinks/1", "admin"),
    ("POST", "/v1/sinks/1/test", "admin"),
    ("GET", "/v1/sinks/1/messages", "admin"),
    ("GET", "/v1/drift", "viewer"),
    ("GET", "/v1/audit-log", "operator"),
    ("GET", "/v1/apps/1", "viewer"),
    ("GET", "/v1/doctor", "admin"),
    ("GET", "/v1/settings", "viewer"),
    ("PATCH", "/v1/settings", "admin"),
    ("GET", "/v1/calls", "viewer"),
    ("GET", "/v1/sync-times", "viewer"),
    ("GET", "/oauth/shopee/start", "operator"),
    ("POST", "/functions/v1/apishopee-ads-sync", "operator"),
    ("GET", "/v1/shops/1/budget-schedules", "viewer"),
    ("POST", "/v1/shops/1/budget-schedules", "operator"),
    ("POST", "/v1/shops/1/budget-schedules/csv", "operator"),
    ("GET", "/v1/budget-schedules/1", "viewer"),
    ("PATCH", "/v1/budget-schedules/1", "operator"),
    ("DELETE", "/v1/budget-schedules/1", "operator"),
    ("GET", "/v1/shops/1/budget-preview", "viewer"),
    ("POST", "/v1/shops/1/budgets/run", "operator"),
    ("GET", "/v1/shops/1/budget-logs", "viewer"),
    ("GET", "/v1/budget-rules", "viewer"),
    ("PUT", "/v1/budget-rules", "admin"),
    ("POST", "/v1/budget-rules/stop", "operator"),
    ("POST", "/functions/v1/shopee-ads-scheduler", "operator"),
];
/// The health checks and the consent's callback.
const OPEN: usize = 3;

#[test]
fn no_token_no_entry_and_a_viewer_only_looks() {
    run(Front::Worker, |world| async move {
        let secrets = &world.stack.secrets;
        for (method, path, role) in ROUTES {
            let method: Method = method.parse()?;
            for token in [None, Some("wrong"), Some(secrets.ended_token.as_str())] {
                let status = status_without_role(&world, method.clone(), path, token).await?;
                ensure!(status == 401, "{method} {path} {status}");
            }
            let below: &[&str] = match role {
                "viewer" => &[],
                "operator" => &[&secrets.viewer_token],
                _ => &[&secrets.viewer_token, &secrets.operator_token],
            };
            for token in below {
                let status = status_without_role(&world, method.clone(), path, Some(token)).await?;
                ensure!(status == 403, "{method} {path} {status}");
            }
        }
        // Every route but the open ones is walked.
        let known = api::route::ROUTES.len();
        ensure!(known == ROUTES.len() + OPEN, "the table has {known} routes");
        world.get("/healthz").await?.expect(200)?;
        world.get("/readyz").await?.expect(200)?;
        Ok(())
    });
}

#[test]
fn bad_input_is_named() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let sync = format!("/v1/shops/{shop}/sync");
        let cases = [
            (sync.as_str(), json!({ "kind": "hourly" }), 400, "kind"),
            (&sync, json!({ "kind": "backfill_day", "days_ago": 999 }), 400, "days_ago"),
            (&sync, json!({ "kind": "backfill_full", "days": 31 }), 400, "days"),
            (&sync, json!({ "kind": "backfill_full", "hourly_days": "all" }), 400, "hourly_days"),
            (&sync, json!({ "chunk_size": -1 }), 400, "chunk_size"),
            (&sync, json!({ "chunk_size": 100_000 }), 400, "chunk_size"),
            (&sync, json!({ "chunksize": 5 }), 400, "chunksize"),
            (&sync, json!({ "priority": "high" }), 400, "priority"),
            (&sync, json!([1]), 400, "body"),
            ("/v1/shops/abc/sync", json!({}), 400, "shop_id"),
            ("/v1/shops/0/sync", json!({}), 400, "shop_id"),
            ("/v1/shops/4294000001/sync", json!({}), 404, "unknown"),
            ("/v1/queue/process", json!({ "batch": 5 }), 400, "batch"),
            ("/v1/nothing", json!({}), 404, "nothing"),
        ];
        for (path, body, status, word) in cases {
            let problem = world.post(path, body).await?.expect(status)?;
            ensure!(problem.to_string().contains(word), "{word}: {problem}");
        }
        let gets = [
            ("/v1/runs/xyz", 400),
            ("/v1/runs/1-999999", 404),
            ("/v1/shops?limit=0", 400),
            ("/v1/shops?cursor=x", 400),
            ("/v1/shops/4294000001", 404),
            ("/v1/shops/4294000001/runs", 404),
        ];
        for (path, status) in gets {
            let problem = world.get(path).await?.expect(status)?;
            ensure!(problem["code"].is_string(), "{path}: {problem}");
        }
        world.delete("/v1/shops").await?.expect(405)?;
        ensure!(shop.count("apishopee_ads_sync_queue").await? == 0, "a refused request leaves no row");
        Ok(())
    });
}

#[test]
fn a_shop_without_a_token_is_refused() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        shop.update("apishopee_shops", "access_token = ''").await?;
        shop.post("sync", json!({})).await?.refused(409, "no_access_token")?;
        Ok(())
    });
}

#[test]
fn lists_are_paged() {
    run(Front::Worker, |world| async move {
        let (first, second) = (world.shop(1).await?, world.shop(1).await?);
        let path = format!("/v1/shops?limit=1&cursor={}", first.id - 1);
        let page = world.get(&path).await?.expect(200)?;
        ensure!(page["items"][0]["shop_id"] == first.id, "{page}");
        let cursor = page["next_cursor"].as_str().unwrap_or_default();
        let page = world.get(&format!("/v1/shops?limit=1&cursor={cursor}")).await?.expect(200)?;
        // Other tests make shops too, so there may be some between the two.
        let next = page["items"][0]["shop_id"].as_i64().unwrap_or_default();
        ensure!(next > first.id && next <= second.id, "{page}");
        ensure!(!page.to_string().contains(&world.stack.secrets.partner_key), "a secret is shown");
        Ok(())
    });
}

#[test]
fn statuses_have_their_headers_and_head_has_no_body() {
    run(Front::Worker, |world| async move {
        let worker = &world.stack.worker;
        let send = async |method: &str, path: &str, token: Option<&str>| -> Result<reqwest::Response> {
            let mut request = worker.http.request(method.parse()?, format!("{}{path}", worker.url));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            Ok(request.send().await?)
        };
        let header = |answer: &reqwest::Response, name: &str| e2e::header(answer.headers(), name).to_owned();
        let operator = Some(world.stack.secrets.operator_token.as_str());
        let answer = send("GET", "/v1/shops", None).await?;
        ensure!(answer.status() == 401 && header(&answer, "www-authenticate").starts_with("Bearer realm="));
        let answer = send("GET", "/v1/shops", Some("wrong")).await?;
        ensure!(header(&answer, "www-authenticate").contains("error=\"invalid_token\""));
        let answer = send("DELETE", "/v1/budget-rules", operator).await?;
        ensure!(answer.status() == 405 && header(&answer, "allow") == "GET, HEAD, PUT", "{answer:?}");
        let get = send("GET", "/healthz", None).await?;
        let length = header(&get, "content-length");
        let head = send("HEAD", "/healthz", None).await?;
        ensure!(head.status() == 200 && header(&head, "content-type") == "application/json", "{head:?}");
        let told = header(&head, "content-length");
        ensure!(told.is_empty() || told == length, "{told} {length}");
        ensure!(head.bytes().await?.is_empty());
        let head = send("HEAD", "/v1/shops", None).await?;
        ensure!(head.status() == 401, "{head:?}");
        // One that HTTP does not have is no other than one that the address lacks.
        for method in ["PURGE", "PROPFIND", "OPTIONS"] {
            let answer = send(method, "/v1/shops", operator).await?;
            ensure!(
                answer.status() == 405 && header(&answer, "allow") == "GET, HEAD",
                "{method}: {answer:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn what_is_not_known_or_contradicts_is_told_in_words() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let sync = format!("/v1/shops/{shop}/sync");
        for (body, field, word) in [
            (json!({ "priority": "high" }), "priority", "must be a whole number from"),
            (json!({ "kind": 7 }), "kind", "must be a text"),
            (json!({ "days": 3 }), "days", "backfill_full only"),
            (
                json!({ "kind": "backfill_full", "days": 3, "hourly_days": 4 }),
                "hourly_days",
                "more than days",
            ),
        ] {
            let problem = world.post(&sync, body).await?.refused_field(400, field)?;
            ensure!(problem["detail"].as_str().is_some_and(|detail| detail.contains(word)), "{problem}");
        }
        for (path, status, word) in [
            ("/v1/shops?size=5", 400, "is no parameter; here are limit, cursor"),
            ("/v1/shops?limit=5&limit=6", 400, "is there twice"),
            ("/v1/runs/1-1?live=true", 400, "there are none here"),
            ("/v1/apps/5", 404, "app 5 is unknown"),
        ] {
            let problem = world.get(path).await?.expect(status)?;
            ensure!(problem.to_string().contains(word), "{path}: {problem}");
        }
        shop.update("apishopee_shops", "partner_id = 5").await?;
        world.get("/v1/apps/5").await?.expect(200)?;
        Ok(())
    });
}

#[test]
fn a_body_that_never_comes_is_told() {
    run(Front::Worker, |world| async move {
        let address = world.stack.worker.url.trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(&address).await?;
        let head = format!(
            "POST /v1/queue/process HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-length: 10\r\n\r\n{{",
            world.stack.secrets.operator_token
        );
        stream.write_all(head.as_bytes()).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        ensure!(&answer == b"HTTP/1.1 408", "{}", String::from_utf8_lossy(&answer));
        Ok(())
    });
}
