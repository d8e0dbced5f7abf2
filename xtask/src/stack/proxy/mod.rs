//! A TCP proxy that can do to what goes through it what networks and poolers do: cut it, damage it, keep an answer back.

use super::turns::{Counts, Turns};
use anyhow::{Context, Result};
use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Semaphore, watch},
    task::JoinHandle,
};

/// Most connections at a time; further ones wait until one ends.
const CONNECTIONS_MAX: usize = 500;
/// Bytes that are passed on at once, at most.
const PASSED_BYTES_MAX: usize = 64 * 1024;
/// Only what is at least as long is damaged: a statement with a body, not a login.
const DAMAGED_BYTES_MIN: usize = 8 * 1024;

/// What the connections look at.
#[derive(Clone)]
struct Faults {
    cuts: watch::Receiver<u64>,
    silences: watch::Receiver<u64>,
    is_frozen: Arc<AtomicBool>,
    to_damage: Arc<AtomicU32>,
    turns: Arc<Counts>,
}

/// A running proxy. Dropping it ends it, with all its connections.
pub struct Proxy {
    port: u16,
    places: Arc<Semaphore>,
    cuts: watch::Sender<u64>,
    silences: watch::Sender<u64>,
    is_frozen: Arc<AtomicBool>,
    to_damage: Arc<AtomicU32>,
    turns: Arc<Counts>,
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
        let (cuts, silences) = (watch::Sender::new(0), watch::Sender::new(0));
        let (is_frozen, to_damage) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let turns = Arc::new(Counts::default());
        let faults = Faults {
            cuts: cuts.subscribe(),
            silences: silences.subscribe(),
            is_frozen: Arc::clone(&is_frozen),
            to_damage: Arc::clone(&to_damage),
            turns: Arc::clone(&turns),
        };
        let task = tokio::spawn(accept(listener, target, Arc::clone(&places), faults));
        Ok(Self { port, places, cuts, silences, is_frozen, to_damage, turns, task })
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

    /// Keeps back, for good, all answers on the connections that are open now. New connections are let through.
    /// Answers with how many there were.
    pub fn silence(&self) -> usize {
        let open = self.connections();
        self.silences.send_modify(|silences| *silences += 1);
        open
    }

    /// While it is frozen, no answer passes, on open connections nor on new ones: as if the server's machine stood still.
    pub fn freeze(&self, is_frozen: bool) {
        self.is_frozen.store(is_frozen, Ordering::Relaxed);
        if is_frozen {
            self.silence();
        }
    }

    /// Has one digit replaced in each of the next so many large packets on their way to the server.
    pub fn damage(&self, packets: u32) {
        self.to_damage.store(packets, Ordering::Relaxed);
    }

    /// The statements that went through it.
    #[must_use]
    pub fn turns(&self) -> &Counts {
        &self.turns
    }

    /// Packets that are still to be damaged.
    #[must_use]
    pub fn undamaged(&self) -> u32 {
        self.to_damage.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, target: u16, places: Arc<Semaphore>, faults: Faults) {
    loop {
        // The peer may be gone already.
        let Ok((client, _)) = listener.accept().await else { continue };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let mut faults = faults.clone();
        faults.cuts.mark_unchanged();
        faults.silences.mark_unchanged();
        tokio::spawn(async move {
            let mut cuts = faults.cuts.clone();
            tokio::select! {
                // How a connection ends is its two ends' affair.
                () = pass(client, target, faults) => {}
                _ = cuts.changed() => {}
            }
            drop(place);
        });
    }
}

async fn pass(client: TcpStream, target: u16, faults: Faults) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    for stream in [&client, &server] {
        // Small packets must not wait, and a cut is a reset, not a polite end.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_zero_linger();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let turns = Turns::new(&faults.turns);
    let _ = tokio::join!(
        requests(from_client, to_server, &faults.to_damage, &turns),
        answers(from_server, to_client, faults.silences, faults.is_frozen.load(Ordering::Relaxed), &turns),
    );
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    to_damage: &AtomicU32,
    turns: &Turns<'_>,
) -> io::Result<()> {
    let mut bytes = vec![0; PASSED_BYTES_MAX];
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let packet = &mut bytes[..length];
        turns.sent(packet);
        if length >= DAMAGED_BYTES_MIN
            && to_damage
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
        {
            damage(packet);
        }
        to.write_all(packet).await?;
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut silences: watch::Receiver<u64>,
    mut is_silent: bool,
    turns: &Turns<'_>,
) -> io::Result<()> {
    let mut bytes = vec![0; PASSED_BYTES_MAX];
    loop {
        let length = tokio::select! {
            length = from.read(&mut bytes) => length?,
            changed = silences.changed(), if !is_silent => {
                is_silent = changed.is_ok();
                continue;
            }
        };
        match length {
            0 => return to.shutdown().await,
            _ if is_silent => {}
            length => {
                turns.answered(&bytes[..length]);
                to.write_all(&bytes[..length]).await?;
            }
        }
    }
}

/// Replaces a digit by another one: nothing that reads it will notice. In the later half, where a statement's values are.
fn damage(packet: &mut [u8]) {
    let later = packet.len() / 2;
    if let Some(digit) = packet[later..].iter_mut().find(|byte| byte.is_ascii_digit()) {
        *digit = b'0' + (*digit - b'0' + 1) % 10;
    }
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
    async fn a_silence_keeps_back_the_answers_of_open_connections_only() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let connect = async || TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        let mut first = connect().await;
        assert_eq!(say(&mut first).await.unwrap(), *b"ping");
        assert_eq!(proxy.silence(), 1);
        first.write_all(b"ping").await.unwrap();
        let mut second = connect().await;
        assert_eq!(say(&mut second).await.unwrap(), *b"ping");
        assert!(
            first.try_read(&mut [0; 4]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        );
    }

    #[tokio::test]
    async fn one_digit_of_a_large_packet_is_damaged_once() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        proxy.damage(1);
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        assert_eq!(say(&mut client).await.unwrap(), *b"ping");
        let sent = vec![b'7'; DAMAGED_BYTES_MIN];
        for differences in [1, 0] {
            client.write_all(&sent).await.unwrap();
            let mut answer = vec![0; sent.len()];
            client.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer.iter().filter(|byte| **byte != b'7').count(), differences);
        }
        assert_eq!(proxy.undamaged(), 0);
    }

    #[tokio::test]
    async fn nothing_behind_it_is_a_closed_connection() {
        let free = super::super::free_port().unwrap();
        let proxy = Proxy::start(free).await.unwrap();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        assert!(say(&mut client).await.is_err());
    }
}
