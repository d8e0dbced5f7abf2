//! What holds for every route, or for every route of a kind.

use anyhow::{Context, Result, bail, ensure};
use api::{
    role::Role,
    route::{ROUTES, Route},
};
use e2e::{World, header, run, run_quiet};
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use xtask::stack::Front;

/// The largest body, in bytes (docs/http-api.md).
const BODY_BYTES_MAX: usize = 65_536;
/// Calls without a token at the same time, and how often, until the limit of ten seconds (wrangler.toml) is met: a machine that
/// is busy answers fewer.
const AT_ONCE: usize = 100;
const ATTEMPTS: usize = 100;

/// An address of the route.
fn address(route: &Route) -> String {
    route
        .path
        .replace("{run_id}", "1-1")
        .replace("{shop_id}", "1")
        .replace("{id}", "1")
        .replace("{partner_id}", "1")
}

async fn send(world: &World, method: &str, path: &str, body: impl Into<reqwest::Body>) -> Result<Response> {
    let worker = &world.stack.worker;
    let request = worker.http.request(method.parse::<Method>()?, format!("{}{path}", worker.url));
    Ok(request.bearer_auth(&world.stack.secrets.admin_token).body(body).send().await?)
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    run(Front::Worker, |world| async move {
        for route in ROUTES {
            let of_path = ROUTES.iter().filter(|other| other.path == route.path);
            let served: BTreeSet<&str> = of_path
                .flat_map(|route| [Some(route.method), route.serves_head().then_some("HEAD")])
                .flatten()
                .collect();
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                if served.contains(method) {
                    continue;
                }
                let answer = send(&world, method, &address(route), "").await?;
                let allowed: BTreeSet<&str> = header(answer.headers(), "allow").split(", ").collect();
                ensure!(answer.status() == 405 && allowed == served, "{method} {} {answer:?}", route.path);
            }
        }
        Ok(())
    });
}

#[test]
fn a_body_over_the_limit_is_refused_everywhere() {
    run(Front::Worker, |world| async move {
        for route in ROUTES.iter().filter(|route| route.method != "GET") {
            let answer = send(&world, route.method, &address(route), "x".repeat(BODY_BYTES_MAX + 1)).await?;
            ensure!(answer.status() == 413, "{} {answer:?}", route.path);
        }
        Ok(())
    });
}

/// A body in pieces, whose length nobody has declared and whose end never comes.
#[test]
fn a_body_without_a_length_is_read_up_to_the_limit() {
    run(Front::Worker, |world| async move {
        let address = world.stack.worker.url.trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).await?;
        let head = format!(
            "POST /v1/runs/cancel HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             transfer-encoding: chunked\r\n\r\n",
            world.stack.secrets.operator_token
        );
        stream.write_all(head.as_bytes()).await?;
        let piece = "x".repeat(BODY_BYTES_MAX / 4);
        for _ in 0..5 {
            stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await?;
        }
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        ensure!(&answer == b"HTTP/1.1 413", "{}", String::from_utf8_lossy(&answer));
        Ok(())
    });
}

#[test]
fn a_list_that_has_not_changed_is_not_sent_again() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let path = format!("/v1/audit-log?shop_id={shop}");
        let worker = &world.stack.worker;
        let ask = |tag: String| {
            let request = worker.http.get(format!("{}{path}", worker.url)).header("if-none-match", tag);
            request.bearer_auth(&world.stack.secrets.operator_token).send()
        };
        let first = ask(String::new()).await?;
        let tag = header(first.headers(), "etag").to_owned();
        ensure!(first.status() == 200 && tag.starts_with('"'), "{first:?}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let again = ask(known).await?;
            ensure!(again.status() == 304 && header(again.headers(), "etag") == tag, "{again:?}");
            ensure!(
                header(again.headers(), "cache-control") == "no-store" && again.bytes().await?.is_empty()
            );
        }
        let entry =
            "INSERT INTO apishopee_ads_audit_log (actor, action, shop_id) VALUES ('a test', 'looked', $1)";
        world.db.execute(entry, &[&shop.id]).await?;
        loop {
            let changed = ask(tag.clone()).await?;
            if changed.status() == 200 {
                ensure!(header(changed.headers(), "etag") != tag);
                let body: Value = changed.json().await?;
                ensure!(body["items"][0]["actor"] == "a test", "{body}");
                return Ok(());
            }
            ensure!(changed.status() == 304, "{changed:?}");
        }
    });
}

/// Every list of the table, and nothing else, has a tag.
#[test]
fn every_list_has_a_tag() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        for route in ROUTES.iter().filter(|route| route.is_list() && route.role > Role::Anyone) {
            // What a sink was told is a list too, and has a test where there are sinks.
            if route.path.contains("{id}") {
                continue;
            }
            let path = route.path.replace("{shop_id}", &shop.to_string());
            let answer = send(&world, "GET", &path, "").await?;
            ensure!(
                answer.status() == 200 && !header(answer.headers(), "etag").is_empty(),
                "{path} {answer:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn a_key_belongs_to_one_request() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let sync = format!("/v1/shops/{shop}/sync");
        let post = |path: &str, body: Value| {
            world.request(Method::POST, path).header("Idempotency-Key", "one of a kind").json(&body).send()
        };
        let body = json!({ "kind": "backfill_day", "days_ago": 3 });
        let first = post(&sync, body.clone()).await?.expect(202)?;
        ensure!(post(&sync, body).await?.expect(202)?["job_id"] == first["job_id"]);
        let other = json!({ "kind": "backfill_day", "days_ago": 4 });
        post(&sync, other).await?.refused(422, "idempotency_key_reused")?;
        let schedules = format!("/v1/shops/{shop}/budget-schedules");
        let schedule = json!({ "campaign_id": 1, "hour_start": 1, "hour_end": 2, "budget": 20.0 });
        post(&schedules, schedule).await?.refused(422, "idempotency_key_reused")?;
        let jobs =
            "SELECT count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND is_chunk IS NOT TRUE";
        ensure!(world.value::<i64>(jobs, &[&shop.id]).await? == 1);
        Ok(())
    });
}

#[test]
fn an_address_without_a_token_may_not_call_without_end() {
    run_quiet(Front::Worker, |world| async move {
        let worker = &world.stack.worker;
        let call = || worker.http.get(format!("{}/v1/shops", worker.url)).send();
        let mut told = None;
        for _ in 0..ATTEMPTS {
            for answer in join_all((0..AT_ONCE).map(|_| call())).await {
                let answer = answer?;
                match answer.status().as_u16() {
                    401 => {}
                    429 => told = Some(answer),
                    status => bail!("{status}"),
                }
            }
            if told.is_some() {
                break;
            }
        }
        let answer = told.context("there is no limit")?;
        ensure!(header(answer.headers(), "retry-after") == "10", "{answer:?}");
        let problem: Value = answer.json().await?;
        ensure!(problem["code"] == "too_many_calls" && problem["retry_after"] == 10, "{problem}");
        world.get("/v1/shops").await?.expect(200)?;
        Ok(())
    });
}
