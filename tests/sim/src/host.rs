//! The ports: each call is a point at which the scheduler decides what happens next.

use crate::{
    budgets,
    faults::Fault,
    shopee,
    tasks::Slot,
    unanswered, variants,
    world::{Name, World},
};
use ::shopee::{HttpResponse, TransportError};
use rand::Rng;
use serde_json::Value;
use std::rc::Rc;
use store::{Db, DbError, Param, Statement};
use sync_core::{AppId, BudgetMessage, ChunkMessage, ShopId, StartMessage};
use sync_flow::error::FlowError;
use sync_flow::{
    commands::{AppCommand, Command, Envelope},
    config::Config,
    host::{Host, HttpPost, Level, Point},
    queues::Queue,
};

/// How long the Worker waits for a statement (`src/adapter/deadline.rs`).
const STATEMENT_MS: i64 = 10_000;
/// How long it waits for an object.
const OBJECT_MS: i64 = 40_000;

/// The platform under one task.
#[derive(Clone)]
pub struct SimHost {
    pub world: Rc<World>,
}

impl Host for SimHost {
    type Db = SimDb;

    fn now_ms(&self) -> i64 {
        self.world.now_ms.get()
    }

    fn random(&self) -> f64 {
        f64::from(self.world.pick(1_000)) / 1_000.0
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        self.world.rng.borrow_mut().fill_bytes(bytes);
    }

    async fn sleep_ms(&self, ms: i64) {
        self.world.pause(ms).await;
    }

    async fn db(&self) -> Result<SimDb, FlowError> {
        self.world.hop().await;
        let is_refused = !self.world.pooled.get() && self.world.is_away();
        if is_refused || self.world.strikes(Fault::PostgresRefuses) {
            return Err(FlowError::platform("connection refused"));
        }
        Ok(SimDb { world: Rc::clone(&self.world) })
    }

    async fn fetch(
        &self,
        request: ::shopee::HttpRequest,
        timeout_ms: u32,
    ) -> Result<::shopee::HttpResponse, ::shopee::TransportError> {
        shopee::fetch(&self.world, request, timeout_ms).await
    }

    async fn post(&self, _: &HttpPost, _: u32) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Network("there are no sinks here".to_owned()))
    }

    async fn ask_shop(&self, shop_id: ShopId, command: &Command) -> Result<String, FlowError> {
        let text = serde_json::to_string(&Envelope { shop_id, command }).expect("plain data");
        variants::seen(&self.world, shop_id, command);
        self.ask(Name::Shop(shop_id.0), text).await
    }

    async fn ask_governor(
        &self,
        app: AppId,
        shop_id: ShopId,
        command: &AppCommand,
    ) -> Result<String, FlowError> {
        let text = serde_json::to_string(&Envelope { shop_id, command }).expect("plain data");
        self.ask(Name::App(app.0), text).await
    }

    async fn send_start(&self, messages: &[StartMessage]) -> Result<(), FlowError> {
        let bodies = messages.iter().map(|message| serde_json::to_string(message).expect("plain data"));
        self.send(Queue::Start.name(), bodies.map(|body| (body, 0)).collect()).await
    }

    async fn send_chunks(&self, messages: &[ChunkMessage]) -> Result<(), FlowError> {
        let bodies = messages.iter().map(|message| serde_json::to_string(message).expect("plain data"));
        self.send(Queue::Chunk.name(), bodies.map(|body| (body, 0)).collect()).await
    }

    async fn send_budgets(&self, messages: &[BudgetMessage]) -> Result<(), FlowError> {
        let body = |message: &BudgetMessage| {
            (serde_json::to_string(message).expect("plain data"), i64::from(message.delay_seconds) * 1_000)
        };
        self.send(Queue::Budget.name(), messages.iter().map(body).collect()).await
    }

    async fn send_raw(&self, queue: Queue, body: &str) -> Result<(), FlowError> {
        self.send(queue.name(), vec![(body.to_owned(), 0)]).await
    }

    fn log(&self, level: Level, event: &str, fields: Value) {
        self.world.note(level, event, &fields);
    }

    fn point(&self, _: &Point<'_>) {}

    fn config(&self) -> Result<Config, FlowError> {
        Ok(self.world.config.clone())
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

impl SimHost {
    async fn ask(&self, name: Name, text: String) -> Result<String, FlowError> {
        self.world.bill(|cost| cost.object_requests += 1);
        self.world.hop().await;
        if self.world.strikes(Fault::ObjectSilent) {
            return Err(FlowError::platform("the object did not answer"));
        }
        if self.world.strikes(Fault::SlowObject) {
            self.world.pause(self.world.pick(20_000).into()).await;
        }
        let reply = Slot::new();
        let event = Event(Rc::clone(&self.world), World::call_object(&self.world, name, text, reply.clone()));
        if self.world.strikes(Fault::ObjectHangs) {
            self.world.pause(OBJECT_MS).await;
            return Err(FlowError::platform("the object did not answer in time"));
        }
        let answer = reply.take().await;
        drop(event);
        if self.world.strikes(Fault::SlowObject) {
            self.world.pause(self.world.pick(20_000).into()).await;
        }
        if self.world.strikes(Fault::ObjectReplyLost) {
            return Err(FlowError::platform("the object's answer was lost"));
        }
        answer
    }

    async fn send(&self, queue: &'static str, bodies: Vec<(String, i64)>) -> Result<(), FlowError> {
        self.world.hop().await;
        if self.world.strikes(Fault::SendFails) {
            return Err(FlowError::platform("the queue did not take it"));
        }
        for (body, delay_ms) in bodies {
            self.world.enqueue_after(queue, &body, delay_ms);
            if self.world.strikes(Fault::DuplicateMessage) {
                self.world.enqueue_after(queue, &body, delay_ms);
            }
        }
        if self.world.strikes(Fault::SendFailsAfter) {
            return Err(FlowError::platform("the queue took it and did not say so"));
        }
        Ok(())
    }
}

/// An object's event, as its caller sees it: where the caller dies, the platform may end the event too.
struct Event(Rc<World>, u64);

impl Drop for Event {
    fn drop(&mut self) {
        self.0.abandon(self.1);
    }
}

/// A connection to the model.
pub struct SimDb {
    world: Rc<World>,
}

impl Db for SimDb {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let failed = |message: &str| DbError::new(message);
        self.world.bill(|cost| cost.statements += 1);
        self.world.hop().await;
        if self.world.is_away() || self.world.strikes(Fault::PostgresFailsBefore) {
            return Err(failed("the statement did not run"));
        }
        if self.world.strikes(Fault::PostgresDamages) {
            // The connection has sent it twice by then.
            return Err(DbError { code: Some("ADS01".to_owned()), ..failed("the statement was damaged") });
        }
        if self.world.strikes(Fault::PostgresSilent) {
            unanswered::execute(&self.world, statement, params);
            self.world.pause(STATEMENT_MS).await;
            // The connection sends it once more.
            if self.world.strikes(Fault::PostgresSilent) {
                unanswered::execute(&self.world, statement, params);
                self.world.pause(STATEMENT_MS).await;
                return Err(DbError::late(statement.name, STATEMENT_MS));
            }
        }
        if self.world.strikes(Fault::SlowPostgres) {
            self.world.pause(self.world.pick(100_000).into()).await;
        }
        let before = budgets::old_tables::before(&self.world, statement, params)?;
        let rows = variants::execute(&self.world, statement, params);
        budgets::old_tables::check(&self.world, before)?;
        self.world.hop().await;
        if self.world.strikes(Fault::SlowPostgres) {
            let slow_ms = self.world.pick(100_000).into();
            budgets::slow(&self.world, slow_ms);
            self.world.pause(slow_ms).await;
        }
        if self.world.strikes(Fault::PostgresFailsAfter) {
            return Err(failed("the connection broke after the commit"));
        }
        Ok(rows)
    }
}
