//! The platform's own endpoints.

pub mod endpoint;
pub mod request;
pub mod sign;

mod account;
mod auth;
mod campaign_performance;
mod dates;
mod gate;
mod id_list;
mod metrics;
mod refusal;
mod reply;
mod settings;
mod shop_performance;

use crate::data::draw::Draw;
use crate::state::Platform;
use crate::state::calls::Serving;
use crate::state::faults::{Fault, Kind};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use endpoint::Endpoint;
use gate::Admitted;
use refusal::{Body, Refusal};
pub use reply::HangUp;
use reply::Reply;
use request::Request;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a call is held where the fault does not say.
const HOLD_MS: u64 = 60_000;

/// What an endpoint answers.
enum Answer {
    /// Goes into the envelope's `response`.
    Response {
        /// The data.
        response: Value,
        /// What the platform says about missing data.
        warning: &'static str,
    },
    /// An object whose fields stand beside the envelope's.
    Fields(Value),
}

impl From<Value> for Answer {
    fn from(response: Value) -> Self {
        Self::Response { response, warning: "" }
    }
}

/// Serves one call, from the gate to the answer.
pub async fn serve(State(platform): State<Arc<Platform>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let request = Request::new(method, &uri, body);
    let (shop, ids) = (request.shop(), request.named_ids());
    let mut serving = platform.calls.begin(request.name(), shop, ids.clone());
    let admitted = gate::admit(&platform, &request);
    delay(&platform, serving.number()).await;
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return finish(Reply::refused(&refusal), &mut serving),
    };
    let fault = platform.world().faults.strike(serving.number(), request.name(), shop, &ids);
    match fault {
        Some(fault) => fail(&platform, &request, &admitted, &fault, &mut serving).await,
        None => finish(Reply::of(answer(&platform, &request, &admitted)), &mut serving),
    }
}

fn finish(reply: Reply, serving: &mut Serving) -> Response {
    serving.answered(reply.status, &reply.error);
    reply.into_response()
}

fn answer(platform: &Platform, request: &Request, admitted: &Admitted) -> Result<Answer, Refusal> {
    let shop = admitted.shop;
    match admitted.endpoint {
        Endpoint::IdList => id_list::answer(platform, request, shop),
        Endpoint::Settings => settings::answer(platform, request, shop),
        Endpoint::CampaignDaily => campaign_performance::daily(platform, request, shop),
        Endpoint::CampaignHourly => campaign_performance::hourly(platform, request, shop),
        Endpoint::ShopDaily => shop_performance::daily(platform, request, shop),
        Endpoint::ShopHourly => shop_performance::hourly(platform, request, shop),
        Endpoint::Balance => account::balance(platform, shop),
        Endpoint::ShopInfo => account::shop_info(platform, shop),
        Endpoint::TokenGet => auth::token(platform, request),
        Endpoint::TokenRefresh => auth::refresh(platform, request),
    }
}

/// Lets a call go wrong.
async fn fail(
    platform: &Platform,
    request: &Request,
    admitted: &Admitted,
    fault: &Fault,
    serving: &mut Serving,
) -> Response {
    let code = fault.code.as_deref().unwrap_or("");
    let refusal = Refusal::new(code, fault.message.as_deref().unwrap_or(""));
    let status = |default| fault.status.unwrap_or(default);
    let hold = Duration::from_millis(fault.hold_ms.unwrap_or(HOLD_MS));
    match fault.kind {
        Kind::Status => finish(Reply::refused(&refusal.status(status(500)).body(Body::Empty)), serving),
        Kind::Error => finish(Reply::refused(&refusal.status(status(200))), serving),
        Kind::Html => finish(Reply::refused(&refusal.status(status(502)).body(Body::Html)), serving),
        Kind::Truncated => {
            let reply = Reply::of(answer(platform, request, admitted));
            serving.answered(reply.status, "truncated");
            reply.truncated()
        }
        Kind::Drop => {
            serving.cut("drop");
            reply::hang_up()
        }
        Kind::Timeout | Kind::ApplyThenTimeout => {
            if fault.kind == Kind::ApplyThenTimeout {
                // The caller never learns how it went.
                let _ = answer(platform, request, admitted);
            }
            serving.cut("timeout");
            tokio::time::sleep(hold).await;
            reply::hang_up()
        }
    }
}

async fn delay(platform: &Platform, number: u64) {
    let latency = platform.world().behaviour.latency_ms;
    if latency.mean > 0 {
        let (mean, jitter) = (i64::from(latency.mean), i64::from(latency.jitter));
        let wait = Draw::new([number]).between(mean - jitter, mean + jitter);
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
    }
}
