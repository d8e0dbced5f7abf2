//! Who answers which endpoint of the table (`crates/api/src/route.rs`).

use super::{
    alerts, apps, audit_log, budgets, bulk, campaigns, changes, consent,
    context::{Answer, Context},
    dead_letters, drift, figures, health, legacy, metrics,
    problem::Problem,
    queue_jobs, reports, runs, settings, settings_change, shops,
};
use api::{health::Health, route::Endpoint};
use sync_core::RunAction;
use worker::Request;

/// Calls the handler of an endpoint.
pub async fn answer(
    endpoint: Endpoint,
    context: &Context<'_>,
    request: &mut Request,
) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Health => Answer::ok(&Health { status: "ok".to_owned() }),
        Endpoint::Ready => health::ready(context).await,
        Endpoint::Metrics => metrics::get(context).await,
        Endpoint::Shops => shops::list(context, request).await,
        Endpoint::Shop => shops::get(context).await,
        Endpoint::SyncShop => shops::sync(context, request).await,
        Endpoint::ResetShop => shops::reset(context, request).await,
        Endpoint::ShopRuns => runs::list(context, request).await,
        Endpoint::Campaigns => campaigns::list(context, request).await,
        Endpoint::Figures => figures::read(context, request).await,
        Endpoint::UnlistedSpend => reports::unlisted(context, request).await,
        Endpoint::ShopChanges => changes::list(context, request).await,
        Endpoint::Runs => runs::list_all(context, request).await,
        Endpoint::Run => runs::get(context).await,
        Endpoint::CancelRuns => bulk::act(context, request, RunAction::Cancel).await,
        Endpoint::RetryRuns => bulk::act(context, request, RunAction::Retry).await,
        Endpoint::ReplayDeadLetters => bulk::replay(context, request).await,
        Endpoint::CancelRun => runs::act(context, request, RunAction::Cancel).await,
        Endpoint::PauseRun => runs::act(context, request, RunAction::Pause).await,
        Endpoint::ResumeRun => runs::act(context, request, RunAction::Resume).await,
        Endpoint::RetryRun => runs::act(context, request, RunAction::Retry).await,
        Endpoint::Queue => queue_jobs::list(context, request).await,
        Endpoint::CancelQueueRow => queue_jobs::cancel(context, request).await,
        Endpoint::ProcessQueue => queue_jobs::process(context, request).await,
        Endpoint::DeadLetters => dead_letters::list(context, request).await,
        Endpoint::ReplayDeadLetter => dead_letters::replay(context, request).await,
        Endpoint::Alerts => alerts::list(context, request).await,
        Endpoint::AcknowledgeAlert => alerts::acknowledge(context, request).await,
        Endpoint::MuteAlert => alerts::mute(context, request).await,
        Endpoint::Drift => drift::list(context, request).await,
        Endpoint::AuditLog => audit_log::list(context, request).await,
        Endpoint::App => apps::get(context).await,
        Endpoint::Calls => reports::calls(context, request).await,
        Endpoint::SyncTimes => reports::sync_times(context).await,
        Endpoint::ChangeSettings => settings_change::change(context, request).await,
        Endpoint::Settings => settings::list(context, request).await,
        Endpoint::ConsentStart => consent::start(context, request).await,
        Endpoint::ConsentCallback => consent::callback(context, request).await,
        Endpoint::LegacyAdsSync => legacy::ads_sync::call(context, request).await,
        Endpoint::Schedules => budgets::schedules::list(context, request).await,
        Endpoint::CreateSchedule => budgets::schedules::create(context, request).await,
        Endpoint::CreateSchedules => budgets::csv::create(context, request).await,
        Endpoint::Schedule => budgets::schedules::get(context).await,
        Endpoint::ChangeSchedule => budgets::schedules::change(context, request).await,
        Endpoint::DeleteSchedule => budgets::schedules::delete(context, request).await,
        Endpoint::BudgetPreview => budgets::preview::get(context, request).await,
        Endpoint::RunBudgets => budgets::runs::run(context, request).await,
        Endpoint::BudgetLogs => budgets::runs::logs(context, request).await,
        Endpoint::BudgetRules => budgets::rules::list(context, request).await,
        Endpoint::PutBudgetRules => budgets::rules::put(context, request).await,
        Endpoint::StopBudgets => budgets::rules::stop(context, request).await,
        Endpoint::LegacyAdsScheduler => legacy::ads_scheduler::call(context, request).await,
    }
}
