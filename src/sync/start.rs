//! From a claimed queue row to an active run.

use super::{Invocation, access};
use crate::adapter::{now_ms, object::ShopObject};
use store::{
    DbError,
    queue::{self, Job},
    runs::{self, BeginRun, Begun},
    shops::{self, ShopRow},
};
use sync_core::{Begin, BeginReply, Generation, Kind, Settings, SettingsOverride, ShopId, Trigger, Window};

/// What became of a job.
pub enum Started {
    /// The run is active and its progress row is written: it can be listed.
    Active { shop: Box<ShopRow>, generation: Generation },
    /// Another run is in the way, or the job is served by one already.
    Behind { reply: BeginReply },
    /// The job cannot be run. Its row says why.
    Refused { field: &'static str, message: String },
}

/// Why starting did not come to a decision; to be tried again.
pub struct NotStarted(pub String);

impl From<DbError> for NotStarted {
    fn from(error: DbError) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for NotStarted {
    fn from(error: String) -> Self {
        Self(error)
    }
}

/// Loads a job's shop, then as [`job_of`].
pub async fn job(invocation: &Invocation<'_>, job: &Job, asked_at_ms: i64) -> Result<Started, NotStarted> {
    let shop = shops::load(&invocation.db, job.shop_id).await?;
    job_of(invocation, shop, job, asked_at_ms).await
}

/// Checks a job and begins its run. Doing it twice for one job finds the same run.
pub async fn job_of(
    invocation: &Invocation<'_>,
    shop: Option<ShopRow>,
    job: &Job,
    asked_at_ms: i64,
) -> Result<Started, NotStarted> {
    let (shop, request) = match check(job, shop, asked_at_ms) {
        Ok(checked) => checked,
        Err((field, message)) => {
            queue::fail_job(&invocation.db, &job.id, &format!("{field}: {message}")).await?;
            return Ok(Started::Refused { field, message });
        }
    };
    let object = ShopObject::new(invocation.env, ShopId(job.shop_id));
    let row = BeginRun {
        shop_id: job.shop_id,
        generation: 0,
        kind: request.kind.sync_type().to_owned(),
        trigger: job.trigger.clone(),
        params: serde_json::json!({ "request": request.kind, "window": Window::of(request.kind, request.today) }),
        job_id: job.id.clone(),
    };
    let reply = object.begin(request).await?;
    let generation = match reply {
        BeginReply::Begun { generation } | BeginReply::Resumed { generation } => generation,
        _ => return Ok(Started::Behind { reply }),
    };
    match runs::begin(&invocation.db, &BeginRun { generation: generation.0, ..row }).await? {
        Begun::Begun => Ok(Started::Active { shop: Box::new(shop), generation }),
        Begun::Superseded => {
            object.cancel(generation, "the shop was reset in the database".to_owned()).await?;
            Err(NotStarted("the shop was reset while its run began".to_owned()))
        }
    }
}

type Refusal = (&'static str, String);

fn check(job: &Job, shop: Option<ShopRow>, asked_at_ms: i64) -> Result<(ShopRow, Begin), Refusal> {
    let kind = Kind::parse(&job.sync_type, &job.sync_params).map_err(|error| (error.field, error.reason))?;
    let shop = shop.ok_or_else(|| ("shop_id", format!("shop {} is unknown", job.shop_id)))?;
    access::token(&shop).map_err(|message| ("access_token", message))?;
    let settings = settings(&shop, job.chunk_size).map_err(|error| (error.field, error.to_string()))?;
    let request = Begin {
        job_id: job.id.clone(),
        kind,
        trigger: trigger(&job.trigger),
        today: shop.today,
        settings,
        generation_floor: Generation(shop.generation_floor),
        asked_at_ms: asked_at_ms.min(now_ms()),
    };
    Ok((shop, request))
}

/// The shop's settings, with the row's own chunk size above them.
pub fn settings(shop: &ShopRow, chunk_size: Option<i32>) -> Result<Settings, sync_core::SettingsError> {
    let row = &shop.settings;
    Settings::resolve(&SettingsOverride {
        chunk_size: chunk_size.map(i64::from).or(row.chunk_size),
        direct_threshold: row.direct_threshold,
        window_chunks: row.window_chunks,
        list_page_size: row.list_page_size,
        lease_seconds: row.lease_seconds,
        max_attempts: row.max_attempts,
    })
}

fn trigger(text: &str) -> Trigger {
    match text {
        "cron" => Trigger::Cron,
        "http" => Trigger::Http,
        "compat" => Trigger::Compat,
        _ => Trigger::Sql,
    }
}
