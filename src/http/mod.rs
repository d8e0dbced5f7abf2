//! The HTTP interface: one file a resource; routes and their roles in one table.

mod alerts;
mod apps;
mod audit_log;
mod auth;
mod body;
mod budget_rules;
mod budget_schedules;
mod budgets;
mod changes;
mod compat;
mod consent;
mod dead_letters;
mod drift;
mod health;
mod page;
mod problem;
mod queue;
mod routes;
mod runs;
mod scheduler;
mod shops;
mod words;

use crate::adapter::{Deadlines, REQUEST_MS_MAX, WorkerHost, log, variable, within};
use auth::Caller;
use problem::Problem;
use routes::{Endpoint, Found, Role};
use serde_json::{Value, json};
use sync_flow::host::Level;
use worker::{Env, Headers, Request, Response, Result};

/// An answer: a status and a JSON body.
pub struct Answer {
    status: u16,
    body: Value,
    /// The version of what is shown, where it has one.
    version: Option<i64>,
}

impl Answer {
    /// 200.
    fn ok(body: Value) -> Self {
        Self { status: 200, body, version: None }
    }

    /// 200 with an `ETag`.
    fn versioned(version: i64, body: Value) -> Self {
        Self { version: Some(version), ..Self::ok(body) }
    }

    /// 201: made.
    fn created(body: Value) -> Self {
        Self { status: 201, ..Self::ok(body) }
    }

    /// 202: taken on, not yet done.
    fn accepted(body: Value) -> Self {
        Self { status: 202, ..Self::ok(body) }
    }
}

/// What an endpoint works with.
pub struct Context<'a> {
    env: &'a Env,
    host: WorkerHost<'a>,
    caller: Caller,
    /// The address's parameter; empty if the route has none.
    parameter: String,
}

/// Serves a request.
///
/// # Errors
/// Only if the answer itself cannot be built.
pub async fn serve(mut request: Request, env: Env) -> Result<Response> {
    // The library takes a method that it does not know for GET.
    let (method, path) = (request.inner().method(), request.path());
    let answered = match admit(&request, &env, &method, &path) {
        Ok((endpoint, context)) => within(REQUEST_MS_MAX, call(endpoint, &context, &mut request))
            .await
            .unwrap_or_else(|| Err(Problem::late(REQUEST_MS_MAX))),
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &answered {
        let fields = json!({ "method": method, "path": path, "status": problem.status, "code": problem.code,
                             "detail": problem.detail, "cause": problem.cause });
        log::line(if problem.status >= 500 { Level::Error } else { Level::Info }, "http", fields);
    }
    if path == routes::CALLBACK_PATH && page::is_wanted(&request) {
        return page::respond(&answered);
    }
    let problem = match answered {
        Ok(answer) => {
            let etag = answer.version.map(|version| ("etag", format!("\"{version}\"")));
            return respond(answer.status, "application/json", answer.body.to_string(), etag);
        }
        Err(problem) => problem,
    };
    let headers = problem.headers();
    match path.as_str() {
        routes::COMPAT_PATH | routes::SCHEDULER_PATH => {
            respond(problem.compat_status(), "application/json", problem.as_compat().to_string(), headers)
        }
        _ => respond(problem.status, "application/problem+json", problem.as_json().to_string(), headers),
    }
}

/// Finds the route, and checks the caller's role and the query's parameters.
fn admit<'a>(
    request: &Request,
    env: &'a Env,
    method: &str,
    path: &str,
) -> std::result::Result<(Endpoint, Context<'a>), Problem> {
    let (route, parameter) = match routes::find(method, path) {
        Found::Route(route, parameter) => (route, parameter),
        Found::UnknownMethod => return Err(Problem::unknown_method()),
        Found::WrongMethod(allowed) => return Err(Problem::wrong_method(allowed)),
        Found::Nothing => return Err(Problem::not_found("there is nothing at this address")),
    };
    let caller = if route.role == Role::Anyone {
        Caller(Role::Anyone.as_str().to_owned())
    } else {
        let header = request.headers().get("authorization").ok().flatten();
        let tokens = variable(env, "API_TOKENS").unwrap_or_default();
        auth::check(header.as_deref(), &tokens, route.role)?
    };
    if let Some(known) = route.query() {
        body::only_known(request, known)?;
    }
    Ok((route.endpoint, Context { env, host: WorkerHost::new(env, Deadlines::HTTP), caller, parameter }))
}

async fn call(
    endpoint: Endpoint,
    context: &Context<'_>,
    request: &mut Request,
) -> std::result::Result<Answer, Problem> {
    match endpoint {
        Endpoint::Health => Ok(Answer::ok(json!({ "status": "ok" }))),
        Endpoint::Ready => health::ready(context).await,
        Endpoint::Shops => shops::list(context, request).await,
        Endpoint::Shop => shops::get(context).await,
        Endpoint::SyncShop => shops::sync(context, request).await,
        Endpoint::ResetShop => shops::reset(context, request).await,
        Endpoint::ShopRuns => runs::list(context, request).await,
        Endpoint::ShopChanges => changes::list(context, request).await,
        Endpoint::Run => runs::get(context).await,
        Endpoint::RunVerb(verb) => runs::request(context, request, verb).await,
        Endpoint::ProcessQueue => queue::process(context, request).await,
        Endpoint::DeadLetters => dead_letters::list(context, request).await,
        Endpoint::ReplayDeadLetter => dead_letters::replay(context, request).await,
        Endpoint::Alerts => alerts::list(context, request).await,
        Endpoint::Drift => drift::list(context, request).await,
        Endpoint::AuditLog => audit_log::list(context, request).await,
        Endpoint::App => apps::get(context).await,
        Endpoint::ConsentStart => consent::start(context, request).await,
        Endpoint::ConsentCallback => consent::callback(context, request).await,
        Endpoint::Compat => compat::call(context, request).await,
        Endpoint::Schedules => budget_schedules::list(context, request).await,
        Endpoint::CreateSchedule => budget_schedules::create(context, request).await,
        Endpoint::CreateSchedules => budget_schedules::csv::create(context, request).await,
        Endpoint::Schedule => budget_schedules::get(context).await,
        Endpoint::ChangeSchedule => budget_schedules::change(context, request).await,
        Endpoint::DeleteSchedule => budget_schedules::delete(context, request).await,
        Endpoint::BudgetPreview => budget_schedules::preview::get(context, request).await,
        Endpoint::RunBudgets => budgets::run(context, request).await,
        Endpoint::BudgetLogs => budgets::logs(context, request).await,
        Endpoint::BudgetRules => budget_rules::list(context, request).await,
        Endpoint::PutBudgetRules => budget_rules::put(context, request).await,
        Endpoint::StopBudgets => budget_rules::stop(context, request).await,
        Endpoint::Scheduler => scheduler::call(context, request).await,
    }
}

fn respond(
    status: u16,
    kind: &str,
    body: String,
    more: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", kind)?;
    headers.set("cache-control", "no-store")?;
    for (name, value) in more {
        headers.set(name, &value)?;
    }
    Ok(Response::ok(body)?.with_status(status).with_headers(headers))
}
