//! The platform's own endpoints.

pub mod request;
pub mod sign;

mod account;
mod auth;
mod budget_suggestion;
mod campaign_performance;
mod consent;
mod dates;
mod direct;
mod drift;
mod edit;
mod gate;
mod id_list;
mod metrics;
mod refusal;
mod reply;
mod settings;
mod shop_performance;
mod visit;

use crate::data::draw::Draw;
use crate::endpoint::Endpoint;
use crate::state::Platform;
use crate::state::faults::Kind;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, Method, Uri, header::DATE, uri::PathAndQuery};
use axum::response::Response;
use chrono::DateTime;
pub use direct::SimReply;
use gate::Admitted;
use refusal::Refusal;
pub use reply::HangUp;
use request::Request;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use visit::Visit;

/// How long a call is held if the fault does not say.
const HOLD_MS: u64 = 60_000;

/// The answer of an endpoint.
pub enum Answer {
    /// Goes into the envelope's `response`.
    Response {
        /// The data.
        response: Box<RawValue>,
        /// The platform's warning about missing data.
        warning: &'static str,
    },
    /// An object whose fields are next to the envelope's.
    Fields(Value),
}

impl Answer {
    /// An answer with these data, serialized directly: building values first would take most of a call's time.
    fn new(response: &impl Serialize, warning: &'static str) -> Result<Self, Refusal> {
        let response =
            to_raw_value(response).map_err(|error| Refusal::new("error_inner", error.to_string()))?;
        Ok(Self::Response { response, warning })
    }
}

/// Serves one call that came over a connection. Every answer tells the time on the platform's clock.
pub async fn serve(State(platform): State<Arc<Platform>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let mut response = respond(&platform, &method, &uri, &body).await;
    let date = DateTime::from_timestamp_millis(platform.now_ms()).unwrap_or_default();
    if let Ok(date) = HeaderValue::from_str(&date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

async fn respond(platform: &Platform, method: &Method, uri: &Uri, body: &Bytes) -> Response {
    let path_and_query = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let request = Request::new(platform.now_ms(), method.as_str(), path_and_query, body);
    if let Some(page) = consent::page(platform, &request) {
        return page.into_response();
    }
    let mut visit = Visit::begin(platform, &request, Some(Instant::now()));
    delay(platform, visit.serving.number()).await;
    let Some(fault) = visit.strike(true) else { return visit.reply(None).into_response() };
    match fault.kind {
        Kind::Status | Kind::Error | Kind::Html | Kind::ApplyThenStatus | Kind::Drift | Kind::LeaveOut => {
            visit.reply(Some(&fault)).into_response()
        }
        Kind::Truncated => {
            let reply = visit.reply(Some(&fault));
            visit.serving.answered(reply.status, "truncated");
            reply.truncated()
        }
        Kind::Drop => {
            visit.serving.cut("drop");
            reply::hang_up()
        }
        Kind::Timeout | Kind::ApplyThenTimeout => {
            if fault.kind == Kind::ApplyThenTimeout {
                // The caller never learns the outcome.
                drop(visit.reply(Some(&fault)));
            }
            visit.serving.cut("timeout");
            tokio::time::sleep(Duration::from_millis(fault.hold_ms.unwrap_or(HOLD_MS))).await;
            reply::hang_up()
        }
    }
}

fn answer(platform: &Platform, request: &Request<'_>, admitted: &Admitted) -> Result<Answer, Refusal> {
    let shop = admitted.shop;
    match admitted.endpoint {
        Endpoint::IdList => id_list::answer(platform, request, shop),
        Endpoint::Settings => settings::answer(platform, request, shop),
        Endpoint::CampaignDaily => campaign_performance::daily(platform, request, shop),
        Endpoint::CampaignHourly => campaign_performance::hourly(platform, request, shop),
        Endpoint::ShopDaily => shop_performance::daily(platform, request, shop),
        Endpoint::ShopHourly => shop_performance::hourly(platform, request, shop),
        Endpoint::Balance => account::balance(platform, request, shop),
        Endpoint::ShopInfo => account::shop_info(platform, shop),
        Endpoint::EditManual | Endpoint::EditAuto => edit::answer(platform, request, admitted),
        Endpoint::BudgetSuggestion => budget_suggestion::answer(platform, request, shop),
        Endpoint::TokenGet => auth::token(platform, request),
        Endpoint::TokenRefresh => auth::refresh(platform, request),
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
