//! A TCP proxy that can cut what goes through it, as networks do.

use anyhow::{Context, Result};
use std::{net::Ipv4Addr, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
};

/// Most connections at a time; further ones wait until one ends.
const CONNECTIONS_MAX: usize = 500;

/// A running proxy. Dropping it ends it, with all its connections.
pub struct Proxy {
    port: u16,
    places: Arc<Semaphore>,
    cuts: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts it in front of a port of this machine.
    ///
    /// # Errors
    /// The machine has no port left.
    pub async fn start(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the proxy")?;
        let port = listener.local_addr()?.port();
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let cuts = watch::Sender::new(0);
        let task = tokio::spawn(accept(listener, target, Arc::clone(&places), cuts.subscribe()));
        Ok(Self { port, places, cuts, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections that go through it now.
    #[must_use]
    pub fn connections(&self) -> usize {
        CONNECTIONS_MAX.saturating_sub(self.places.available_permits())
    }

    /// Cuts all connections at once, both ways, with what is under way in them. New ones are let through.
    /// Answers with how many there were.
    pub fn cut(&self) -> usize {
        let open = self.connections();
        self.cuts.send_modify(|cuts| *cuts += 1);
        open
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, target: u16, places: Arc<Semaphore>, cuts: watch::Receiver<u64>) {
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        // The peer may be gone already.
        let Ok((client, _)) = listener.accept().await else { continue };
        let mut cut = cuts.clone();
        cut.mark_unchanged();
        tokio::spawn(async move {
            tokio::select! {
                // How a connection ends is its two ends' affair.
                () = pass(client, target) => {}
                _ = cut.changed() => {}
            }
            drop(place);
        });
    }
}

async fn pass(mut client: TcpStream, target: u16) {
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    for stream in [&client, &server] {
        // Small packets must not wait, and a cut is a reset, not a polite end.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_zero_linger();
    }
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        port
    }

    async fn say(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        stream.write_all(b"ping").await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await.map(|_| answer)
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_open_and_lets_new_connections_through() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let connect = async || TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        let mut first = connect().await;
        assert_eq!(say(&mut first).await.unwrap(), *b"ping");
        assert!(proxy.cut() >= 1);
        assert!(first.read(&mut [0]).await.map_or(true, |bytes| bytes == 0));
        let mut second = connect().await;
        assert_eq!(say(&mut second).await.unwrap(), *b"ping");
    }

    #[tokio::test]
    async fn nothing_behind_it_is_a_closed_connection() {
        let free = super::super::free_port().unwrap();
        let proxy = Proxy::start(free).await.unwrap();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        assert!(say(&mut client).await.is_err());
    }
}
