//! Forwarding between a client and the server, with the faults that the proxy injects.

use super::Faults;
use crate::stack::pipelining::PipeliningCheck;
use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Semaphore, watch},
};

/// Bytes forwarded at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// Packets shorter than this are not corrupted: a statement with a body is longer, a login is not.
pub(super) const CORRUPTED_BYTES_MIN: usize = 8 * 1024;

/// Accepts connections and forwards each in a task of its own.
pub(super) async fn accept(listener: TcpListener, target: u16, places: Arc<Semaphore>, faults: Faults) {
    loop {
        // The client may have disconnected already.
        let Ok((client, _)) = listener.accept().await else { continue };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let mut faults = faults.clone();
        faults.resets.mark_unchanged();
        faults.response_drops.mark_unchanged();
        tokio::spawn(async move {
            let mut resets = faults.resets.clone();
            tokio::select! {
                // Errors of a connection concern only its two ends.
                () = forward(client, target, faults) => {}
                _ = resets.changed() => {}
            }
            drop(place);
        });
    }
}

async fn forward(client: TcpStream, target: u16, faults: Faults) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    for stream in [&client, &server] {
        // No Nagle delay, and closing sends a reset instead of a graceful FIN.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_zero_linger();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let pipelining = PipeliningCheck::new(&faults.statements);
    let _ = tokio::join!(
        requests(from_client, to_server, &faults.corruptions_left, &pipelining),
        responses(
            from_server,
            to_client,
            faults.response_drops,
            faults.is_frozen.load(Ordering::Relaxed),
            &pipelining
        ),
    );
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    corruptions_left: &AtomicU32,
    pipelining: &PipeliningCheck<'_>,
) -> io::Result<()> {
    let mut bytes = vec![0; BUFFER_BYTES];
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let packet = &mut bytes[..length];
        pipelining.client_sent(packet);
        if length >= CORRUPTED_BYTES_MIN
            && corruptions_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
        {
            corrupt(packet);
        }
        to.write_all(packet).await?;
    }
}

async fn responses(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut response_drops: watch::Receiver<u64>,
    mut drops_responses: bool,
    pipelining: &PipeliningCheck<'_>,
) -> io::Result<()> {
    let mut bytes = vec![0; BUFFER_BYTES];
    loop {
        let length = tokio::select! {
            length = from.read(&mut bytes) => length?,
            changed = response_drops.changed(), if !drops_responses => {
                drops_responses = changed.is_ok();
                continue;
            }
        };
        match length {
            0 => return to.shutdown().await,
            _ if drops_responses => {}
            length => {
                pipelining.server_sent(&bytes[..length]);
                to.write_all(&bytes[..length]).await?;
            }
        }
    }
}

/// Replaces a digit by another one, which no parser rejects; in the second half, which holds a statement's values.
fn corrupt(packet: &mut [u8]) {
    let second_half = packet.len() / 2;
    if let Some(digit) = packet[second_half..].iter_mut().find(|byte| byte.is_ascii_digit()) {
        *digit = b'0' + (*digit - b'0' + 1) % 10;
    }
}
