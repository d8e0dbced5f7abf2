//! The proxy in front of an echo server.

use super::{Proxy, forward::CORRUPTED_BYTES_MIN};
use std::net::Ipv4Addr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

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

async fn ping(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
    stream.write_all(b"ping").await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.map(|_| answer)
}

#[tokio::test]
async fn a_reset_closes_open_connections_and_accepts_new_ones() {
    let proxy = Proxy::start(echo().await).await.unwrap();
    let connect = async || TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
    let mut first = connect().await;
    assert_eq!(ping(&mut first).await.unwrap(), *b"ping");
    assert!(proxy.reset_connections() >= 1);
    assert!(first.read(&mut [0]).await.map_or(true, |bytes| bytes == 0));
    let mut second = connect().await;
    assert_eq!(ping(&mut second).await.unwrap(), *b"ping");
}

#[tokio::test]
async fn responses_are_dropped_on_open_connections_only() {
    let proxy = Proxy::start(echo().await).await.unwrap();
    let connect = async || TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
    let mut first = connect().await;
    assert_eq!(ping(&mut first).await.unwrap(), *b"ping");
    assert_eq!(proxy.drop_responses(), 1);
    first.write_all(b"ping").await.unwrap();
    let mut second = connect().await;
    assert_eq!(ping(&mut second).await.unwrap(), *b"ping");
    assert!(first.try_read(&mut [0; 4]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

#[tokio::test]
async fn one_digit_of_a_large_packet_is_corrupted_once() {
    let proxy = Proxy::start(echo().await).await.unwrap();
    proxy.corrupt(1);
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
    assert_eq!(ping(&mut client).await.unwrap(), *b"ping");
    let sent = vec![b'7'; CORRUPTED_BYTES_MIN];
    for differences in [1, 0] {
        client.write_all(&sent).await.unwrap();
        let mut answer = vec![0; sent.len()];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer.iter().filter(|byte| **byte != b'7').count(), differences);
    }
    assert_eq!(proxy.pending_corruptions(), 0);
}

#[tokio::test]
async fn without_a_server_the_connection_is_closed() {
    let free = crate::stack::free_port().unwrap();
    let proxy = Proxy::start(free).await.unwrap();
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
    assert!(ping(&mut client).await.is_err());
}
