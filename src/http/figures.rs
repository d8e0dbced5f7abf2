//! GET /v1/shops/{shop_id}/figures: of the shop or of a campaign, by day or by hour.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::filter::GRAINS;
use store::figures::{self, Span};
use worker::Request;

/// Longest span of days.
const DAYS_MAX: i64 = 366;
/// Longest span of hours, in days.
const HOURLY_DAYS_MAX: i64 = 31;

/// Reads figures.
pub async fn read(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let hourly = request::one_of(request, "by", &GRAINS)?.as_deref() == Some("hour");
    let (from, to) = request::days(request, if hourly { HOURLY_DAYS_MAX } else { DAYS_MAX })?;
    let span = Span {
        campaign_id: request::campaign(request)?,
        hourly,
        from: from.map(|day| day.to_string()),
        to: to.map(|day| day.to_string()),
    };
    let db = context.db().await?;
    match figures::read(&db, shop_id.0, &span).await? {
        Some(figures) => Answer::ok(&figures),
        None => Err(Problem::unknown_shop(shop_id)),
    }
}
