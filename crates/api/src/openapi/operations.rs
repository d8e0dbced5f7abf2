//! What each route takes and answers.

use super::shapes::Shape;
use crate::{
    alert::{Alert, Mute},
    app::App,
    audit::AuditLogEntry,
    budget::{
        csv::Lines,
        preview::Preview,
        rules::{PutRules, Rules, RulesOfRegion, RulesOfShop},
        run::{BudgetLog, BudgetsRun, RunBudgets, StopBudgets},
        schedule::{ChangeSchedule, CreateSchedule, Deleted, Schedule},
    },
    bulk::{LetterFilter, Reports, RunFilter},
    campaign::{Campaigns, Change},
    consent::{ConsentLinks, Consented},
    dead_letter::{DeadLetter, Replayed},
    doctor::Doctor,
    drift::KnownDrift,
    figures::Figures,
    health::{Health, Readiness},
    live::{FleetMessage, LiveMessage},
    older::{
        OlderChunk, OlderDone, OlderLogs, OlderProcessed, OlderRanNow, OlderSaved, OlderSchedules, OlderSync,
        OlderTick,
    },
    queue::{Processed, QueueRow, RowCancelled},
    report::{CallsOfDay, SyncTime, UnlistedSpend},
    route::Endpoint,
    run::{Acted, Run, RunDetail},
    setting::{ChangeSettings, Settings},
    shop::{Accepted, ChangeShop, DeleteShop, Reset, Shop, ShopDeleted, SyncRequest},
    sink::{PutSink, Sink, SinkDeleted, SinkMessage, SinkTest},
};

/// What a route takes and answers.
pub(super) struct Operation {
    pub(super) summary: &'static str,
    /// Under which heading it is shown.
    pub(super) tag: &'static str,
    pub(super) body: Option<Shape>,
    /// By status.
    pub(super) answers: Vec<(u16, Shape)>,
}

/// A body that is absent or `{}`.
fn nothing() -> Option<Shape> {
    Some(Shape::empty("Absent, or `{}`."))
}

fn of(
    tag: &'static str,
    summary: &'static str,
    body: Option<Shape>,
    answers: impl Into<Vec<(u16, Shape)>>,
) -> Operation {
    Operation { summary, tag, body, answers: answers.into() }
}

impl Operation {
    /// Of an endpoint.
    pub(super) fn of(endpoint: Endpoint) -> Self {
        use Endpoint as E;
        match endpoint {
            E::Health => of("Health", "Whether the Worker runs", None, [(200, Shape::of::<Health>())]),
            E::Ready => {
                of("Health", "Whether the database can be used", None, [(200, Shape::of::<Readiness>())])
            }
            E::Metrics => of(
                "Health",
                "The metrics of Prometheus",
                None,
                [(
                    200,
                    Shape::text("text/plain", "The text format 0.0.4; `docs/metrics.md` has the metrics."),
                )],
            ),
            E::Shops => {
                of("Shops", "Shops with progress and freshness", None, [(200, Shape::page::<Shop>())])
            }
            E::Shop => of("Shops", "A shop", None, [(200, Shape::of::<Shop>())]),
            E::ChangeShop => of(
                "Shops",
                "Change a shop's name or market, switch it off or on",
                Some(Shape::of::<ChangeShop>()),
                [(200, Shape::of::<Shop>())],
            ),
            E::DeleteShop => of(
                "Shops",
                "Delete a shop, with its data if that is asked for",
                Some(Shape::of::<DeleteShop>()),
                [(200, Shape::of::<ShopDeleted>())],
            ),
            E::ShopLive => of(
                "Shops",
                "A WebSocket that tells what the shop's run does; its messages",
                None,
                [(101, Shape::of::<LiveMessage>())],
            ),
            E::FleetLive => of(
                "Shops",
                "A WebSocket that tells of all shops' progress; its messages",
                None,
                [(101, Shape::of::<FleetMessage>())],
            ),
            E::SyncShop => of(
                "Shops",
                "Start a sync, or join the one that is active",
                Some(Shape::of::<SyncRequest>()),
                [(202, Shape::of::<Accepted>())],
            ),
            E::ResetShop => of(
                "Shops",
                "Stop the shop's run and empty its line",
                nothing(),
                [(200, Shape::of::<Reset>())],
            ),
            E::ShopRuns => of("Runs", "A shop's runs, newest first", None, [(200, Shape::page::<Run>())]),
            E::Campaigns => of(
                "Campaigns",
                "A shop's campaigns with their figures over some days",
                None,
                [(200, Shape::of::<Campaigns>())],
            ),
            E::Figures => of(
                "Campaigns",
                "Figures of a shop or of a campaign, by day or hour",
                None,
                [(200, Shape::of::<Figures>())],
            ),
            E::UnlistedSpend => of(
                "Reports",
                "What a shop has spent beyond the sum of its campaigns, by day",
                None,
                [(200, Shape::items::<UnlistedSpend>())],
            ),
            E::Calls => of(
                "Reports",
                "Calls of runs by day of the quota, shop and kind; 20,000 rows at most",
                None,
                [(200, Shape::items::<CallsOfDay>())],
            ),
            E::SyncTimes => of(
                "Reports",
                "How long syncs take, by kind and size",
                None,
                [(200, Shape::items::<SyncTime>())],
            ),
            E::ChangeSettings => of(
                "Settings",
                "Change settings, all or none",
                Some(Shape::of::<ChangeSettings>()),
                [(200, Shape::of::<Settings>())],
            ),
            E::ShopChanges => of(
                "Campaigns",
                "Changes of campaigns' settings, newest first",
                None,
                [(200, Shape::page::<Change>())],
            ),
            E::Runs => of("Runs", "Runs of all shops, newest first", None, [(200, Shape::page::<Run>())]),
            E::Run => of("Runs", "A run with its chunks", None, [(200, Shape::of::<RunDetail>())]),
            E::CancelRuns => of(
                "Runs",
                "Cancel all runs under way that match",
                Some(Shape::of::<RunFilter>()),
                [(200, Shape::of::<Reports>())],
            ),
            E::RetryRuns => of(
                "Runs",
                "Retry all failed runs that match",
                Some(Shape::of::<RunFilter>()),
                [(200, Shape::of::<Reports>())],
            ),
            E::ReplayDeadLetters => of(
                "Queue",
                "Put all messages that match back into their queues",
                Some(Shape::of::<LetterFilter>()),
                [(200, Shape::of::<Reports>())],
            ),
            E::CancelRun => of("Runs", "Stop a run for good", nothing(), [(200, Shape::of::<Acted>())]),
            E::PauseRun => of("Runs", "Pause a run", nothing(), [(200, Shape::of::<Acted>())]),
            E::ResumeRun => of("Runs", "Resume a paused run", nothing(), [(200, Shape::of::<Acted>())]),
            E::RetryRun => of(
                "Runs",
                "Retry the failed chunks of a run, as a new run",
                nothing(),
                [(202, Shape::of::<Accepted>())],
            ),
            E::Queue => of(
                "Queue",
                "Rows that ask for a sync, newest first",
                None,
                [(200, Shape::page::<QueueRow>())],
            ),
            E::CancelQueueRow => {
                of("Queue", "Cancel a row that waits", nothing(), [(200, Shape::of::<RowCancelled>())])
            }
            E::ProcessQueue => of(
                "Queue",
                "Do the work of the queue processor's next tick",
                nothing(),
                [(202, Shape::of::<Processed>())],
            ),
            E::DeadLetters => of(
                "Queue",
                "Messages that could not be handled, newest first",
                None,
                [(200, Shape::page::<DeadLetter>())],
            ),
            E::ReplayDeadLetter => of(
                "Queue",
                "Put a message back into its queue, once",
                nothing(),
                [(202, Shape::of::<Replayed>())],
            ),
            E::Alerts => {
                of("Alerts", "What needs attention, newest first", None, [(200, Shape::page::<Alert>())])
            }
            E::AcknowledgeAlert => {
                of("Alerts", "Note that somebody has seen an alert", nothing(), [(200, Shape::of::<Alert>())])
            }
            E::MuteAlert => of(
                "Alerts",
                "Tell nobody of an alert for a while",
                Some(Shape::of::<Mute>()),
                [(200, Shape::of::<Alert>())],
            ),
            E::Sinks => of("Sinks", "Where alerts are told", None, [(200, Shape::page::<Sink>())]),
            E::CreateSink => {
                of("Sinks", "Make a sink", Some(Shape::of::<PutSink>()), [(201, Shape::of::<Sink>())])
            }
            E::Sink => of("Sinks", "A sink", None, [(200, Shape::of::<Sink>())]),
            E::PutSink => of(
                "Sinks",
                "Replace a sink; its address and secret stay if they are left out",
                Some(Shape::of::<PutSink>()),
                [(200, Shape::of::<Sink>())],
            ),
            E::DeleteSink => of(
                "Sinks",
                "Delete a sink, with the messages that it was not told yet",
                nothing(),
                [(200, Shape::of::<SinkDeleted>())],
            ),
            E::TestSink => of(
                "Sinks",
                "Send a message now, and say whether it has arrived",
                nothing(),
                [(200, Shape::of::<SinkTest>())],
            ),
            E::SinkMessages => {
                of("Sinks", "What a sink was told, newest first", None, [(200, Shape::page::<SinkMessage>())])
            }
            E::Drift => of(
                "Alerts",
                "What in Shopee's answers is not as documented, newest first",
                None,
                [(200, Shape::page::<KnownDrift>())],
            ),
            E::AuditLog => {
                of("Audit", "Who did what, newest first", None, [(200, Shape::page::<AuditLogEntry>())])
            }
            E::App => of("Apps", "The governor of a partner app", None, [(200, Shape::of::<App>())]),
            E::Doctor => of(
                "Health",
                "Whether everything is set up and at work, and what to do if not",
                None,
                [(200, Shape::of::<Doctor>())],
            ),
            E::Settings => of(
                "Settings",
                "Every setting with its value and where that comes from",
                None,
                [(200, Shape::of::<Settings>())],
            ),
            E::ConsentStart => {
                of("Consent", "Links for a seller", None, [(200, Shape::of::<ConsentLinks>())])
            }
            E::ConsentCallback => of(
                "Consent",
                "Where Shopee sends the seller's browser",
                None,
                [(200, Shape::of::<Consented>())],
            ),
            E::Schedules => of("Budgets", "A shop's schedules", None, [(200, Shape::page::<Schedule>())]),
            E::CreateSchedule => of(
                "Budgets",
                "Make a schedule",
                Some(Shape::of::<CreateSchedule>()),
                [(201, Shape::of::<Schedule>()), (200, Shape::of::<Schedule>())],
            ),
            E::CreateSchedules => of(
                "Budgets",
                "Make many schedules, all or none",
                Some(Shape::text("text/csv", "RFC 4180, with a header; `docs/budgets.md` has the columns.")),
                [(201, Shape::of::<Lines>()), (200, Shape::of::<Lines>())],
            ),
            E::Schedule => of("Budgets", "A schedule", None, [(200, Shape::of::<Schedule>())]),
            E::ChangeSchedule => of(
                "Budgets",
                "Change a schedule; absent fields stay",
                Some(Shape::of::<ChangeSchedule>()),
                [(200, Shape::of::<Schedule>())],
            ),
            E::DeleteSchedule => {
                of("Budgets", "Delete a schedule", nothing(), [(200, Shape::of::<Deleted>())])
            }
            E::BudgetPreview => of(
                "Budgets",
                "When a campaign has which budget according to its schedules",
                None,
                [(200, Shape::of::<Preview>())],
            ),
            E::RunBudgets => of(
                "Budgets",
                "Write what is due, or one schedule's budget, at once",
                Some(Shape::of::<RunBudgets>()),
                [(200, Shape::of::<BudgetsRun>())],
            ),
            E::BudgetLogs => of(
                "Budgets",
                "Attempts to set a budget, newest first",
                None,
                [(200, Shape::page::<BudgetLog>())],
            ),
            E::BudgetRules => of(
                "Budgets",
                "Guard rails: all rows, those of a shop, or the row of a region",
                None,
                [(
                    200,
                    Shape::one_of(vec![
                        Shape::page::<Rules>(),
                        Shape::of::<RulesOfShop>(),
                        Shape::of::<RulesOfRegion>(),
                    ]),
                )],
            ),
            E::PutBudgetRules => of(
                "Budgets",
                "Replace the guard rails of a shop, a region or the deployment",
                Some(Shape::of::<PutRules>()),
                [(200, Shape::of::<Rules>())],
            ),
            E::StopBudgets => of(
                "Budgets",
                "Stop all budgets of a shop, or of the deployment",
                Some(Shape::of::<StopBudgets>()),
                [(200, Shape::of::<Rules>())],
            ),
            E::LegacyAdsSync => of(
                "Older functions",
                "The function that older callers use for syncs",
                Some(Shape::object("`action`, `shop_id`, `params`: see `docs/http-api.md`.")),
                [(200, Shape::one_of(vec![Shape::of::<OlderSync>(), Shape::of::<OlderChunk>()]))],
            ),
            E::LegacyAdsScheduler => of(
                "Older functions",
                "The function that older callers use for budgets",
                Some(Shape::object("`action` and its fields: see `docs/http-api.md`.")),
                [(
                    200,
                    Shape::one_of(vec![
                        Shape::of::<OlderSaved>(),
                        Shape::of::<OlderDone>(),
                        Shape::of::<OlderSchedules>(),
                        Shape::of::<OlderLogs>(),
                        Shape::of::<OlderTick>(),
                        Shape::of::<OlderProcessed>(),
                        Shape::of::<OlderRanNow>(),
                    ]),
                )],
            ),
        }
    }
}
