//! Every route with the role it needs. Whatever is not in this table does not exist.

use sync_core::RunAction;

/// The methods of HTTP itself (RFC 9110, RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// What a caller must be, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No token needed.
    Anyone,
    /// May look.
    Viewer,
    /// May start and steer work.
    Operator,
    /// May do everything.
    Admin,
}

impl Role {
    /// The role's name in `API_TOKENS`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "viewer" => Some(Self::Viewer),
            "operator" => Some(Self::Operator),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Health,
    Ready,
    Shops,
    Shop,
    SyncShop,
    ResetShop,
    ShopRuns,
    ShopChanges,
    Run,
    RunVerb(RunAction),
    ProcessQueue,
    DeadLetters,
    ReplayDeadLetter,
    Alerts,
    Drift,
    AuditLog,
    App,
    ConsentStart,
    ConsentCallback,
    Compat,
    Schedules,
    CreateSchedule,
    CreateSchedules,
    Schedule,
    ChangeSchedule,
    DeleteSchedule,
    BudgetPreview,
    RunBudgets,
    BudgetLogs,
    BudgetRules,
    PutBudgetRules,
    StopBudgets,
    Scheduler,
}

/// One route. A `*` in the path stands for one segment, the endpoint's parameter.
#[derive(Debug, PartialEq)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub role: Role,
    pub endpoint: Endpoint,
}

/// The path of the function that older callers know for syncs.
pub const COMPAT_PATH: &str = "/functions/v1/apishopee-ads-sync";
/// The path of the function that older callers know for budgets.
pub const SCHEDULER_PATH: &str = "/functions/v1/shopee-ads-scheduler";
/// Where Shopee's consent page sends the seller's browser.
pub const CALLBACK_PATH: &str = "/oauth/shopee/callback";

const fn route(method: &'static str, path: &'static str, role: Role, endpoint: Endpoint) -> Route {
    Route { method, path, role, endpoint }
}

/// The table. The callback is open to the seller's browser, which has no token of ours: its signed state is checked.
pub const ROUTES: [Route; 36] = [
    route("GET", "/healthz", Role::Anyone, Endpoint::Health),
    route("GET", "/readyz", Role::Anyone, Endpoint::Ready),
    route("GET", "/v1/shops", Role::Viewer, Endpoint::Shops),
    route("GET", "/v1/shops/*", Role::Viewer, Endpoint::Shop),
    route("POST", "/v1/shops/*/sync", Role::Operator, Endpoint::SyncShop),
    route("POST", "/v1/shops/*/reset", Role::Operator, Endpoint::ResetShop),
    route("GET", "/v1/shops/*/runs", Role::Viewer, Endpoint::ShopRuns),
    route("GET", "/v1/shops/*/changes", Role::Viewer, Endpoint::ShopChanges),
    route("GET", "/v1/runs/*", Role::Viewer, Endpoint::Run),
    route("POST", "/v1/runs/*/cancel", Role::Operator, Endpoint::RunVerb(RunAction::Cancel)),
    route("POST", "/v1/runs/*/pause", Role::Operator, Endpoint::RunVerb(RunAction::Pause)),
    route("POST", "/v1/runs/*/resume", Role::Operator, Endpoint::RunVerb(RunAction::Resume)),
    route("POST", "/v1/runs/*/retry", Role::Operator, Endpoint::RunVerb(RunAction::Retry)),
    route("POST", "/v1/queue/process", Role::Operator, Endpoint::ProcessQueue),
    route("GET", "/v1/dead-letters", Role::Operator, Endpoint::DeadLetters),
    route("POST", "/v1/dead-letters/*/replay", Role::Operator, Endpoint::ReplayDeadLetter),
    route("GET", "/v1/alerts", Role::Viewer, Endpoint::Alerts),
    route("GET", "/v1/drift", Role::Viewer, Endpoint::Drift),
    route("GET", "/v1/audit-log", Role::Operator, Endpoint::AuditLog),
    route("GET", "/v1/apps/*", Role::Viewer, Endpoint::App),
    route("GET", "/oauth/shopee/start", Role::Operator, Endpoint::ConsentStart),
    route("GET", CALLBACK_PATH, Role::Anyone, Endpoint::ConsentCallback),
    route("POST", COMPAT_PATH, Role::Operator, Endpoint::Compat),
    route("GET", "/v1/shops/*/budget-schedules", Role::Viewer, Endpoint::Schedules),
    route("POST", "/v1/shops/*/budget-schedules", Role::Operator, Endpoint::CreateSchedule),
    route("POST", "/v1/shops/*/budget-schedules/csv", Role::Operator, Endpoint::CreateSchedules),
    route("GET", "/v1/budget-schedules/*", Role::Viewer, Endpoint::Schedule),
    route("PATCH", "/v1/budget-schedules/*", Role::Operator, Endpoint::ChangeSchedule),
    route("DELETE", "/v1/budget-schedules/*", Role::Operator, Endpoint::DeleteSchedule),
    route("GET", "/v1/shops/*/budget-preview", Role::Viewer, Endpoint::BudgetPreview),
    route("POST", "/v1/shops/*/budgets/run", Role::Operator, Endpoint::RunBudgets),
    route("GET", "/v1/shops/*/budget-logs", Role::Viewer, Endpoint::BudgetLogs),
    route("GET", "/v1/budget-rules", Role::Viewer, Endpoint::BudgetRules),
    route("PUT", "/v1/budget-rules", Role::Admin, Endpoint::PutBudgetRules),
    route("POST", "/v1/budget-rules/stop", Role::Operator, Endpoint::StopBudgets),
    route("POST", SCHEDULER_PATH, Role::Operator, Endpoint::Scheduler),
];

impl Route {
    /// As GET, without the body. Not where looking changes something: a link that a mail program looks at is not a seller.
    fn serves_head(&self) -> bool {
        self.method == "GET" && !matches!(self.endpoint, Endpoint::ConsentStart | Endpoint::ConsentCallback)
    }

    /// The parameters that its query may have. None: any, as others make the address, or nobody reads them.
    pub fn query(&self) -> Option<&'static [&'static str]> {
        Some(match self.endpoint {
            Endpoint::Health
            | Endpoint::Ready
            | Endpoint::ConsentCallback
            | Endpoint::Compat
            | Endpoint::Scheduler => return None,
            Endpoint::Shops | Endpoint::ShopRuns | Endpoint::DeadLetters | Endpoint::Drift => {
                &["limit", "cursor"]
            }
            Endpoint::ShopChanges => &["campaign_id", "limit", "cursor"],
            Endpoint::Alerts => &["open", "limit", "cursor"],
            Endpoint::AuditLog => &["shop_id", "limit", "cursor"],
            Endpoint::ConsentStart => &["shop_id"],
            Endpoint::Schedules => &["campaign_id", "active", "limit", "cursor"],
            Endpoint::CreateSchedules => &["dry_run"],
            Endpoint::BudgetPreview => &["days", "campaign_id", "limit", "cursor"],
            Endpoint::BudgetLogs => {
                &["campaign_id", "schedule_id", "status", "from", "to", "limit", "cursor"]
            }
            Endpoint::BudgetRules => &["shop_id", "region", "limit", "cursor"],
            _ => &[],
        })
    }
}

/// What an address stands for.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// The method is none of HTTP's own.
    UnknownMethod,
    /// A route, with the parameter's text (empty if it has none).
    Route(&'static Route, String),
    /// The address exists, for these methods.
    WrongMethod(String),
    /// Nothing.
    Nothing,
}

/// Looks an address up.
pub fn find(method: &str, path: &str) -> Found {
    if !METHODS.contains(&method) {
        return Found::UnknownMethod;
    }
    let matches: Vec<_> =
        ROUTES.iter().filter_map(|route| parameter(route.path, path).map(|found| (route, found))).collect();
    if matches.is_empty() {
        return Found::Nothing;
    }
    let methods =
        matches.iter().flat_map(|(route, _)| [Some(route.method), route.serves_head().then_some("HEAD")]);
    let allowed = methods.flatten().collect::<Vec<_>>().join(", ");
    let serves = |route: &Route| route.method == method || method == "HEAD" && route.serves_head();
    match matches.into_iter().find(|(route, _)| serves(route)) {
        Some((route, parameter)) => Found::Route(route, parameter),
        None => Found::WrongMethod(allowed),
    }
}

fn parameter(pattern: &str, path: &str) -> Option<String> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut parameter = String::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(parameter),
            (Some("*"), Some(segment)) if !segment.is_empty() => parameter = segment.to_owned(),
            (Some(expected), Some(segment)) if expected == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_and_only_by_its_method() {
        for route in &ROUTES {
            let path = route.path.replace('*', "42");
            let expected = if route.path.contains('*') { "42" } else { "" };
            assert_eq!(find(route.method, &path), Found::Route(route, expected.to_owned()));
            assert!(matches!(find("OPTIONS", &path), Found::WrongMethod(_)), "{path}");
        }
    }

    #[test]
    fn a_look_without_the_body_is_served_where_it_changes_nothing() {
        for (path, allowed) in
            [("/v1/shops", "GET, HEAD"), ("/v1/budget-rules", "GET, HEAD, PUT"), (CALLBACK_PATH, "GET")]
        {
            let head = find("HEAD", path);
            assert_eq!(matches!(head, Found::Route(..)), allowed.contains("HEAD"), "{path}");
            assert_eq!(find("OPTIONS", path), Found::WrongMethod(allowed.to_owned()));
        }
        for method in ["PURGE", "PROPFIND", "get", ""] {
            assert_eq!(find(method, "/v1/shops"), Found::UnknownMethod, "{method}");
        }
    }

    #[test]
    fn nothing_but_the_health_checks_and_the_callback_is_open() {
        let open: Vec<_> =
            ROUTES.iter().filter(|route| route.role == Role::Anyone).map(|route| route.path).collect();
        assert_eq!(open, ["/healthz", "/readyz", CALLBACK_PATH]);
        assert!(
            ROUTES.iter().filter(|route| route.method != "GET").all(|route| route.role >= Role::Operator)
        );
    }

    #[test]
    fn other_addresses_are_nothing() {
        for path in ["/", "/v1", "/v1/shops/", "/v1/shops//sync", "/v1/shops/1/sync/2", "/healthz/"] {
            assert_eq!(find("GET", path), Found::Nothing, "{path}");
        }
    }
}
