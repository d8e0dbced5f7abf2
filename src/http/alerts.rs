//! /v1/alerts: what needs an operator's attention.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::{
    alert::{Alert, Mute},
    filter::SEVERITIES,
};
use store::alerts::{self, Filter};
use worker::Request;

/// Longest time for which an alert is muted, in minutes: 30 days.
const MUTE_MINUTES_MAX: i64 = 30 * 24 * 60;

/// GET /v1/alerts, newest first. `open=false` includes closed ones.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let filter = Filter {
        open_only: request::flag(request, "open")?.unwrap_or(true),
        kind: request::text(request, "kind")?,
        severity: request::one_of(request, "severity", &SEVERITIES)?,
        shop_id: request::shop(request)?.map(|shop| shop.0),
    };
    let db = context.db().await?;
    let alerts = alerts::list(&db, &filter, cursor, limit).await?;
    Answer::page(alerts, limit, |alert| alert.first_seen_at_ms)
}

/// POST /v1/alerts/{id}/acknowledge: somebody has seen it.
pub async fn acknowledge(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let db = context.db().await?;
    shown(alerts::acknowledge(&db, &context.parameter, context.actor()).await?)
}

/// POST /v1/alerts/{id}/mute: nobody is told of it for a while.
pub async fn mute(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let Mute { minutes } = request::json(request).await?;
    if !(0..=MUTE_MINUTES_MAX).contains(&minutes) {
        let detail = format!("must be a whole number from 0 to {MUTE_MINUTES_MAX}");
        return Err(Problem::field("minutes", detail));
    }
    let db = context.db().await?;
    shown(alerts::mute(&db, &context.parameter, context.actor(), minutes).await?)
}

fn shown(alert: Option<Alert>) -> Result<Answer, Problem> {
    match alert {
        None => Err(Problem::not_found("there is no alert of this id")),
        Some(alert) if alert.resolved_at_ms.is_some() => {
            Err(Problem::conflict("alert_closed", "the alert is over, and nobody is told of it any more"))
        }
        Some(alert) => Answer::ok(&alert),
    }
}
