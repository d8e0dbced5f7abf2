//! The questions, each with a time limit.

use crate::adapter::{Deadlines, WorkerHost, now_ms, time_of, within};
use api::app::App;
use futures_util::future::join;
use std::future::Future;
use store::{
    doctor::{self, Server, Work},
    health::{self, Schema},
};
use sync_core::{AppId, ShopId, budget::REGIONS};
use sync_flow::{
    commands::AppCommand,
    doctor::{Asked, Clock, Gap},
    host::Host,
    object_client::{self, ShopObject},
    queues::Queue,
};
use worker::Env;

/// Longest time for all questions to the database together, in milliseconds. The objects, which are asked with what it
/// knows, have theirs afterwards.
const DATABASE_MS: i64 = 6_000;
/// Longest time for Shopee's clock, in milliseconds.
const SHOPEE_MS: u32 = 4_000;
/// To what the `Date` of HTTP is cut off, in milliseconds.
const DATE_MS: i64 = 1_000;

/// What the database has answered.
pub struct Database {
    pub server: Asked<Server>,
    pub clock: Asked<Clock>,
    pub schema: Asked<Schema>,
    pub work: Asked<Work>,
}

/// Asks the database, one question after the other: a connection carries one statement at a time.
pub async fn database(host: &WorkerHost<'_>) -> Database {
    let until_ms = now_ms().saturating_add(DATABASE_MS);
    let db = match in_time(until_ms, host.db()).await {
        Ok(db) => db,
        Err(gap) => {
            return Database {
                server: Err(gap),
                clock: Err(Gap::not_asked()),
                schema: Err(Gap::not_asked()),
                work: Err(Gap::not_asked()),
            };
        }
    };
    let schema = in_time(until_ms, health::schema(&db)).await;
    let asked_ms = now_ms();
    let server = in_time(until_ms, doctor::server(&db, &REGIONS.join(" "))).await;
    let answered_ms = now_ms();
    let clock = server.as_ref().map(|server| Clock::compared(asked_ms, answered_ms, server.now_ms, 1));
    let clock = clock.map_err(Clone::clone);
    let work = in_time(until_ms, doctor::work(&db)).await;
    Database { server, clock, schema, work }
}

async fn in_time<T, E: Into<Gap>>(until_ms: i64, work: impl Future<Output = Result<T, E>>) -> Asked<T> {
    let left_ms = until_ms.saturating_sub(now_ms()).max(0);
    match within(left_ms, work).await {
        Some(answer) => answer.map_err(Into::into),
        None => Err(Gap::Silent("no answer in time".to_owned())),
    }
}

/// Compares Shopee's clock with ours. The address alone is asked for: that is no call that counts, and needs no permit.
pub async fn shopee_clock(base_url: &str) -> Asked<Clock> {
    let asked_ms = now_ms();
    match time_of(base_url, SHOPEE_MS).await {
        Ok(Some(theirs_ms)) => Ok(Clock::compared(asked_ms, now_ms(), theirs_ms, DATE_MS)),
        Ok(None) => Err(Gap::Silent("the answer has no date".to_owned())),
        Err(error) => Err(Gap::Silent(error.to_string())),
    }
}

/// Asks the governors of the deployment's app and of shops' apps, and the object of one shop.
pub async fn objects(
    host: &WorkerHost<'_>,
    own: Option<i64>,
    work: Option<&Work>,
) -> (Vec<(i64, Asked<App>)>, Option<Asked<()>>) {
    let others = work.map(|work| work.apps.as_slice()).unwrap_or_default();
    let governors = async {
        let until_ms = now_ms().saturating_add(Deadlines::DOCTOR.object_ms);
        let mut views = Vec::new();
        // One after the other: a deployment has one app, rarely two.
        for app in own.into_iter().chain(others.iter().copied().filter(|app| Some(*app) != own)) {
            let view = object_client::governor(host, AppId(app), ShopId(0), AppCommand::View);
            views.push((app, in_time(until_ms, view).await));
        }
        views
    };
    let shop = async {
        let shop = work?.shop?;
        Some(ShopObject::new(host, ShopId(shop)).view().await.map(drop).map_err(Into::into))
    };
    join(governors, shop).await
}

/// Bindings that are not there.
pub fn missing_bindings(env: &Env) -> Vec<&'static str> {
    let queues = Queue::ALL.map(|queue| (queue.binding(), env.queue(queue.binding()).is_ok()));
    let objects =
        ["SHOP_SYNC", "APP_GOVERNOR", "FLEET_LIVE"].map(|name| (name, env.durable_object(name).is_ok()));
    let others = [("DB", env.hyperdrive("DB").is_ok()), ("METRICS", env.analytics_engine("METRICS").is_ok())];
    let all = others.into_iter().chain(queues).chain(objects);
    all.filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect()
}
