//! The HTTP interface: one file a resource; routes and their roles in one table.

mod auth;
mod body;
mod compat;
mod health;
mod problem;
mod queue;
mod routes;
mod runs;
mod shops;

use crate::adapter::{config, log};
use problem::Problem;
use routes::{Endpoint, Found, Role};
use serde_json::{Value, json};
use worker::{Env, Headers, Request, Response, Result};

/// An answer: a status and a JSON body.
pub struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    /// 200.
    fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// 202: taken on, not yet done.
    fn accepted(body: Value) -> Self {
        Self { status: 202, body }
    }
}

/// Serves a request.
///
/// # Errors
/// Only if the answer itself cannot be built.
pub async fn serve(mut request: Request, env: Env) -> Result<Response> {
    let (method, path) = (request.method().to_string(), request.path());
    let answered = match admit(&request, &env, &method, &path) {
        Ok((endpoint, parameter)) => call(endpoint, parameter, &mut request, &env).await,
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(answer) => respond(answer.status, "application/json", &answer.body),
        Err(problem) => {
            let fields = json!({ "method": method, "path": path, "status": problem.status, "code": problem.code,
                                 "detail": problem.detail, "cause": problem.cause });
            if problem.status >= 500 {
                log::error("http", fields)
            } else {
                log::info("http", fields)
            }
            let compat = path == routes::COMPAT_PATH;
            let body = if compat { problem.as_compat() } else { problem.as_json() };
            let kind = if compat { "application/json" } else { "application/problem+json" };
            respond(problem.status, kind, &body)
        }
    }
}

/// Finds the route and checks the caller's role.
fn admit(
    request: &Request,
    env: &Env,
    method: &str,
    path: &str,
) -> std::result::Result<(Endpoint, String), Problem> {
    let (route, parameter) = match routes::find(method, path) {
        Found::Route(route, parameter) => (route, parameter),
        Found::WrongMethod(allowed) => return Err(Problem::wrong_method(&allowed)),
        Found::Nothing => return Err(Problem::not_found("there is nothing at this address")),
    };
    if route.role != Role::Anyone {
        let header = request.headers().get("authorization").ok().flatten();
        let tokens = config::api_tokens(env).unwrap_or_default();
        auth::check(header.as_deref(), &tokens, route.role)?;
    }
    Ok((route.endpoint, parameter))
}

async fn call(
    endpoint: Endpoint,
    parameter: String,
    request: &mut Request,
    env: &Env,
) -> std::result::Result<Answer, Problem> {
    match endpoint {
        Endpoint::Health => Ok(Answer::ok(json!({ "status": "ok" }))),
        Endpoint::Ready => health::ready(env).await,
        Endpoint::Shops => shops::list(request, env).await,
        Endpoint::Shop => shops::get(&parameter, env).await,
        Endpoint::SyncShop => shops::sync(&parameter, request, env).await,
        Endpoint::ShopRuns => runs::list(&parameter, request, env).await,
        Endpoint::Run => runs::get(&parameter, env).await,
        Endpoint::ProcessQueue => queue::process(request, env).await,
        Endpoint::Compat => compat::call(request, env).await,
    }
}

fn respond(status: u16, kind: &str, body: &Value) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", kind)?;
    headers.set("cache-control", "no-store")?;
    Ok(Response::ok(body.to_string())?.with_status(status).with_headers(headers))
}
