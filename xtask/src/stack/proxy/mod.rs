//! A TCP proxy that injects faults of networks and poolers: connection resets, corrupted packets, lost responses.

mod forward;

use super::pipelining::StatementCounts;
use anyhow::{Context, Result};
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

/// Maximum number of concurrent connections; further ones wait.
const CONNECTIONS_MAX: usize = 500;

/// The faults to inject, as seen by the connections.
#[derive(Clone)]
struct Faults {
    resets: watch::Receiver<u64>,
    response_drops: watch::Receiver<u64>,
    is_frozen: Arc<AtomicBool>,
    corruptions_left: Arc<AtomicU32>,
    statements: Arc<StatementCounts>,
}

/// A running proxy. Dropping it closes all its connections.
pub struct Proxy {
    port: u16,
    places: Arc<Semaphore>,
    resets: watch::Sender<u64>,
    response_drops: watch::Sender<u64>,
    is_frozen: Arc<AtomicBool>,
    corruptions_left: Arc<AtomicU32>,
    statements: Arc<StatementCounts>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts it in front of a local port.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the proxy")?;
        let port = listener.local_addr()?.port();
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (resets, response_drops) = (watch::Sender::new(0), watch::Sender::new(0));
        let (is_frozen, corruptions_left) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let statements = Arc::new(StatementCounts::default());
        let faults = Faults {
            resets: resets.subscribe(),
            response_drops: response_drops.subscribe(),
            is_frozen: Arc::clone(&is_frozen),
            corruptions_left: Arc::clone(&corruptions_left),
            statements: Arc::clone(&statements),
        };
        let task = tokio::spawn(forward::accept(listener, target, Arc::clone(&places), faults));
        Ok(Self { port, places, resets, response_drops, is_frozen, corruptions_left, statements, task })
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        CONNECTIONS_MAX.saturating_sub(self.places.available_permits())
    }

    /// Resets all open connections in both directions, and drops data in flight. New connections are accepted.
    /// Returns the number of connections reset.
    pub fn reset_connections(&self) -> usize {
        let open = self.connections();
        self.resets.send_modify(|resets| *resets += 1);
        open
    }

    /// Drops all further responses on the connections that are currently open. New connections are not affected.
    /// Returns the number of affected connections.
    pub fn drop_responses(&self) -> usize {
        let open = self.connections();
        self.response_drops.send_modify(|response_drops| *response_drops += 1);
        open
    }

    /// While frozen, drops the responses on open and new connections, as if the server hung.
    pub fn freeze(&self, is_frozen: bool) {
        self.is_frozen.store(is_frozen, Ordering::Relaxed);
        if is_frozen {
            self.drop_responses();
        }
    }

    /// Replaces one digit in each of the next `packets` large packets sent to the server.
    pub fn corrupt(&self, packets: u32) {
        self.corruptions_left.store(packets, Ordering::Relaxed);
    }

    /// Counts of the statements forwarded.
    #[must_use]
    pub fn statement_counts(&self) -> &StatementCounts {
        &self.statements
    }

    /// The number of packets still to be corrupted.
    #[must_use]
    pub fn pending_corruptions(&self) -> u32 {
        self.corruptions_left.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.reset_connections();
    }
}

#[cfg(test)]
mod tests;
