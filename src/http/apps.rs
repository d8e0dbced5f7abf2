//! GET /v1/apps/{partner_id}: the governor of a partner app: its hold, if any, and its rate.

use super::{Answer, Context, problem::Problem};
use api::app::App;
use sync_core::{AppId, ShopId};
use sync_flow::{commands::AppCommand, host::Host, object_client};

/// Shows the governor.
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let app = context.parameter.parse().ok().filter(|id| (1..=i64::from(u32::MAX)).contains(id));
    let app =
        app.ok_or_else(|| Problem::field("partner_id", "must be a whole number from 1 to 4294967295"))?;
    let config = context.host.config().map_err(Problem::unavailable)?;
    if config.partner.is_none_or(|partner| partner.id != app) {
        let db = context.db().await?;
        if !store::shops::has_app(&db, app).await? {
            return Err(Problem::not_found(format!(
                "app {app} is unknown: neither this deployment nor a shop uses it"
            )));
        }
    }
    let view = object_client::governor::<App>(&context.host, AppId(app), ShopId(0), AppCommand::View).await;
    Answer::ok(&view.map_err(Problem::unavailable)?)
}
