//! What a token for some shops reaches: its shops. What is another's is not there (404); what is of the whole deployment is
//! forbidden (403).

use super::{context::Context, problem::Problem, request};
use api::route::Endpoint;
use store::owners::{self, Owned};
use sync_core::ShopId;
use worker::Request;

/// Where a request names the shop that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The path's parameter is the shop.
    Path,
    /// The path's parameter is a run.
    Run,
    /// The path's parameter is a row that belongs to a shop.
    Row(Owned),
    /// The query's `shop_id`.
    Query,
    /// The handler finds it, and asks [`Context::must_reach`].
    Handler,
    /// Nowhere, and nothing of a shop is shown.
    Open,
    /// Nowhere: it is about all of them.
    Deployment,
}

const fn place(endpoint: Endpoint) -> Place {
    use Endpoint as E;
    match endpoint {
        E::Health | E::Ready | E::ConsentCallback => Place::Open,
        E::Shop
        | E::ChangeShop
        | E::DeleteShop
        | E::ShopLive
        | E::SyncShop
        | E::ResetShop
        | E::ShopRuns
        | E::ShopChanges
        | E::Campaigns
        | E::Figures
        | E::UnlistedSpend
        | E::Schedules
        | E::CreateSchedule
        | E::CreateSchedules
        | E::BudgetPreview
        | E::RunBudgets
        | E::BudgetLogs => Place::Path,
        E::Run | E::CancelRun | E::PauseRun | E::ResumeRun | E::RetryRun => Place::Run,
        E::CancelQueueRow => Place::Row(Owned::QueueRow),
        E::AcknowledgeAlert | E::MuteAlert => Place::Row(Owned::Alert),
        E::Schedule | E::ChangeSchedule | E::DeleteSchedule => Place::Row(Owned::Schedule),
        E::Runs
        | E::Queue
        | E::Alerts
        | E::AuditLog
        | E::Calls
        | E::Settings
        | E::ConsentStart
        | E::BudgetRules => Place::Query,
        E::Shops
        | E::ChangeSettings
        | E::PutBudgetRules
        | E::StopBudgets
        | E::CancelRuns
        | E::RetryRuns
        | E::LegacyAdsSync
        | E::LegacyAdsScheduler => Place::Handler,
        E::ProcessQueue
        | E::DeadLetters
        | E::ReplayDeadLetter
        | E::ReplayDeadLetters
        | E::Drift
        | E::App
        | E::SyncTimes
        | E::Sinks
        | E::CreateSink
        | E::Sink
        | E::PutSink
        | E::DeleteSink
        | E::TestSink
        | E::SinkMessages
        | E::Metrics
        | E::FleetLive
        | E::Doctor => Place::Deployment,
    }
}

/// Checks that the caller may reach what a request is about, as far as the address says it.
pub async fn check(endpoint: Endpoint, context: &Context<'_>, request: &Request) -> Result<(), Problem> {
    if context.caller.shops.is_none() {
        return Ok(());
    }
    match place(endpoint) {
        Place::Open | Place::Handler => Ok(()),
        Place::Deployment => Err(Problem::of_deployment(None)),
        Place::Path => context.must_reach(Some(request::shop_id(&context.parameter)?)),
        Place::Run => {
            let run = request::run_id(&context.parameter)?;
            let unknown = || Problem::not_found(format!("there is no run {run}"));
            context.caller.may_reach(run.shop).then_some(()).ok_or_else(unknown)
        }
        Place::Query => {
            let shop = request::shop(request)?;
            shop.ok_or_else(|| Problem::of_deployment(Some("shop_id")))
                .and_then(|shop| context.must_reach(Some(shop)))
        }
        Place::Row(kind) => {
            let owner = owners::shop_of(&context.db().await?, kind, &context.parameter).await?;
            let reached = owner.is_some_and(|shop| context.caller.may_reach(ShopId(shop)));
            reached.then_some(()).ok_or_else(|| Problem::not_found("there is no row of this id"))
        }
    }
}
