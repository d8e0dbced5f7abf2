//! `AppGovernor`: one object per partner app, shared by all its shops.

use super::shop::json_of;
use crate::error::FlowError;
use crate::{
    commands::AppCommand,
    host::{Host, Level, Storage},
    object_client::ShopObject,
};
use compact::json;
use futures_util::future::join_all;
use serde_json::Value;
use std::cell::RefCell;
use store::{alert_kind::AlertKind, alerts};
use sync_core::{AppId, Governor, HoldNotice, Recovered, ShopId, SlotReply, WaitReason};

/// The name of the document that holds the state.
const RECORD: &str = "governor";

/// The object in memory: a copy of what is stored.
#[derive(Default)]
pub struct GovernorObject {
    governor: RefCell<Option<Governor>>,
}

impl GovernorObject {
    /// Executes a shop's command. Returns its reply as JSON.
    ///
    /// # Errors
    /// A text for the log.
    pub async fn execute(
        &self,
        host: &impl Host,
        storage: &impl Storage,
        app: AppId,
        shop_id: ShopId,
        command: AppCommand,
    ) -> Result<Value, FlowError> {
        let event = host.event();
        match command {
            AppCommand::Ask { ask } => {
                let (reply, over): (SlotReply, Recovered) = self.with(storage, |governor| {
                    (governor.ask(event, shop_id, &ask), governor.recovered(event.now_ms))
                })?;
                if over != Recovered::default() {
                    log_failure(host, app, self.close_alerts(host, over).await);
                }
                json_of(reply)
            }
            AppCommand::Report { report } => {
                let notice = self.with(storage, |governor| governor.report(event, shop_id, &report))?;
                if let Some(notice) = &notice {
                    self.spread(host, shop_id, notice).await;
                    log_failure(host, app, self.open_alert(host, app, notice).await);
                }
                json_of(notice)
            }
            AppCommand::View => {
                let view = |governor: &mut Governor| json!({ "app": app, "hold": governor.hold(event.now_ms), "governor": governor });
                self.with(storage, view)
            }
        }
    }

    fn with<R>(&self, storage: &impl Storage, work: impl FnOnce(&mut Governor) -> R) -> Result<R, FlowError> {
        let mut slot =
            self.governor.try_borrow_mut().map_err(|_| FlowError::platform("the object is in use"))?;
        let governor = match slot.as_mut() {
            Some(governor) => governor,
            None => {
                let stored = storage.record(RECORD)?;
                let stored = stored.map(|text| compact::json::from_str(&text)).transpose();
                slot.insert(
                    stored
                        .map_err(|error| {
                            FlowError::Invalid(format!("the governor's state is unreadable: {error}"))
                        })?
                        .unwrap_or_default(),
                )
            }
        };
        let reply = work(governor);
        let stored = serde_json::to_string(governor)
            .map_err(Into::into)
            .and_then(|text| storage.put_record(RECORD, &text));
        if stored.is_err() {
            *slot = None;
        }
        stored.map(|()| reply)
    }

    /// Tells the shops that hold slots not to use them; the others learn of the hold when they ask.
    async fn spread(&self, host: &impl Host, reporter: ShopId, notice: &HoldNotice) {
        let others = notice.shops.iter().filter(|shop| **shop != reporter);
        let holds = others.map(|shop| async move {
            if let Err(error) = ShopObject::new(host, *shop).hold(notice.hold).await {
                host.log(Level::Warn, "hold_not_told", json!({ "shop": shop, "error": error }));
            }
        });
        join_all(holds).await;
    }

    async fn open_alert(&self, host: &impl Host, app: AppId, notice: &HoldNotice) -> Result<(), FlowError> {
        let text =
            format!("app {}: {} (until {} ms)", app.0, notice.hold.reason.text(), notice.hold.until_ms);
        host.log(Level::Error, "app_held", json!({ "app": app, "hold": notice.hold }));
        let db = host.db().await?;
        alerts::raise(&db, kind(notice.hold.reason), None, &text).await.map(drop).map_err(Into::into)
    }

    async fn close_alerts(&self, host: &impl Host, over: Recovered) -> Result<(), FlowError> {
        let db = host.db().await?;
        let app = [AlertKind::AppThrottled, AlertKind::DailyQuota].into_iter().filter(|_| over.app);
        let kinds = app.chain(over.endpoints.then_some(AlertKind::EndpointQuota));
        for kind in kinds {
            alerts::resolve(&db, kind, None).await?;
        }
        Ok(())
    }
}

/// Logs that people could not be alerted, which must not keep the shops from calling.
fn log_failure(host: &impl Host, app: AppId, result: Result<(), FlowError>) {
    if let Err(error) = result {
        host.log(Level::Warn, "alert_failed", json!({ "app": app, "error": error }));
    }
}

fn kind(reason: WaitReason) -> AlertKind {
    match reason {
        WaitReason::DailyQuota => AlertKind::DailyQuota,
        WaitReason::EndpointQuota(_) => AlertKind::EndpointQuota,
        _ => AlertKind::AppThrottled,
    }
}
