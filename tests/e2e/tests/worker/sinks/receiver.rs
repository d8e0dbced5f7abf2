//! A receiver of webhooks that does what a test tells it to.

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use std::{
    mem,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;

/// What it answers to one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reply {
    /// It has taken the message.
    #[default]
    Taken,
    /// This status.
    Status(u16),
    /// 429, and to come back in five minutes.
    Busy,
    /// It sends the caller to an address of a private network.
    Redirect,
    /// It never answers.
    Nothing,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub signature: String,
    pub body: Value,
}

#[derive(Default)]
struct Seen {
    next: Reply,
    taken: Vec<Message>,
    refused: Vec<String>,
}

/// A server on this machine, until the program ends.
pub struct Receiver {
    at: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    pub async fn start() -> Result<Self> {
        let seen = Arc::<Mutex<Seen>>::default();
        let app = Router::new().route("/hook", post(receive)).with_state(seen.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { at, seen })
    }

    pub fn address(&self) -> String {
        format!("http://{}/hook", self.at)
    }

    /// What it answers to the next message; those after it are taken.
    pub fn replies(&self, next: Reply) {
        lock(&self.seen).next = next;
    }

    /// The messages that it has taken.
    pub fn taken(&self) -> Vec<Message> {
        lock(&self.seen).taken.clone()
    }

    /// The ids of the messages that it has not.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.seen).refused.clone()
    }
}

async fn receive(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: String) -> Response {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let message = Message {
        id: header("webhook-id"),
        signature: header("webhook-signature"),
        body: serde_json::from_str(&body).unwrap_or_default(),
    };
    let reply = {
        let mut seen = lock(&seen);
        let reply = mem::take(&mut seen.next);
        match reply {
            Reply::Taken => seen.taken.push(message),
            _ => seen.refused.push(message.id),
        }
        reply
    };
    match reply {
        Reply::Taken => StatusCode::OK.into_response(),
        Reply::Status(status) => StatusCode::from_u16(status).unwrap_or_default().into_response(),
        Reply::Busy => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "300")]).into_response(),
        Reply::Redirect => (StatusCode::FOUND, [("location", "http://10.0.0.1/hook")]).into_response(),
        Reply::Nothing => std::future::pending().await,
    }
}
