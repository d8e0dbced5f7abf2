//! GET /v1/shops/{shop_id}/live: a WebSocket on which the shop's object tells what changes.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use crate::adapter;
use worker::Request;

/// Opens the socket.
pub async fn shop(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let since = request::query(request, "since")?;
    let since = since.map(|text| {
        text.parse()
            .map_err(|()| Problem::field("since", "must be the version of a message, for example 7-120"))
    });
    let since = since.transpose()?;
    let upgrade = request.headers().get("upgrade").ok().flatten();
    if !upgrade.is_some_and(|name| name.eq_ignore_ascii_case("websocket")) {
        return Err(Problem::no_upgrade());
    }
    shops::must_exist(&context.db().await?, shop_id).await?;
    let response = adapter::watch(context.env, shop_id, since).await.map_err(Problem::unavailable)?;
    match response.status_code() {
        101 => Ok(Answer::socket(response)),
        _ => Err(Problem::not_now("this shop has as many watchers as it may have; try again later")),
    }
}
