//! `ShopSync`: one object a shop, the only place that decides what of a run may happen next.
//!
//! Every event runs the same way: call the core, store what changed in one transaction, arm the alarm, send the
//! messages. An object that dies between storing and sending has the chunk recorded as queued; the alarm finds it.

use super::{
    command::{Command, Envelope},
    storage,
};
use crate::{
    adapter::{log, metrics, now_ms, outbox, postgres, random},
    sync::project,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use sync_core::{Changes, Event, ProjectionResult, Receipt, Shop, ShopId};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// While a projection is written, the alarm stands this far ahead, so that a crash is found again.
const GUARD_ALARM_MS: i64 = 30_000;

#[durable_object]
pub struct ShopSync {
    state: State,
    env: Env,
    shop: RefCell<Option<Shop>>,
    alarm_ms: Cell<Option<i64>>,
}

impl DurableObject for ShopSync {
    fn new(state: State, env: Env) -> Self {
        if let Err(error) = storage::prepare(&state.storage()) {
            log::error("object_storage_failed", json!({ "error": error.to_string() }));
        }
        Self { state, env, shop: RefCell::new(None), alarm_ms: Cell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let envelope: Envelope = match serde_json::from_str(&request.text().await?) {
            Ok(envelope) => envelope,
            Err(error) => return Response::error(format!("not a command: {error}"), 400),
        };
        match self.execute(envelope.shop_id, envelope.command).await {
            Ok(reply) => Response::ok(reply.to_string()),
            Err(error) => {
                let message = error.to_string();
                log::error("object_failed", json!({ "shop": envelope.shop_id, "error": message }));
                Response::error(message, 500)
            }
        }
    }

    /// Every `.await` here may be the last: the guard alarm is set before the first one.
    async fn alarm(&self) -> Result<Response> {
        self.alarm_ms.set(None);
        if let Err(error) = self.tick().await {
            log::error("alarm_failed", json!({ "error": error.to_string() }));
            self.arm(Some(now_ms().saturating_add(GUARD_ALARM_MS))).await?;
        }
        Response::empty()
    }
}

impl ShopSync {
    async fn execute(&self, shop_id: ShopId, command: Command) -> Result<Value> {
        match command {
            Command::Begin { request } => self.apply(shop_id, |shop, event| shop.begin(event, request)).await,
            Command::ClaimListing { generation } => {
                self.apply(shop_id, |shop, event| shop.claim_listing(event, generation)).await
            }
            Command::Page { generation, attempt, page } => {
                self.apply(shop_id, |shop, event| shop.page(event, generation, attempt, &page)).await
            }
            Command::ListingFailed { generation, attempt, failure } => {
                self.apply(shop_id, |shop, event| shop.listing_failed(event, generation, attempt, &failure))
                    .await
            }
            Command::Claim { generation, key, attempt } => {
                self.apply(shop_id, |shop, event| shop.claim(event, generation, key, attempt)).await
            }
            Command::Commit { generation, key, attempt, outcome } => {
                self.apply(shop_id, |shop, event| shop.commit(event, generation, key, attempt, outcome)).await
            }
            Command::Cancel { generation, reason } => {
                self.apply(shop_id, |shop, event| shop.cancel(event, generation, &reason)).await
            }
            Command::Wake => {
                // The alarm may be the very thing that was lost, so what is remembered of it does not count.
                self.alarm_ms.set(None);
                self.apply(shop_id, |shop, _| view(shop)).await
            }
            Command::View => self.with_shop(shop_id, view),
        }
    }

    /// Runs one event: core, storage, alarm, messages.
    async fn apply<R: Serialize>(
        &self,
        shop_id: ShopId,
        work: impl FnOnce(&mut Shop, Event) -> R,
    ) -> Result<Value> {
        let event = Event { now_ms: now_ms(), random: random() };
        let (reply, changes, alarm_ms) = self.with_shop(shop_id, |shop| {
            let reply = work(shop, event);
            shop.alarm(event);
            (serde_json::to_value(reply), shop.take_changes(), shop.next_alarm_ms(event.now_ms))
        })?;
        self.store(&changes)?;
        self.arm(alarm_ms).await?;
        self.send(shop_id, changes).await?;
        Ok(reply?)
    }

    fn with_shop<R>(&self, shop_id: ShopId, work: impl FnOnce(&mut Shop) -> R) -> Result<R> {
        let mut slot = self.shop.try_borrow_mut().map_err(|_| worker::Error::from("the object is in use"))?;
        if slot.is_none() {
            *slot = Some(storage::load(&self.state.storage(), shop_id)?);
        }
        match slot.as_mut() {
            Some(shop) => Ok(work(shop)),
            None => Err("the object has no state".into()),
        }
    }

    /// On an error the memory is dropped, so that the next event starts from what is stored.
    fn store(&self, changes: &Changes) -> Result<()> {
        let slot = self.shop.borrow();
        let Some(shop) = slot.as_ref() else { return Ok(()) };
        let stored = storage::save(&self.state.storage(), shop, changes);
        drop(slot);
        if stored.is_err() {
            self.shop.replace(None);
        }
        stored
    }

    async fn arm(&self, alarm_ms: Option<i64>) -> Result<()> {
        let Some(at_ms) = alarm_ms else { return Ok(()) };
        if self.alarm_ms.get().is_some_and(|armed| armed <= at_ms && armed > now_ms()) {
            return Ok(());
        }
        self.alarm_ms.set(Some(at_ms));
        self.state.storage().set_alarm(at_ms.saturating_sub(now_ms()).max(1)).await
    }

    async fn send(&self, shop_id: ShopId, changes: Changes) -> Result<()> {
        let starts = match changes.start_messages.as_slice() {
            [] => Ok(()),
            messages => outbox::send_start(&self.env, messages, 0).await,
        };
        let chunks = match changes.chunk_messages.as_slice() {
            [] => Ok(()),
            messages => outbox::send_chunks(&self.env, messages).await,
        };
        let Err(error) = starts.and(chunks) else { return Ok(()) };
        log::warn("send_failed", json!({ "shop": shop_id, "error": error }));
        let event = Event { now_ms: now_ms(), random: random() };
        let (changes, alarm_ms) = self.with_shop(shop_id, |shop| {
            shop.unsent(event, &changes.chunk_messages);
            (shop.take_changes(), shop.next_alarm_ms(event.now_ms))
        })?;
        self.store(&changes)?;
        self.arm(alarm_ms).await
    }

    async fn tick(&self) -> Result<()> {
        let shop_id = self.shop_id()?;
        let Some(projection) = self.with_shop(shop_id, |shop| shop.projection(now_ms()))? else {
            return self.apply(shop_id, |_, _| ()).await.map(drop);
        };
        self.arm(Some(now_ms().saturating_add(GUARD_ALARM_MS))).await?;
        let (generation, rev) = (projection.generation, projection.rev);
        let result = match postgres::connect(&self.env).await {
            Ok(db) => project::write(&db, &projection).await,
            Err(error) => Err(error),
        };
        let result = result.unwrap_or_else(|error| {
            log::warn(
                "projection_failed",
                json!({ "shop": shop_id, "generation": generation, "error": error }),
            );
            ProjectionResult::Failed
        });
        if result == ProjectionResult::Written && projection.is_final() {
            self.report_end(&projection);
        }
        self.alarm_ms.set(None);
        self.apply(shop_id, |shop, event| shop.projected(event, generation, rev, result)).await.map(drop)
    }

    fn report_end(&self, projection: &sync_core::Projection) {
        let outcome = projection.stage.as_str();
        let receipt = &projection.receipt;
        log::info(
            "run_ended",
            json!({
                "shop": projection.shop_id, "generation": projection.generation, "outcome": outcome,
                "error": projection.error_message, "receipt": receipt,
            }),
        );
        let figures =
            [receipt.duration_ms, receipt.calls, receipt.planned, receipt.rows_written, receipt.retries];
        metrics::write(
            &self.env,
            &metrics::Point {
                shop_id: projection.shop_id.0,
                what: "run",
                name: projection.kind.sync_type(),
                outcome,
                figures: figures.map(|figure| figure as f64),
            },
        );
    }

    /// The object is named after its shop.
    fn shop_id(&self) -> Result<ShopId> {
        let name = self.state.id().name().and_then(|name| name.parse().ok());
        let held = self.shop.borrow().as_ref().map(|shop| shop.shop_id);
        held.or(name.map(ShopId)).ok_or_else(|| "the object does not know its shop".into())
    }
}

/// The run as the HTTP interface shows it.
fn view(shop: &mut Shop) -> Value {
    let Some(run) = &shop.run else { return Value::Null };
    json!({
        "generation": run.header.generation,
        "kind": run.header.kind,
        "trigger": run.header.trigger,
        "phase": run.header.phase,
        "mode": run.header.mode,
        "end": run.header.end,
        "active": run.is_active(),
        "closed": run.is_closed(),
        "started_ms": run.header.started_ms,
        "ended_ms": run.header.ended_ms,
        "listing": { "pages": run.header.listing.pages, "last_error": run.header.listing.last_error },
        "receipt": Receipt::of(run),
        "chunks": run.chunks,
    })
}
