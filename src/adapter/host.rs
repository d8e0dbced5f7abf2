//! Implements the flow's ports on Workers.

use super::{
    Connection, Deadlines, fetch, log, memory_bytes, metrics, now_ms, object, outbox, postgres, variable,
};
use serde_json::Value;
use shopee::{HttpRequest, HttpResponse, TransportError};
use sync_core::{AppId, BudgetMessage, ChunkMessage, ShopId, StartMessage};
use sync_flow::error::FlowError;
use sync_flow::{
    commands::{AppCommand, Command},
    config::Config,
    host::{Host, HttpPost, Level, Point},
    queues::Queue,
};
use worker::Env;

/// The platform for one invocation.
pub struct WorkerHost<'e> {
    env: &'e Env,
    deadlines: Deadlines,
}

impl<'e> WorkerHost<'e> {
    /// The platform with these bindings, for a handler with these deadlines.
    pub fn new(env: &'e Env, deadlines: Deadlines) -> Self {
        Self { env, deadlines }
    }
}

impl<'e> Host for WorkerHost<'e> {
    type Db = Connection<'e>;

    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        fetch::random_bytes(bytes);
    }

    async fn sleep_ms(&self, ms: i64) {
        fetch::sleep(ms).await;
    }

    async fn db(&self) -> Result<Connection<'e>, FlowError> {
        postgres::connect(self.env, self.deadlines).await
    }

    async fn fetch(&self, request: HttpRequest, timeout_ms: u32) -> Result<HttpResponse, TransportError> {
        fetch::send(request, timeout_ms).await
    }

    async fn post(&self, request: &HttpPost, timeout_ms: u32) -> Result<HttpResponse, TransportError> {
        fetch::post(request, timeout_ms).await
    }

    async fn ask_shop(&self, shop_id: ShopId, command: &Command) -> Result<String, FlowError> {
        let ms = self.deadlines.object_ms;
        object::ask(self.env, ("SHOP_SYNC", &shop_id.0.to_string()), ms, shop_id, command).await
    }

    async fn ask_governor(
        &self,
        app: AppId,
        shop_id: ShopId,
        command: &AppCommand,
    ) -> Result<String, FlowError> {
        let ms = self.deadlines.object_ms;
        object::ask(self.env, ("APP_GOVERNOR", &app.0.to_string()), ms, shop_id, command).await
    }

    async fn send_start(&self, messages: &[StartMessage]) -> Result<(), FlowError> {
        outbox::send(self.env, Queue::Start, messages).await
    }

    async fn send_chunks(&self, messages: &[ChunkMessage]) -> Result<(), FlowError> {
        outbox::send(self.env, Queue::Chunk, messages).await
    }

    async fn send_budgets(&self, messages: &[BudgetMessage]) -> Result<(), FlowError> {
        outbox::send_delayed(self.env, Queue::Budget, messages, |message| message.delay_seconds).await
    }

    async fn send_raw(&self, queue: Queue, body: &str) -> Result<(), FlowError> {
        outbox::send_bodies(self.env, queue, &[(body.to_owned(), 0)]).await
    }

    fn log(&self, level: Level, event: &str, fields: Value) {
        log::line(level, event, fields);
    }

    fn point(&self, point: &Point<'_>) {
        metrics::write(self.env, point);
    }

    fn config(&self) -> Result<Config, FlowError> {
        Config::read(|name| variable(self.env, name))
    }

    fn memory_bytes(&self) -> usize {
        memory_bytes()
    }
}
