//! The server: listens, serves, stops.

use crate::api::{self, HangUp};
use crate::config::Config;
use crate::control;
use crate::limits::{BODY_BYTES_MAX, CONNECTIONS_MAX};
use crate::state::Platform;
use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tower_service::Service;

/// A running fake platform. Dropping it stops it too.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Binds 127.0.0.1 and starts to serve. Fails if the port is taken or a setting is out of range.
    pub async fn start(config: Config) -> Result<Self> {
        ensure!(!config.partner_key.is_empty(), "partner_key: must not be empty");
        ensure!(config.partner_id <= u64::from(u32::MAX), "partner_id: allowed are 0 to 4294967295");
        let port = config.port;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("cannot listen on 127.0.0.1, port {port}"))?;
        let address = listener.local_addr()?;
        // Tokens of an earlier server are not valid here.
        let salt = RandomState::new().hash_one(address);
        let platform = Arc::new(Platform::new(config, salt));
        platform.behaviour().check().map_err(anyhow::Error::msg)?;
        let router = Router::new()
            .nest("/_mock", control::routes())
            .fallback(api::serve)
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(platform);
        Ok(Self { address, task: tokio::spawn(accept(listener, router)) })
    }

    /// The base address, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops at once: open calls are aborted, and the port is free afterwards.
    pub async fn stop(mut self) {
        self.task.abort();
        // The only error is that the task was cancelled, as intended.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts connections until it is cancelled, which closes them all.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                connections.spawn(serve(stream, router.clone()));
            }
            // Too many connections, the peer is gone, or no file handles are left: others may end meanwhile.
            Ok(_) | Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn serve(stream: TcpStream, router: Router) {
    // Send small answers without delay.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(router.clone(), request));
    // An error means that the peer left, or that a fault closed the connection.
    let _ =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(mut router: Router, request: Request<Incoming>) -> io::Result<Response> {
    let response = match router.call(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<HangUp>().is_some() {
        return Err(io::Error::other("closed without an answer"));
    }
    Ok(response)
}
