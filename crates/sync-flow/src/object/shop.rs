//! `ShopSync`: one object per shop, the only place that decides what a run may do next.

use super::{drift, projection, run_alerts};
use crate::error::FlowError;
use crate::{
    commands::{AppCommand, Command},
    host::{Host, Level, Point, Storage},
    live::{Update, Version},
    object_client,
    run_view::RunView,
    trace,
};
use compact::json;
use serde::Serialize;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use store::{alerts, runs, write_campaigns};
use sync_core::{
    AppId, AttemptFailure, ClaimReply, CommitReply, Event, GovernorReport, Handout, HoldNotice, Projection,
    ProjectionResult, Shop, ShopChanges, ShopId,
};

/// How far ahead the alarm is set while a projection is written, in milliseconds, so that the object recovers from a
/// crash.
const GUARD_ALARM_MS: i64 = 30_000;

/// The object in memory: a copy of what is stored.
#[derive(Default)]
pub struct ShopSyncObject {
    shop: RefCell<Option<Shop>>,
    alarm_ms: Cell<Option<i64>>,
    /// Whether a token refresh is under way.
    pub(super) refreshing: Cell<bool>,
}

/// The ports that one event works with.
pub(super) struct Ports<'a, H, S> {
    pub(super) host: &'a H,
    pub(super) storage: &'a S,
    pub(super) shop_id: ShopId,
}

impl<H, S> Clone for Ports<'_, H, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H, S> Copy for Ports<'_, H, S> {}

impl ShopSyncObject {
    /// Executes a command. Returns its reply as JSON.
    ///
    /// # Errors
    /// A text for the log; the command is stored completely or not at all.
    pub async fn execute(
        &self,
        host: &impl Host,
        storage: &impl Storage,
        shop_id: ShopId,
        command: Command,
    ) -> Result<Value, FlowError> {
        let ports = Ports { host, storage, shop_id };
        match command {
            Command::Begin { request } => self.reply(ports, |shop, event| shop.begin(event, request)).await,
            Command::ClaimListing { generation } => {
                self.reply(ports, |shop, event| shop.claim_listing(event, generation)).await
            }
            Command::Page { generation, attempt, page } => {
                self.reply(ports, |shop, event| shop.page(event, generation, attempt, &page)).await
            }
            Command::ListingFailed { generation, attempt, failure } => {
                self.reply(ports, |shop, event| shop.listing_failed(event, generation, attempt, &failure))
                    .await
            }
            Command::ListingDeferred { generation, attempt, hold } => {
                self.reply(ports, |shop, event| shop.listing_deferred(event, generation, attempt, hold)).await
            }
            Command::Claim { generation, key, attempt, rate_limits } => {
                let claim = |shop: &mut Shop, event| shop.claim(event, generation, key, attempt);
                json_of(self.hand_out(ports, rate_limits, claim, ClaimReply::work).await?)
            }
            Command::Commit { generation, key, attempt, outcome, goes_on } => {
                let commit = |shop: &mut Shop, event| {
                    shop.commit(event, generation, key, attempt, outcome, goes_on.is_some())
                };
                json_of(self.hand_out(ports, goes_on, commit, CommitReply::work).await?)
            }
            Command::Next { generation, rate_limits } => {
                let next = |shop: &mut Shop, event| shop.next(event, generation);
                json_of(self.hand_out(ports, Some(rate_limits), next, Handout::work).await?)
            }
            Command::Permit { request } => json_of(self.permit(ports, &request).await?),
            Command::Hold { hold } => self.reply(ports, |shop, event| shop.hold(event, hold)).await,
            Command::Answered { slot_ms, failure } => {
                let throttling = failure.filter(AttemptFailure::is_throttling);
                self.reply(ports, |shop, event| match throttling {
                    Some(failure) => shop.throttled(event, &failure),
                    None => shop.slot_answered(event, slot_ms),
                })
                .await
            }
            Command::Token { refused, slot_ms } => {
                if let Some(slot_ms) = slot_ms {
                    self.apply(ports, |shop, event| shop.slot_answered(event, slot_ms)).await?;
                }
                json_of(self.token(ports, refused.as_deref()).await)
            }
            Command::Adopt { consent } => json_of(self.adopt(ports, &consent).await?),
            Command::Cancel { generation, reason } => {
                self.reply(ports, |shop, event| shop.cancel(event, generation, &reason)).await
            }
            Command::Request { generation, verb, by } => {
                self.reply(ports, |shop, event| shop.request(event, generation, verb, &by)).await
            }
            Command::May { generation, verb } => {
                self.reply(ports, |shop, _| shop.may(generation, verb).map(|(state, _)| state)).await
            }
            Command::Wake => {
                // The alarm itself may have been lost, so its remembered time does not count.
                self.alarm_ms.set(None);
                self.reply(ports, |shop, event| RunView::of(shop, event.now_ms)).await
            }
            Command::View => json_of(self.with_shop(ports, |shop| RunView::of(shop, host.now_ms()))?),
        }
    }

    /// What to tell whoever knows the run as it was at `since`; `None` if nothing has changed.
    ///
    /// # Errors
    /// The shop cannot be read.
    pub fn update(
        &self,
        host: &impl Host,
        storage: &impl Storage,
        shop_id: ShopId,
        since: Option<Version>,
    ) -> Result<Option<Update>, FlowError> {
        let ports = Ports { host, storage, shop_id };
        self.with_shop(ports, |shop| Update::of(shop, since, host.now_ms()))
    }

    /// Handles the alarm. Every `.await` here may be the last: the guard alarm is set before the first one.
    ///
    /// # Errors
    /// Not even the alarm could be set again.
    pub async fn alarm(
        &self,
        host: &impl Host,
        storage: &impl Storage,
        shop_id: ShopId,
    ) -> Result<(), FlowError> {
        let ports = Ports { host, storage, shop_id };
        self.alarm_ms.set(None);
        if let Err(error) = self.tick(ports).await {
            let fields = json!({ "shop": shop_id, "class": error.class(), "error": error });
            host.log(Level::Error, "alarm_failed", fields);
            self.arm(ports, Some(host.now_ms().saturating_add(GUARD_ALARM_MS))).await?;
        }
        Ok(())
    }

    async fn reply<R: Serialize>(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        work: impl FnOnce(&mut Shop, Event) -> R,
    ) -> Result<Value, FlowError> {
        json_of(self.apply(ports, work).await?)
    }

    /// Runs one event: core, storage, alarm, messages, governor.
    pub(super) async fn apply<R>(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        work: impl FnOnce(&mut Shop, Event) -> R,
    ) -> Result<R, FlowError> {
        let event = ports.host.event();
        let (reply, mut changes, alarm_ms) = self.with_shop(ports, |shop| {
            let reply = work(shop, event);
            shop.alarm(event);
            (reply, shop.take_changes(), shop.next_alarm_ms(event.now_ms))
        })?;
        self.store(ports, &changes)?;
        self.arm(ports, alarm_ms).await?;
        let report = changes.report.take();
        self.send(ports, changes).await?;
        if let Some((app, report)) = report {
            self.report(ports, app, report).await;
        }
        Ok(reply)
    }

    fn with_shop<R>(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        work: impl FnOnce(&mut Shop) -> R,
    ) -> Result<R, FlowError> {
        let mut slot = self.shop.try_borrow_mut().map_err(|_| FlowError::platform("the object is in use"))?;
        let shop = match slot.as_mut() {
            Some(shop) => shop,
            None => slot.insert(ports.storage.load_shop(ports.shop_id)?),
        };
        Ok(work(shop))
    }

    /// Stores the changes. On an error it drops the copy in memory, so that the next event starts from what is stored.
    fn store(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        changes: &ShopChanges,
    ) -> Result<(), FlowError> {
        if changes.stores_nothing() {
            return Ok(());
        }
        let slot = self.shop.borrow();
        let Some(shop) = slot.as_ref() else { return Ok(()) };
        let stored = ports.storage.save_shop(shop, changes);
        drop(slot);
        if stored.is_err() {
            self.shop.replace(None);
        }
        stored
    }

    async fn arm(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        alarm_ms: Option<i64>,
    ) -> Result<(), FlowError> {
        let Some(at_ms) = alarm_ms else { return Ok(()) };
        if self.alarm_ms.get().is_some_and(|armed| armed <= at_ms && armed > ports.host.now_ms()) {
            return Ok(());
        }
        // Remembered first, so that an event in the meantime does not replace it with a later time.
        self.alarm_ms.set(Some(at_ms));
        let armed = ports.storage.set_alarm(at_ms).await;
        if armed.is_err() {
            self.alarm_ms.set(None);
        }
        armed
    }

    async fn send(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        changes: ShopChanges,
    ) -> Result<(), FlowError> {
        let starts = match changes.start_messages.as_slice() {
            [] => Ok(()),
            messages => ports.host.send_start(messages).await,
        };
        let chunks = match changes.chunk_messages.as_slice() {
            [] => Ok(()),
            messages => ports.host.send_chunks(messages).await,
        };
        let Err(error) = starts.and(chunks) else { return Ok(()) };
        ports.host.log(Level::Warn, "send_failed", json!({ "shop": ports.shop_id, "error": error }));
        let event = ports.host.event();
        let (changes, alarm_ms) = self.with_shop(ports, |shop| {
            shop.unsent(event, &changes.chunk_messages);
            (shop.take_changes(), shop.next_alarm_ms(event.now_ms))
        })?;
        self.store(ports, &changes)?;
        self.arm(ports, alarm_ms).await
    }

    /// Reports to the governor. If it does not answer, it is asked for slots before the next call; until then the
    /// shop's own hold applies.
    async fn report(&self, ports: Ports<'_, impl Host, impl Storage>, app: AppId, report: GovernorReport) {
        let said = object_client::governor::<Option<HoldNotice>>(
            ports.host,
            app,
            ports.shop_id,
            AppCommand::Report { report },
        );
        let held = match said.await {
            Ok(Some(notice)) => self.quiet(ports, |shop, event| shop.hold(event, notice.hold)),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = held {
            ports.host.log(Level::Warn, "report_failed", json!({ "shop": ports.shop_id, "error": error }));
        }
    }

    /// Runs an event that sends and reports nothing: what it sets in motion is left to the alarm, which is already set.
    fn quiet(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        work: impl FnOnce(&mut Shop, Event),
    ) -> Result<(), FlowError> {
        let event = ports.host.event();
        let changes = self.with_shop(ports, |shop| {
            work(shop, event);
            shop.take_changes()
        })?;
        self.store(ports, &changes)
    }

    async fn tick(&self, ports: Ports<'_, impl Host, impl Storage>) -> Result<(), FlowError> {
        let host = ports.host;
        let Some(projection) = self.with_shop(ports, |shop| shop.projection(host.now_ms()))? else {
            return self.apply(ports, |_, _| ()).await;
        };
        self.arm(ports, Some(host.now_ms().saturating_add(GUARD_ALARM_MS))).await?;
        let (generation, rev) = (projection.generation, projection.rev);
        let result = self.show(host, &projection).await.unwrap_or_else(|error| {
            let fields = json!({ "shop": ports.shop_id, "generation": generation, "error": error });
            host.log(Level::Warn, "projection_failed", fields);
            ProjectionResult::Failed
        });
        if result == ProjectionResult::Written && projection.is_final() {
            report_end(host, &projection);
        }
        self.alarm_ms.set(None);
        self.apply(ports, |shop, event| shop.projected(event, generation, rev, result)).await
    }

    async fn show(&self, host: &impl Host, projection: &Projection) -> Result<ProjectionResult, FlowError> {
        let db = host.db().await?;
        let (shop_id, generation) = (projection.shop_id.0, projection.generation.0);
        if !projection.announced && !runs::is_known(&db, shop_id, generation).await? {
            return Ok(ProjectionResult::Unknown);
        }
        let kept = match projection.is_empty {
            true => write_campaigns::emptied(&db, shop_id, generation).await?,
            false => 0,
        };
        let result = projection::write(&db, projection).await?;
        if result == ProjectionResult::Written && projection.is_final() && projection.cancelled.is_none() {
            drift::tell(host, &db, projection).await?;
            let told = run_alerts::of(projection, kept);
            alerts::settle(&db, shop_id, &told).await?;
        }
        Ok(result)
    }
}

pub(super) fn json_of(reply: impl Serialize) -> Result<Value, FlowError> {
    serde_json::to_value(reply).map_err(Into::into)
}

fn report_end(host: &impl Host, projection: &Projection) {
    let outcome = projection.stage.as_str();
    let receipt = &projection.receipt;
    host.log(
        Level::Info,
        "run_ended",
        json!({
            "trace": trace::id(projection.shop_id.0, projection.generation), "shop": projection.shop_id,
            "generation": projection.generation, "outcome": outcome,
            "error": projection.error_message, "receipt": receipt,
        }),
    );
    let figures =
        [receipt.duration_ms, receipt.calls, receipt.planned, receipt.rows_written, receipt.retries];
    host.point(&Point {
        shop_id: projection.shop_id.0,
        what: "run",
        name: projection.kind.sync_type(),
        outcome,
        failure: [""; 2],
        figures: figures.map(|figure| figure as f64),
    });
}
