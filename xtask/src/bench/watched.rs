//! A large shop that many watch: how much longer its sync takes than one that nobody watches.

use super::{
    race::TEMPLATE,
    rig::{LATENCY, Rig},
    sync_worker::SyncWorker,
};
use crate::{demo::seed::Shop, paths};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const SHOP: i64 = 90_019_000;
/// Watchers that connect at the same time.
const AT_ONCE: usize = 50;

/// Two syncs of a shop: one that nobody watches, one that many watch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchedRun {
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// Who watches.
    pub watchers: u32,
    /// How long it took while nobody watched.
    pub alone_seconds: f64,
    /// How long it took while they watched.
    pub watched_seconds: f64,
    /// Bytes that they got together.
    pub bytes: u64,
}

impl WatchedRun {
    /// The time of the watched one, in the other's.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.watched_seconds / self.alone_seconds
    }
}

/// Syncs a shop several times, with and without watchers in turn, each time with a new Worker.
///
/// # Errors
/// A run fails, or a watcher is refused.
pub async fn run(rig: &Rig, campaigns: u32, watchers: u32, rounds: u32) -> Result<Vec<WatchedRun>> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        // Whoever is second may find a warmer machine.
        let (first, second) = if round % 2 == 1 { (0, watchers) } else { (watchers, 0) };
        let (one, other) = (sync(rig, campaigns, first).await?, sync(rig, campaigns, second).await?);
        let (alone, watched) = if first == 0 { (one, other) } else { (other, one) };
        let (alone_seconds, watched_seconds, bytes) = (alone.0, watched.0, watched.1);
        let run = WatchedRun { campaigns, watchers, alone_seconds, watched_seconds, bytes };
        let ratio = run.ratio();
        eprintln!(
            "  round {round}: {alone_seconds:.2} s alone, {watched_seconds:.2} s watched, {ratio:.3}; {bytes} B"
        );
        runs.push(run);
    }
    Ok(runs)
}

/// The seconds of a sync, and the bytes that its watchers got.
async fn sync(rig: &Rig, campaigns: u32, watchers: u32) -> Result<(f64, u64)> {
    let site = rig.site(TEMPLATE, LATENCY).await?;
    let shop = Shop::new(SHOP, campaigns);
    rig.shops(&site, std::slice::from_ref(&shop)).await?;
    let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
    let bytes = Arc::new(AtomicU64::new(0));
    let taken = async {
        let mut connected = 0;
        let mut reading = JoinSet::new();
        while connected < watchers as usize {
            let now = AT_ONCE.min(watchers as usize - connected);
            for socket in futures_util::future::join_all((0..now).map(|_| watch(&worker, &shop))).await {
                reading.spawn(drain(socket?, Arc::clone(&bytes)));
            }
            connected += now;
        }
        worker.sync(&shop).await
    };
    let taken = taken.await;
    worker.stop().await;
    rig.clear(site).await?;
    Ok((taken?.seconds, bytes.load(Ordering::Relaxed)))
}

/// Opens a WebSocket by hand: a library would read what is only to be counted, on the cores that are measured.
async fn watch(worker: &SyncWorker<'_>, shop: &Shop) -> Result<TcpStream> {
    let (address, token) = worker.address();
    let mut socket = TcpStream::connect(&address).await?;
    let request = format!(
        "GET /v1/shops/{}/live HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: Upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        shop.id
    );
    socket.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.context("a watcher has no answer")?;
    ensure!(&status == b"HTTP/1.1 101", "a watcher is refused: {}", String::from_utf8_lossy(&status));
    Ok(socket)
}

/// Takes what comes until the socket ends.
async fn drain(mut socket: TcpStream, bytes: Arc<AtomicU64>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = socket.read(&mut buffer).await {
        bytes.fetch_add(count as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_what_watchers_cost() {
        let run =
            WatchedRun { campaigns: 1, watchers: 2, alone_seconds: 10.0, watched_seconds: 10.5, bytes: 3 };
        assert!((run.ratio() - 1.05).abs() < 1e-9);
    }
}
