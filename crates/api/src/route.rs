//! Every route, one line each: its role, its query parameters and what it is called. Anything that is not in this table does
//! not exist.

use crate::role::Role;

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

/// One route. A name in braces in the path stands for one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// As in HTTP.
    pub method: &'static str,
    /// From the root.
    pub path: &'static str,
    /// Who may call it.
    pub role: Role,
    /// What may be in the query.
    pub query: Query,
    /// What it is called.
    pub endpoint: Endpoint,
}

/// The function that older callers use for syncs.
pub const ADS_SYNC: &str = "/functions/v1/apishopee-ads-sync";
/// The function that older callers use for budgets.
pub const ADS_SCHEDULER: &str = "/functions/v1/shopee-ads-scheduler";
/// Where Shopee's consent page sends the seller's browser.
pub const CALLBACK: &str = "/oauth/shopee/callback";

macro_rules! routes {
    ($($method:ident $path:expr, $role:ident, $query:expr => $endpoint:ident;)*) => {
        /// The endpoints.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the table says what they are")]
        pub enum Endpoint { $($endpoint,)* }

        /// The route table.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method), path: $path, role: Role::$role, query: $query, endpoint: Endpoint::$endpoint,
        },)*];
    };
}

// The callback is open to the seller's browser, which has no token of ours; its signed state is checked instead.
routes! {
    GET "/healthz", Anyone, Query::Any => Health;
    GET "/readyz", Anyone, Query::Any => Ready;
    GET "/metrics", Viewer, NONE => Metrics;
    GET "/v1/shops", Viewer, PAGE => Shops;
    GET "/v1/shops/{shop_id}", Viewer, NONE => Shop;
    PATCH "/v1/shops/{shop_id}", Admin, NONE => ChangeShop;
    DELETE "/v1/shops/{shop_id}", Admin, NONE => DeleteShop;
    GET "/v1/shops/{shop_id}/live", Viewer, Query::Only(&["since"]) => ShopLive;
    POST "/v1/shops/{shop_id}/sync", Operator, NONE => SyncShop;
    POST "/v1/shops/{shop_id}/reset", Operator, NONE => ResetShop;
    GET "/v1/shops/{shop_id}/runs", Viewer, PAGE => ShopRuns;
    GET "/v1/shops/{shop_id}/campaigns", Viewer, Query::Only(&["search", "status", "from", "to", "sort", "order", "limit", "cursor"]) => Campaigns;
    GET "/v1/shops/{shop_id}/figures", Viewer, Query::Only(&["by", "campaign_id", "from", "to"]) => Figures;
    GET "/v1/shops/{shop_id}/unlisted-spend", Viewer, Query::Only(&["from", "to"]) => UnlistedSpend;
    GET "/v1/shops/{shop_id}/changes", Viewer, Query::Only(&["campaign_id", "limit", "cursor"]) => ShopChanges;
    GET "/v1/live", Viewer, Query::Only(&["since"]) => FleetLive;
    GET "/v1/runs", Viewer, Query::Only(&["shop_id", "status", "kind", "from", "to", "limit", "cursor"]) => Runs;
    GET "/v1/runs/{run_id}", Viewer, NONE => Run;
    POST "/v1/runs/cancel", Operator, NONE => CancelRuns;
    POST "/v1/runs/retry", Operator, NONE => RetryRuns;
    POST "/v1/runs/{run_id}/cancel", Operator, NONE => CancelRun;
    POST "/v1/runs/{run_id}/pause", Operator, NONE => PauseRun;
    POST "/v1/runs/{run_id}/resume", Operator, NONE => ResumeRun;
    POST "/v1/runs/{run_id}/retry", Operator, NONE => RetryRun;
    GET "/v1/queue", Viewer, Query::Only(&["shop_id", "status", "kind", "limit", "cursor"]) => Queue;
    POST "/v1/queue/{id}/cancel", Operator, NONE => CancelQueueRow;
    POST "/v1/queue/process", Operator, NONE => ProcessQueue;
    GET "/v1/dead-letters", Operator, Query::Only(&["queue", "waiting", "from", "to", "limit", "cursor"]) => DeadLetters;
    POST "/v1/dead-letters/replay", Operator, NONE => ReplayDeadLetters;
    POST "/v1/dead-letters/{id}/replay", Operator, NONE => ReplayDeadLetter;
    GET "/v1/alerts", Viewer, Query::Only(&["open", "kind", "severity", "shop_id", "limit", "cursor"]) => Alerts;
    POST "/v1/alerts/{id}/acknowledge", Operator, NONE => AcknowledgeAlert;
    POST "/v1/alerts/{id}/mute", Operator, NONE => MuteAlert;
    GET "/v1/sinks", Admin, NONE => Sinks;
    POST "/v1/sinks", Admin, NONE => CreateSink;
    GET "/v1/sinks/{id}", Admin, NONE => Sink;
    PUT "/v1/sinks/{id}", Admin, NONE => PutSink;
    DELETE "/v1/sinks/{id}", Admin, NONE => DeleteSink;
    POST "/v1/sinks/{id}/test", Admin, NONE => TestSink;
    GET "/v1/sinks/{id}/messages", Admin, PAGE => SinkMessages;
    GET "/v1/drift", Viewer, PAGE => Drift;
    GET "/v1/audit-log", Operator, Query::Only(&["shop_id", "actor", "action", "from", "to", "limit", "cursor"]) => AuditLog;
    GET "/v1/apps/{partner_id}", Viewer, NONE => App;
    GET "/v1/calls", Viewer, Query::Only(&["shop_id", "from", "to"]) => Calls;
    GET "/v1/sync-times", Viewer, NONE => SyncTimes;
    PATCH "/v1/settings", Admin, NONE => ChangeSettings;
    GET "/v1/doctor", Admin, NONE => Doctor;
    GET "/v1/settings", Viewer, Query::Only(&["shop_id"]) => Settings;
    GET "/oauth/shopee/start", Operator, Query::Only(&["shop_id"]) => ConsentStart;
    GET CALLBACK, Anyone, Query::Any => ConsentCallback;
    POST ADS_SYNC, Operator, Query::Any => LegacyAdsSync;
    GET "/v1/shops/{shop_id}/budget-schedules", Viewer, Query::Only(&["campaign_id", "active", "limit", "cursor"]) => Schedules;
    POST "/v1/shops/{shop_id}/budget-schedules", Operator, NONE => CreateSchedule;
    POST "/v1/shops/{shop_id}/budget-schedules/csv", Operator, Query::Only(&["dry_run"]) => CreateSchedules;
    GET "/v1/budget-schedules/{id}", Viewer, NONE => Schedule;
    PATCH "/v1/budget-schedules/{id}", Operator, NONE => ChangeSchedule;
    DELETE "/v1/budget-schedules/{id}", Operator, NONE => DeleteSchedule;
    GET "/v1/shops/{shop_id}/budget-preview", Viewer, Query::Only(&["days", "campaign_id", "limit", "cursor"]) => BudgetPreview;
    POST "/v1/shops/{shop_id}/budgets/run", Operator, NONE => RunBudgets;
    GET "/v1/shops/{shop_id}/budget-logs", Viewer, Query::Only(&["campaign_id", "schedule_id", "status", "from", "to", "limit", "cursor"]) => BudgetLogs;
    GET "/v1/budget-rules", Viewer, Query::Only(&["shop_id", "region", "limit", "cursor"]) => BudgetRules;
    PUT "/v1/budget-rules", Admin, NONE => PutBudgetRules;
    POST "/v1/budget-rules/stop", Operator, NONE => StopBudgets;
    POST ADS_SCHEDULER, Operator, Query::Any => LegacyAdsScheduler;
}

impl Route {
    /// Whether it answers with a page of a list, which has an `ETag` and can be asked for by `If-None-Match`.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.method == "GET" && matches!(self.query, Query::Only(known) if known.contains(&"cursor"))
    }

    /// Whether HEAD is served like GET, without the body. Not if a GET changes something: a mail program that checks a
    /// link is not a seller. Not for WebSockets either.
    #[must_use]
    pub fn serves_head(&self) -> bool {
        self.method == "GET"
            && !matches!(
                self.endpoint,
                Endpoint::ConsentStart | Endpoint::ConsentCallback | Endpoint::ShopLive | Endpoint::FleetLive
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_health_checks_and_the_callback_is_open() {
        let open: Vec<_> =
            ROUTES.iter().filter(|route| route.role == Role::Anyone).map(|route| route.path).collect();
        assert_eq!(open, ["/healthz", "/readyz", CALLBACK]);
        assert!(
            ROUTES.iter().filter(|route| route.method != "GET").all(|route| route.role >= Role::Operator)
        );
    }
}
