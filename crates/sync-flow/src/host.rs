//! The ports: what the flow needs from the platform. The Worker implements them with Workers, Queues, Durable Objects
//! and Hyperdrive; the simulation with memory, virtual time and faults at every await.

use crate::error::FlowError;
use crate::{
    commands::{AppCommand, Command},
    config::Config,
    queues::Queue,
};
use serde_json::Value;
use shopee::{HttpRequest, HttpResponse, TransportError};
use std::fmt;
use store::Db;
use sync_core::{AppId, BudgetMessage, ChunkMessage, Event, Shop, ShopChanges, ShopId, StartMessage};

/// The importance of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Everything works as planned.
    Info,
    /// An operator should look at it, or may have to soon.
    Warn,
    /// Something failed.
    Error,
}

/// One data point of the metrics.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// The shop.
    pub shop_id: i64,
    /// `chunk` or `run`.
    pub what: &'a str,
    /// Stage or kind.
    pub name: &'a str,
    /// The outcome.
    pub outcome: &'a str,
    /// Of a failed chunk: the class of its error, and the endpoint that was called; else empty.
    pub failure: [&'a str; 2],
    /// Duration in milliseconds, calls, ids or campaigns, rows written, attempt or retries.
    pub figures: [f64; 5],
}

/// A POST with a JSON body. Address and headers hold secrets: `Debug` omits them.
pub struct HttpPost {
    /// The full address.
    pub url: String,
    /// Names and values, beside the content type.
    pub headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub body: String,
}

impl fmt::Debug for HttpPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpPost").field("body", &self.body).finish_non_exhaustive()
    }
}

/// The platform for one invocation. Every error is a text for the log.
#[expect(async_fn_in_trait, reason = "a Worker has one thread: no future needs to be Send")]
pub trait Host {
    /// A connection to Postgres.
    type Db: Db;

    /// Unix milliseconds.
    fn now_ms(&self) -> i64;
    /// Uniform in 0..1, for jitter; not for secrets.
    fn random(&self) -> f64;
    /// Fills the buffer with cryptographically secure random bytes.
    fn random_bytes(&self, bytes: &mut [u8]);
    /// Waits for `ms` milliseconds.
    async fn sleep_ms(&self, ms: i64);
    /// Opens the invocation's connection to Postgres.
    async fn db(&self) -> Result<Self::Db, FlowError>;
    /// Sends one request to Shopee. Only `Calls` uses it, and holds a permit for each.
    async fn fetch(&self, request: HttpRequest, timeout_ms: u32) -> Result<HttpResponse, TransportError>;
    /// Sends a message to a sink. A redirect is an answer like any other: nothing follows it.
    async fn post(&self, request: &HttpPost, timeout_ms: u32) -> Result<HttpResponse, TransportError>;
    /// Sends a command to a shop's object. Returns its reply as JSON text.
    async fn ask_shop(&self, shop_id: ShopId, command: &Command) -> Result<String, FlowError>;
    /// Sends a command to an app's governor on behalf of a shop.
    async fn ask_governor(
        &self,
        app: AppId,
        shop_id: ShopId,
        command: &AppCommand,
    ) -> Result<String, FlowError>;
    /// Puts start messages into their queue. On an error some of them may have been sent.
    async fn send_start(&self, messages: &[StartMessage]) -> Result<(), FlowError>;
    /// Puts chunk messages into their queue. On an error some of them may have been sent.
    async fn send_chunks(&self, messages: &[ChunkMessage]) -> Result<(), FlowError>;
    /// Puts budget messages into their queue, each with its delivery delay. On an error some of them may have been
    /// sent.
    async fn send_budgets(&self, messages: &[BudgetMessage]) -> Result<(), FlowError>;
    /// Puts a body unchanged into the queue of this name.
    async fn send_raw(&self, queue: Queue, body: &str) -> Result<(), FlowError>;
    /// Writes a log line, which must never contain a token, a key or a signature.
    fn log(&self, level: Level, event: &str, fields: Value);
    /// Writes a data point of the metrics. Never fails.
    fn point(&self, point: &Point<'_>);
    /// The deployment's variables and secrets.
    fn config(&self) -> Result<Config, FlowError>;
    /// The instance's linear memory, in bytes; 0 if unknown.
    fn memory_bytes(&self) -> usize;

    /// An event at the current time.
    fn event(&self) -> Event {
        Event { now_ms: self.now_ms(), random: self.random() }
    }
}

/// A Durable Object's own storage. Writes are durable once the call returns.
#[expect(async_fn_in_trait, reason = "a Worker has one thread: no future needs to be Send")]
pub trait Storage {
    /// Reads a shop's state.
    fn load_shop(&self, shop_id: ShopId) -> Result<Shop, FlowError>;
    /// Writes what an event changed, all or nothing.
    fn save_shop(&self, shop: &Shop, changes: &ShopChanges) -> Result<(), FlowError>;
    /// Reads a small document by name.
    fn record(&self, name: &str) -> Result<Option<String>, FlowError>;
    /// Writes a small document.
    fn put_record(&self, name: &str, body: &str) -> Result<(), FlowError>;
    /// Sets the object's only alarm.
    async fn set_alarm(&self, at_ms: i64) -> Result<(), FlowError>;
}
