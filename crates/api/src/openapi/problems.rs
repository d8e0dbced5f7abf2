//! The codes of problems with their statuses, and which operation may answer with which.

use crate::{role::Role, route::Endpoint};

/// A code, its status, and when it comes.
pub(super) struct Code {
    pub(super) code: &'static str,
    pub(super) status: u16,
    pub(super) when: &'static str,
}

macro_rules! codes {
    ($($status:literal $code:ident: $when:literal;)*) => {
        /// All codes.
        pub(super) const CODES: &[Code] = &[$(Code { code: stringify!($code), status: $status, when: $when },)*];
    };
}

codes! {
    400 invalid_field: "A field or a parameter is not as it must be.";
    400 invalid_body: "The body as a whole is not as it must be.";
    401 unauthorized: "There is no valid token.";
    403 forbidden: "The token's role does not allow it.";
    404 not_found: "There is no such thing.";
    408 body_late: "The body did not arrive in time.";
    409 run_ended: "The run is over.";
    409 already_paused: "The run is paused.";
    409 not_paused: "The run is not paused.";
    409 still_active: "The run is not over.";
    409 nothing_failed: "No chunk has failed.";
    409 nothing_planned: "The run has ended before anything was planned.";
    409 not_the_newest: "There is a newer run.";
    409 nothing_to_reset: "There is no run, and nothing in line.";
    409 already_replayed: "The letter was replayed before.";
    409 unreadable: "The letter cannot be read.";
    409 chunk_ended: "The letter's chunk is over.";
    409 job_ended: "The job is over.";
    409 job_in_work: "The job is in work.";
    409 alert_closed: "The alert is over.";
    409 name_taken: "Another sink has the name.";
    409 too_many_sinks: "There are as many sinks as are allowed.";
    409 no_token_keys: "TOKEN_KEYS is not set, without which no secret is stored.";
    409 job_gone: "The letter's job was deleted.";
    409 shop_gone: "The letter's shop was deleted.";
    409 no_access_token: "The shop has no access token that works.";
    409 shop_disabled: "The shop is off.";
    409 busy: "Something else is at work on the shop.";
    409 region_unknown: "The shop's region is not known.";
    409 schedules_changed: "Others change the campaign's schedules at the same time.";
    409 not_configured: "The deployment lacks a setting.";
    409 consent_refused: "The seller did not consent.";
    409 consent_not_usable: "The consent is used up, or not for this shop.";
    409 no_open_progress: "No progress is open that a caller drives by hand.";
    412 version_changed: "Somebody else has changed it meanwhile.";
    413 body_too_large: "The body is too large.";
    422 refused: "A value can be read, and is not allowed.";
    422 lines_refused: "Lines of the file are refused, and nothing was stored.";
    422 idempotency_key_reused: "The key was sent with something else before.";
    426 upgrade_required: "It is a WebSocket.";
    428 condition_required: "The request has no condition.";
    429 too_many_calls: "The token, or the address without a valid one, makes too many calls.";
    502 shopee_error: "Shopee refused or failed.";
    503 unavailable: "The database or an object does not answer.";
    503 late: "The work takes longer than a caller should wait.";
    503 not_migrated: "The database lacks migrations.";
    503 app_throttled: "Shopee has throttled the app.";
    503 daily_quota: "The app's calls of the day are used up.";
    503 endpoint_quota: "The app's calls of the day to an endpoint are used up.";
    503 shop_throttled: "Shopee has throttled the shop.";
    503 app_rate: "Other shops use the app's calls.";
    503 shop_rate: "The shop's next call is not near.";
    546 chunk_overran: "The chunk took too long.";
}

const OF_BODY: &[&str] = &["invalid_field", "invalid_body", "body_late", "body_too_large"];
const OF_DATABASE: &[&str] = &["unavailable", "late"];
const OF_INTAKE: &[&str] = &["not_found", "no_access_token", "shop_disabled", "busy", "shopee_error"];
const OF_CALLS: &[&str] =
    &["app_throttled", "daily_quota", "endpoint_quota", "shop_throttled", "app_rate", "shop_rate"];
const OF_SCHEDULES: &[&str] = &["not_found", "region_unknown", "schedules_changed", "refused"];
const OF_VERBS: &[&str] = &["not_found", "run_ended", "nothing_planned", "not_the_newest"];

const KEY_REUSED: &str = "idempotency_key_reused";

/// The codes with which an operation may answer.
pub(super) fn of(endpoint: Endpoint, role: Role, has_parameters: bool, has_body: bool) -> Vec<&'static Code> {
    let mut codes: Vec<&str> = Vec::new();
    if role > Role::Anyone {
        codes.extend(["unauthorized", "forbidden", "too_many_calls"]);
    }
    if has_parameters {
        codes.push("invalid_field");
    }
    if has_body {
        codes.extend(OF_BODY);
    }
    // The page of metrics says itself which part it lacks.
    if !matches!(endpoint, Endpoint::Health | Endpoint::Metrics | Endpoint::Doctor) {
        codes.extend(OF_DATABASE);
    }
    codes.extend(special(endpoint));
    CODES.iter().filter(|known| codes.contains(&known.code)).collect()
}

fn special(endpoint: Endpoint) -> Vec<&'static str> {
    use Endpoint::{
        AcknowledgeAlert, App, BudgetLogs, BudgetPreview, BudgetRules, Campaigns, CancelQueueRow, CancelRun,
        CancelRuns, ChangeSchedule, ChangeSettings, ChangeShop, ConsentCallback, ConsentStart,
        CreateSchedule, CreateSchedules, CreateSink, DeleteSchedule, DeleteShop, DeleteSink, Figures,
        FleetLive, LegacyAdsScheduler, LegacyAdsSync, MuteAlert, PauseRun, PutBudgetRules, PutSink, Ready,
        ReplayDeadLetter, ReplayDeadLetters, ResetShop, ResumeRun, RetryRun, RetryRuns, Run, RunBudgets,
        Schedule, Schedules, Settings, Shop, ShopLive, ShopRuns, Sink, SinkMessages, StopBudgets, SyncShop,
        TestSink, UnlistedSpend,
    };
    match endpoint {
        Ready => vec!["not_migrated"],
        Shop | ShopRuns | Run | App | Settings | Schedules | Schedule | BudgetLogs | StopBudgets => {
            vec!["not_found"]
        }
        BudgetRules | Campaigns | Figures | UnlistedSpend => vec!["not_found"],
        CancelQueueRow => vec!["not_found", "job_in_work", "job_ended"],
        AcknowledgeAlert | MuteAlert => vec!["not_found", "alert_closed"],
        ChangeSettings | DeleteShop => vec!["not_found", "refused"],
        ChangeShop => vec!["not_found"],
        Sink | DeleteSink | TestSink | SinkMessages => vec!["not_found"],
        CreateSink => vec!["name_taken", "too_many_sinks", "no_token_keys"],
        PutSink => vec!["not_found", "refused", "name_taken", "no_token_keys"],
        BudgetPreview => vec!["not_found", "region_unknown"],
        FleetLive => vec!["upgrade_required"],
        ShopLive => vec!["not_found", "upgrade_required"],
        SyncShop => [OF_INTAKE, OF_CALLS, &[KEY_REUSED]].concat(),
        ResetShop => vec!["not_found", "nothing_to_reset"],
        CancelRuns | RetryRuns => vec!["not_found", "refused"],
        ReplayDeadLetters => vec!["refused"],
        CancelRun => OF_VERBS.to_vec(),
        PauseRun => [OF_VERBS, &["already_paused"]].concat(),
        ResumeRun => [OF_VERBS, &["not_paused"]].concat(),
        RetryRun => [OF_VERBS, OF_INTAKE, OF_CALLS, &["still_active", "nothing_failed"]].concat(),
        ReplayDeadLetter => vec![
            "not_found",
            "already_replayed",
            "unreadable",
            "run_ended",
            "chunk_ended",
            "job_ended",
            "job_gone",
            "shop_gone",
        ],
        ConsentStart => vec!["not_configured"],
        ConsentCallback => vec!["not_configured", "consent_refused", "consent_not_usable", "shopee_error"],
        CreateSchedule => [OF_SCHEDULES, &[KEY_REUSED]].concat(),
        ChangeSchedule | DeleteSchedule => OF_SCHEDULES.to_vec(),
        CreateSchedules => [OF_SCHEDULES, &["lines_refused", KEY_REUSED]].concat(),
        RunBudgets => [OF_INTAKE, OF_CALLS, &["region_unknown"]].concat(),
        PutBudgetRules => {
            vec!["not_found", "region_unknown", "version_changed", "condition_required"]
        }
        LegacyAdsSync => [OF_INTAKE, OF_CALLS, &["no_open_progress", "chunk_overran"]].concat(),
        LegacyAdsScheduler => [OF_SCHEDULES, OF_INTAKE, OF_CALLS].concat(),
        Endpoint::Health
        | Endpoint::Metrics
        | Endpoint::Shops
        | Endpoint::ShopChanges
        | Endpoint::ProcessQueue
        | Endpoint::Runs
        | Endpoint::Queue
        | Endpoint::Calls
        | Endpoint::SyncTimes
        | Endpoint::DeadLetters
        | Endpoint::Alerts
        | Endpoint::Sinks
        | Endpoint::Doctor
        | Endpoint::Drift
        | Endpoint::AuditLog => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::ROUTES;

    #[test]
    fn every_code_comes_from_an_operation_and_has_a_status() {
        let named: Vec<&str> = ROUTES
            .iter()
            .flat_map(|route| of(route.endpoint, route.role, true, true))
            .map(|code| code.code)
            .collect();
        let unused: Vec<&str> =
            CODES.iter().map(|code| code.code).filter(|code| !named.contains(code)).collect();
        assert_eq!(unused, Vec::<&str>::new());
        let known = |name: &&&str| !CODES.iter().any(|code| code.code == **name);
        for route in ROUTES {
            let special = special(route.endpoint);
            assert_eq!(special.iter().find(known), None, "{}", route.path);
        }
    }
}
