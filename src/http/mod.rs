//! The HTTP interface: one file per resource; routes and their roles in one table.

mod address;
mod alerts;
mod answers;
mod apps;
mod audit_log;
mod auth;
mod budgets;
mod bulk;
mod call_limits;
mod campaigns;
mod changes;
mod consent;
mod consent_page;
mod context;
mod dead_letters;
mod doctor;
mod drift;
mod figures;
mod health;
mod idempotency;
mod json_errors;
mod legacy;
mod live;
mod metrics;
mod problem;
mod queue_jobs;
mod refusals;
mod reports;
mod request;
mod revalidation;
mod router;
mod runs;
mod scope;
mod settings;
mod settings_change;
mod shop_verbs;
mod shops;
mod sinks;

use crate::adapter::{Deadlines, REQUEST_MS_MAX, WorkerHost, log, now_ms, variable, within};
use api::{
    role::Role,
    route::{ADS_SCHEDULER, ADS_SYNC, CALLBACK, Query, Route},
};
use auth::Caller;
use compact::json;
use context::{Answer, Context};
use problem::Problem;
use revalidation::Revalidation;
use router::Found;
use sync_flow::host::Level;
use worker::{Env, Headers, Request, Response, Result};

/// The headers of every answer: nothing is kept, guessed, framed or sent along.
const SECURITY: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
];
/// The caller has the content already.
const NOT_MODIFIED: u16 = 304;
/// The older functions are deprecated since then (RFC 9745): 2026-12-01.
const DEPRECATED_SINCE: &str = "@1796083200";

/// Serves a request.
///
/// # Errors
/// Only if the answer itself cannot be built.
pub async fn serve(mut request: Request, env: Env) -> Result<Response> {
    // The library treats an unknown method as GET.
    let (method, path) = (request.inner().method(), request.path());
    let answered = match admit(&request, &env, &method, &path).await {
        Ok((route, context)) => within(REQUEST_MS_MAX, answer(route, &context, &mut request))
            .await
            .unwrap_or_else(|| Err(Problem::late(REQUEST_MS_MAX))),
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &answered {
        let fields = json!({ "method": method, "path": path, "status": problem.status, "code": problem.code,
                             "detail": problem.detail, "cause": problem.cause });
        log::line(if problem.status >= 500 { Level::Error } else { Level::Info }, "http", fields);
    }
    if path == CALLBACK && consent_page::is_wanted(&request) {
        return consent_page::respond(&answered);
    }
    let is_older = matches!(path.as_str(), ADS_SYNC | ADS_SCHEDULER);
    let deprecation = is_older.then(|| ("deprecation", DEPRECATED_SINCE.to_owned()));
    match answered {
        Ok(Answer { socket: Some(response), .. }) => Ok(response),
        Ok(answer) => {
            let etag = answer.tag.map(|tag| ("etag", format!("\"{tag}\"")));
            let headers = etag.into_iter().chain(deprecation);
            respond(answer.status, answer.content_type, answer.body, headers)
        }
        Err(problem) => {
            let headers = problem.headers().into_iter().chain(deprecation);
            if is_older {
                let body = serde_json::to_string(&problem.body_of_older())?;
                respond(problem.compat_status(), "application/json", body, headers)
            } else {
                let body = serde_json::to_string(&problem.body_of_standard())?;
                respond(problem.status, "application/problem+json", body, headers)
            }
        }
    }
}

async fn answer(
    route: &Route,
    context: &Context<'_>,
    request: &mut Request,
) -> std::result::Result<Answer, Problem> {
    scope::check(route.endpoint, context, request).await?;
    let list = Revalidation::of(route, request, &context.caller);
    if let Some(tag) = list.as_ref().and_then(|list| list.is_fresh(now_ms())) {
        return Ok(Answer::not_modified(tag));
    }
    let answer = answers::answer(route.endpoint, context, request).await?;
    // Rules have a version, which is their tag.
    let judged = list.filter(|_| answer.tag.is_none()).map(|list| list.judge(&answer.body, now_ms()));
    Ok(match judged {
        Some((tag, true)) => Answer::not_modified(tag),
        Some((tag, false)) => Answer { tag: Some(tag), ..answer },
        None => answer,
    })
}

/// Finds the route, and checks the caller's role, the query parameters and the size of the body.
async fn admit<'a>(
    request: &Request,
    env: &'a Env,
    method: &str,
    path: &str,
) -> std::result::Result<(&'static Route, Context<'a>), Problem> {
    let (route, parameter) = match router::find(method, path) {
        Found::Route(route, parameter) => (route, parameter),
        Found::WrongMethod(allowed) => return Err(Problem::wrong_method(allowed)),
        Found::Nothing => return Err(Problem::not_found("there is nothing at this address")),
    };
    let caller = if route.role == Role::Anyone {
        Caller::anyone()
    } else {
        let header = request.headers().get("authorization").ok().flatten();
        let tokens = variable(env, "API_TOKENS").unwrap_or_default();
        match auth::check(header.as_deref(), &tokens, route.role, now_ms()) {
            Ok(caller) => {
                call_limits::token(env, &caller).await?;
                caller
            }
            Err(refused) => {
                if refused.status == 401 {
                    call_limits::wrong_token(env, request).await?;
                }
                return Err(refused);
            }
        }
    };
    if let Query::Only(known) = route.query {
        request::only_known(request, known)?;
    }
    request::fits(request)?;
    Ok((route, Context { env, host: WorkerHost::new(env, Deadlines::HTTP), caller, parameter }))
}

fn respond(
    status: u16,
    kind: &str,
    body: String,
    more: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", kind)?;
    for (name, value) in SECURITY {
        headers.set(name, value)?;
    }
    for (name, value) in more {
        headers.set(name, &value)?;
    }
    // A 304 must have no body, not even an empty one.
    let response = if status == NOT_MODIFIED { Response::empty()? } else { Response::ok(body)? };
    Ok(response.with_status(status).with_headers(headers))
}
