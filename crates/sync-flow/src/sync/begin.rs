//! From a claimed queue row to an active run.

use super::shop_info;
use crate::error::FlowError;
use crate::{
    access::{settings::settings, token},
    attempt_error::AttemptError,
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    trace,
};
use serde_json::Value;
use store::{
    queue::{self, Job},
    runs::{self, BeginRun, Begun},
    shops::{self, ShopRow},
};
use sync_core::{Begin, BeginReply, Generation, Kind, RESET, ShopId, Trigger, Window};

/// What became of a job.
pub enum Started {
    /// The run is active and its progress row is written: it can be listed.
    Active {
        /// The shop.
        shop: Box<ShopRow>,
        /// The run.
        generation: Generation,
    },
    /// Another run is in the way, or already serves the job.
    Behind {
        /// The reply that names the run.
        reply: BeginReply,
    },
    /// The job cannot be run. Its row says why.
    Refused {
        /// The invalid field.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Loads a job's shop, then continues as [`job_of`].
///
/// # Errors
/// No decision could be made.
pub async fn job<H: Host>(
    invocation: &Invocation<'_, H>,
    job: &Job,
    asked_at_ms: i64,
) -> Result<Started, FlowError> {
    let shop = shops::load(&invocation.db, job.shop_id).await?;
    job_of(invocation, shop, job, asked_at_ms).await
}

/// Checks a job and begins its run. Repeating it for one job finds the same run.
///
/// # Errors
/// No decision could be made.
pub async fn job_of<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: Option<ShopRow>,
    job: &Job,
    asked_at_ms: i64,
) -> Result<Started, FlowError> {
    let shop = match with_region(invocation, shop).await? {
        Ok(shop) => shop,
        Err((field, message)) => {
            queue::fail_job(&invocation.db, &job.id, &format!("{field}: {message}")).await?;
            return Ok(Started::Refused { field, message });
        }
    };
    let (shop, request) = match check(invocation, job, shop, asked_at_ms) {
        Ok(checked) => checked,
        Err((field, message)) => {
            queue::fail_job(&invocation.db, &job.id, &format!("{field}: {message}")).await?;
            return Ok(Started::Refused { field, message });
        }
    };
    let object = ShopObject::new(invocation.host, ShopId(job.shop_id));
    let row = BeginRun {
        shop_id: job.shop_id,
        generation: 0,
        kind: request.kind.sync_type().to_owned(),
        trigger: job.trigger.clone(),
        params: compact::json!({ "request": request.kind, "window": Window::of(request.kind, request.today, &request.settings) }),
        job_id: job.id.clone(),
    };
    let reply = object.begin(request).await?;
    let (generation, event) = match reply {
        BeginReply::Begun { generation } => (generation, "run_begun"),
        BeginReply::Resumed { generation } => (generation, "run_resumed"),
        BeginReply::Refused { detail, .. } => {
            queue::fail_job(&invocation.db, &job.id, &format!("retry_of: {detail}")).await?;
            return Ok(Started::Refused { field: "retry_of", message: detail });
        }
        _ => return Ok(Started::Behind { reply }),
    };
    match runs::begin(&invocation.db, &BeginRun { generation: generation.0, ..row }).await? {
        Begun::Begun => {
            let fields = compact::json!({ "trace": trace::id(job.shop_id, generation), "shop": job.shop_id, "generation": generation,
                                          "job": job.id, "trigger": job.trigger, "kind": job.sync_type });
            invocation.host.log(Level::Info, event, fields);
            Ok(Started::Active { shop: Box::new(shop), generation })
        }
        Begun::Superseded => match object.cancel(generation, RESET.to_owned()).await? {
            true => Err(FlowError::Attempt("the shop was reset while its run began".to_owned())),
            false => Ok(Started::Behind { reply: BeginReply::Over { generation } }),
        },
    }
}

/// The shop, with its region if Shopee provides it. Without a region, its days would be taken from Singapore's
/// calendar.
async fn with_region<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: Option<ShopRow>,
) -> Result<Result<Option<ShopRow>, Refusal>, FlowError> {
    let lacks = |shop: &ShopRow| !shop_info::has_region(shop) && may_call(invocation, shop).is_ok();
    let shop = match shop {
        Some(shop) if lacks(&shop) => shop,
        shop => return Ok(Ok(shop)),
    };
    match shop_info::learn(invocation, &shop).await.map_err(AttemptError::into_failure) {
        Ok(()) => Ok(Ok(shops::load(&invocation.db, shop.shop_id).await?)),
        Err(failure) if failure.is_final() => Ok(Err(("region", failure.message))),
        Err(failure) => {
            Err(FlowError::Attempt(format!("the shop's region is not known yet: {}", failure.message)))
        }
    }
}

type Refusal = (&'static str, String);

fn check<H: Host>(
    invocation: &Invocation<'_, H>,
    job: &Job,
    shop: Option<ShopRow>,
    asked_at_ms: i64,
) -> Result<(ShopRow, Begin), Refusal> {
    let kind = Kind::parse(&job.sync_type, &job.sync_params).map_err(|error| (error.field, error.reason))?;
    let shop = shop.ok_or_else(|| ("shop_id", format!("shop {} is unknown", job.shop_id)))?;
    may_call(invocation, &shop).map_err(|MayNotCall { reason, .. }| ("access_token", reason))?;
    let settings = settings(&shop, job.chunk_size).map_err(|error| (error.field, error.to_string()))?;
    let request = Begin {
        job_id: job.id.clone(),
        kind,
        trigger: trigger(&job.trigger),
        retry_of: retry_of(&job.sync_params)?,
        today: shop.today,
        settings,
        generation_floor: Generation(shop.generation_floor),
        asked_at_ms: asked_at_ms.min(invocation.host.now_ms()),
    };
    Ok((shop, request))
}

/// Why nothing can be asked of Shopee for a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayNotCall {
    /// Stable code for programs.
    pub code: &'static str,
    /// For the operator.
    pub reason: String,
}

/// Checks that the shop is on, and has a token or can get one.
///
/// # Errors
/// What is missing.
pub fn may_call<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow) -> Result<(), MayNotCall> {
    match token::token(&invocation.config, shop) {
        Err(failure) if !token::is_renewable(shop, &failure) => {
            let code = if shop.is_disabled { "shop_disabled" } else { "no_access_token" };
            Err(MayNotCall { code, reason: failure.message })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The run whose failed chunks a job retries.
fn retry_of(params: &Value) -> Result<Option<Generation>, Refusal> {
    match params.get("retry_of") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64().filter(|generation| *generation > 0) {
            Some(generation) => Ok(Some(Generation(generation))),
            None => Err(("retry_of", "must be the number of a run".to_owned())),
        },
    }
}

fn trigger(text: &str) -> Trigger {
    match text {
        "cron" => Trigger::Cron,
        "http" => Trigger::Http,
        "compat" => Trigger::Compat,
        _ => Trigger::Sql,
    }
}
