//! Watching a shop.

use anyhow::{Context, Result, bail, ensure};
use e2e::{Shop, World, run, run_quiet};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};
use xtask::{demo::seed, stack::Front};

/// Somebody who watches, and what they know.
struct Watcher {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    version: Option<String>,
    run: Value,
    chunks: BTreeMap<String, Value>,
    snapshots: usize,
    changes: usize,
}

impl Watcher {
    async fn of(shop: &Shop<'_>, world: &World) -> Result<Self> {
        let socket =
            open(world, &format!("/v1/shops/{shop}/live"), &world.stack.secrets.viewer_token).await?;
        let (version, run, chunks) = (None, Value::Null, BTreeMap::new());
        Ok(Self { socket, version, run, chunks, snapshots: 0, changes: 0 })
    }

    /// Comes back after a time away.
    async fn again(&mut self, shop: &Shop<'_>, world: &World) -> Result<()> {
        let since = self.version.as_deref().context("nothing is known")?;
        let path = format!("/v1/shops/{shop}/live?since={since}");
        self.socket = open(world, &path, &world.stack.secrets.viewer_token).await?;
        Ok(())
    }

    /// Takes the next message.
    async fn hear(&mut self) -> Result<()> {
        let Message::Text(text) = self.socket.next().await.context("the socket was closed")?? else {
            bail!("no text")
        };
        let message: Value = serde_json::from_str(&text)?;
        match message["type"].as_str() {
            Some("snapshot") => {
                self.snapshots += 1;
                self.chunks.clear();
            }
            Some("change") => {
                self.changes += 1;
                let revision = |version: &Value| {
                    version.as_str().and_then(|text| text.split_once('-')?.1.parse::<u64>().ok())
                };
                let known = revision(&json!(self.version)).context("a change without a snapshot")?;
                ensure!(revision(&message["since"]).is_some_and(|since| since <= known), "{message}");
            }
            _ => bail!("{message}"),
        }
        self.version = message["version"].as_str().map(str::to_owned);
        self.run = message["run"].clone();
        for chunk in message["chunks"].as_array().context("no chunks")? {
            self.chunks.insert(chunk["key"].to_string(), chunk.clone());
        }
        Ok(())
    }

    async fn until_closed(&mut self) -> Result<()> {
        while self.run["closed"] != true {
            self.hear().await?;
        }
        Ok(())
    }
}

async fn open(world: &World, path: &str, token: &str) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
    let address = world.stack.worker.url.replace("http://", "ws://");
    let mut request = format!("{address}{path}").into_client_request()?;
    request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {token}"))?);
    Ok(connect_async(request).await?.0)
}

/// What HTTP says of a run, by chunk.
async fn shown(world: &World, run: &str) -> Result<(Value, BTreeMap<String, Value>)> {
    let body = world.get(&format!("/v1/runs/{run}")).await?.expect(200)?;
    let chunks = body["chunks"].as_array().context("no chunks")?;
    let chunks = chunks.iter().map(|chunk| (chunk["key"].to_string(), chunk.clone())).collect();
    Ok((body["live"].clone(), chunks))
}

#[test]
fn whoever_watches_or_comes_back_sees_every_chunk_to_its_end() {
    run_quiet(Front::Worker, |world| async move {
        seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 400, "jitter": 100 } })).await?;
        let shop = world.shop(900).await?;
        let mut stays = Watcher::of(&shop, &world).await?;
        stays.hear().await?;
        ensure!(stays.run.is_null() && stays.version.is_none(), "no run yet: {}", stays.run);
        let started = shop.sync().await?;
        let mut leaves = Watcher::of(&shop, &world).await?;
        while leaves.chunks.len() < 3 {
            leaves.hear().await?;
        }
        leaves.socket.close(None).await?;
        stays.until_closed().await?;
        let snapshots = leaves.snapshots;
        leaves.again(&shop, &world).await?;
        leaves.until_closed().await?;
        let (live, chunks) = shown(&world, &started.to_string()).await?;
        for watcher in [&stays, &leaves] {
            ensure!(watcher.run == live, "{} is not {live}", watcher.run);
            ensure!(watcher.chunks == chunks, "{:?} are not {chunks:?}", watcher.chunks);
        }
        ensure!(chunks.values().all(|chunk| chunk["state"]["state"] == "done") && chunks.len() > 10);
        ensure!(stays.changes > 3, "{} changes", stays.changes);
        ensure!(leaves.snapshots == snapshots, "what was known was told again");
        Ok(())
    });
}

#[test]
fn a_watcher_needs_a_token_a_shop_and_an_upgrade() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let path = format!("/v1/shops/{shop}/live");
        world.get(&path).await?.refused(426, "upgrade_required")?;
        world.get(&format!("{path}?since=x")).await?.refused_field(400, "since")?;
        let token = world.stack.secrets.viewer_token.clone();
        for (path, token, expected) in
            [(path.as_str(), "wrong", 401), ("/v1/shops/4294000001/live", token.as_str(), 404)]
        {
            match open(&world, path, token).await {
                Ok(_) => bail!("{path} is open"),
                Err(error) => match error.downcast_ref::<Error>() {
                    Some(Error::Http(answer)) => ensure!(answer.status() == expected, "{path} {answer:?}"),
                    _ => bail!("{path}: {error}"),
                },
            }
        }
        Ok(())
    });
}

#[test]
fn the_platform_answers_a_ping_and_a_goodbye() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(1).await?;
        let mut watcher = Watcher::of(&shop, &world).await?;
        watcher.hear().await?;
        watcher.socket.send(Message::text("ping")).await?;
        let pong = watcher.socket.next().await.context("closed")??;
        ensure!(pong.to_text()? == "pong", "{pong:?}");
        watcher.socket.send(Message::text("what nobody asks for")).await?;
        watcher.socket.close(None).await?;
        while let Some(message) = watcher.socket.next().await {
            ensure!(matches!(message?, Message::Close(_)));
        }
        Ok(())
    });
}

/// Takes the next message about all shops.
async fn hear_fleet(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Result<Value> {
    let message = socket.next().await.context("the socket was closed")??;
    Ok(serde_json::from_str(message.to_text()?)?)
}

#[test]
fn whoever_watches_the_fleet_or_comes_back_hears_of_every_shop_that_moves() {
    run(Front::Worker, |world| async move {
        let token = &world.stack.secrets.viewer_token;
        let mut socket = open(&world, "/v1/live", token).await?;
        let first = hear_fleet(&mut socket).await?;
        ensure!(first["type"] == "reload", "{first}");
        let shop = world.shop(30).await?;
        shop.sync().await?;
        let is_done = |message: &Value| {
            let shops = message["shops"].as_array().into_iter().flatten();
            let mut of_shop = shops.filter(|told| told["shop_id"] == shop.id);
            of_shop.any(|told| told["progress"]["sync_stage"] == "completed")
        };
        while !is_done(&hear_fleet(&mut socket).await?) {}
        let since = first["version"].as_str().context("no version")?;
        let mut back = open(&world, &format!("/v1/live?since={since}"), token).await?;
        let missed = hear_fleet(&mut back).await?;
        ensure!(missed["type"] == "changes" && is_done(&missed), "{missed}");
        world.get("/v1/live").await?.refused(426, "upgrade_required")?;
        world.get("/v1/live?since=7-1").await?.refused_field(400, "since")?;
        Ok(())
    });
}
