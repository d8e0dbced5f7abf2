//! Every route, one line each: its role, its query parameters, and its handler. Anything that is not in this table does
//! not exist.

use super::{
    alerts, apps, audit_log, budgets, changes, consent,
    context::{Answer, Context},
    dead_letters, drift, health, legacy,
    paths::{ADS_SCHEDULER, ADS_SYNC, CALLBACK},
    problem::Problem,
    queue_jobs,
    role::Role,
    runs, settings, shops,
};
use compact::json;
use sync_core::RunAction;
use worker::Request;

/// The query parameters that a route accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// These, each at most once.
    Only(&'static [&'static str]),
    /// Any, because others create the address or the route ignores them.
    Any,
}

const NONE: Query = Query::Only(&[]);
const PAGE: Query = Query::Only(&["limit", "cursor"]);

/// One route. A `*` in the path stands for one segment, the endpoint's parameter.
#[derive(Debug, PartialEq)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub role: Role,
    pub query: Query,
    pub endpoint: Endpoint,
}

macro_rules! routes {
    (|$context:ident, $request:ident|
     $($method:ident $path:expr, $role:ident, $query:expr => $endpoint:ident: $answer:expr;)*) => {
        /// The endpoints.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Endpoint { $($endpoint,)* }

        /// The route table.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method), path: $path, role: Role::$role, query: $query, endpoint: Endpoint::$endpoint,
        },)*];

        /// Calls the handler of an endpoint.
        pub async fn answer(
            endpoint: Endpoint,
            $context: &Context<'_>,
            $request: &mut Request,
        ) -> Result<Answer, Problem> {
            match endpoint { $(Endpoint::$endpoint => $answer,)* }
        }
    };
}

// The callback is open to the seller's browser, which has no token of ours; its signed state is checked instead.
routes! {
    |context, request|
    GET "/healthz", Anyone, Query::Any => Health: Ok(Answer::ok(json!({ "status": "ok" })));
    GET "/readyz", Anyone, Query::Any => Ready: health::ready(context).await;
    GET "/v1/shops", Viewer, PAGE => Shops: shops::list(context, request).await;
    GET "/v1/shops/*", Viewer, NONE => Shop: shops::get(context).await;
    POST "/v1/shops/*/sync", Operator, NONE => SyncShop: shops::sync(context, request).await;
    POST "/v1/shops/*/reset", Operator, NONE => ResetShop: shops::reset(context, request).await;
    GET "/v1/shops/*/runs", Viewer, PAGE => ShopRuns: runs::list(context, request).await;
    GET "/v1/shops/*/changes", Viewer, Query::Only(&["campaign_id", "limit", "cursor"]) => ShopChanges: changes::list(context, request).await;
    GET "/v1/runs/*", Viewer, NONE => Run: runs::get(context).await;
    POST "/v1/runs/*/cancel", Operator, NONE => CancelRun: runs::act(context, request, RunAction::Cancel).await;
    POST "/v1/runs/*/pause", Operator, NONE => PauseRun: runs::act(context, request, RunAction::Pause).await;
    POST "/v1/runs/*/resume", Operator, NONE => ResumeRun: runs::act(context, request, RunAction::Resume).await;
    POST "/v1/runs/*/retry", Operator, NONE => RetryRun: runs::act(context, request, RunAction::Retry).await;
    POST "/v1/queue/process", Operator, NONE => ProcessQueue: queue_jobs::process(context, request).await;
    GET "/v1/dead-letters", Operator, PAGE => DeadLetters: dead_letters::list(context, request).await;
    POST "/v1/dead-letters/*/replay", Operator, NONE => ReplayDeadLetter: dead_letters::replay(context, request).await;
    GET "/v1/alerts", Viewer, Query::Only(&["open", "limit", "cursor"]) => Alerts: alerts::list(context, request).await;
    GET "/v1/drift", Viewer, PAGE => Drift: drift::list(context, request).await;
    GET "/v1/audit-log", Operator, Query::Only(&["shop_id", "limit", "cursor"]) => AuditLog: audit_log::list(context, request).await;
    GET "/v1/apps/*", Viewer, NONE => App: apps::get(context).await;
    GET "/v1/settings", Viewer, Query::Only(&["shop_id"]) => Settings: settings::list(context, request).await;
    GET "/oauth/shopee/start", Operator, Query::Only(&["shop_id"]) => ConsentStart: consent::start(context, request).await;
    GET CALLBACK, Anyone, Query::Any => ConsentCallback: consent::callback(context, request).await;
    POST ADS_SYNC, Operator, Query::Any => LegacyAdsSync: legacy::ads_sync::call(context, request).await;
    GET "/v1/shops/*/budget-schedules", Viewer, Query::Only(&["campaign_id", "active", "limit", "cursor"]) => Schedules: budgets::schedules::list(context, request).await;
    POST "/v1/shops/*/budget-schedules", Operator, NONE => CreateSchedule: budgets::schedules::create(context, request).await;
    POST "/v1/shops/*/budget-schedules/csv", Operator, Query::Only(&["dry_run"]) => CreateSchedules: budgets::csv::create(context, request).await;
    GET "/v1/budget-schedules/*", Viewer, NONE => Schedule: budgets::schedules::get(context).await;
    PATCH "/v1/budget-schedules/*", Operator, NONE => ChangeSchedule: budgets::schedules::change(context, request).await;
    DELETE "/v1/budget-schedules/*", Operator, NONE => DeleteSchedule: budgets::schedules::delete(context, request).await;
    GET "/v1/shops/*/budget-preview", Viewer, Query::Only(&["days", "campaign_id", "limit", "cursor"]) => BudgetPreview: budgets::preview::get(context, request).await;
    POST "/v1/shops/*/budgets/run", Operator, NONE => RunBudgets: budgets::runs::run(context, request).await;
    GET "/v1/shops/*/budget-logs", Viewer, Query::Only(&["campaign_id", "schedule_id", "status", "from", "to", "limit", "cursor"]) => BudgetLogs: budgets::runs::logs(context, request).await;
    GET "/v1/budget-rules", Viewer, Query::Only(&["shop_id", "region", "limit", "cursor"]) => BudgetRules: budgets::rules::list(context, request).await;
    PUT "/v1/budget-rules", Admin, NONE => PutBudgetRules: budgets::rules::put(context, request).await;
    POST "/v1/budget-rules/stop", Operator, NONE => StopBudgets: budgets::rules::stop(context, request).await;
    POST ADS_SCHEDULER, Operator, Query::Any => LegacyAdsScheduler: legacy::ads_scheduler::call(context, request).await;
}

impl Route {
    /// Whether HEAD is served like GET, without the body. Not if a GET changes something: a mail program that checks a
    /// link is not a seller.
    pub fn serves_head(&self) -> bool {
        self.method == "GET" && !matches!(self.endpoint, Endpoint::ConsentStart | Endpoint::ConsentCallback)
    }
}
