//! WebSockets on which objects tell what changes: GET /v1/shops/{shop_id}/live and GET /v1/live.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use crate::adapter;
use sync_flow::live::Version;
use worker::Request;

/// Most digits of a version of the fleet.
const DIGITS_MAX: usize = 18;

/// Of one shop's run.
pub async fn shop(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let is_version = |text: &str| text.parse::<Version>().is_ok();
    let since = since(request, is_version, "7-120")?;
    must_upgrade(request)?;
    shops::must_exist(&context.db().await?, shop_id).await?;
    open(context, ("SHOP_SYNC", &shop_id.0.to_string()), since.as_deref()).await
}

/// Of all shops' progress.
pub async fn fleet(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let is_version = |text: &str| {
        (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
    };
    let since = since(request, is_version, "81234")?;
    must_upgrade(request)?;
    open(context, ("FLEET_LIVE", "fleet"), since.as_deref()).await
}

fn since(
    request: &Request,
    is_version: impl Fn(&str) -> bool,
    example: &str,
) -> Result<Option<String>, Problem> {
    match request::query(request, "since")? {
        Some(text) if !is_version(&text) => {
            let detail = format!("must be the version of a message, for example {example}");
            Err(Problem::field("since", detail))
        }
        since => Ok(since),
    }
}

fn must_upgrade(request: &Request) -> Result<(), Problem> {
    let upgrade = request.headers().get("upgrade").ok().flatten();
    match upgrade.is_some_and(|name| name.eq_ignore_ascii_case("websocket")) {
        true => Ok(()),
        false => Err(Problem::no_upgrade()),
    }
}

async fn open(context: &Context<'_>, object: (&str, &str), since: Option<&str>) -> Result<Answer, Problem> {
    let response = adapter::watch(context.env, object, since).await.map_err(Problem::unavailable)?;
    match response.status_code() {
        101 => Ok(Answer::socket(response)),
        503 => Err(Problem::not_now("as many watch this as may; try again later")),
        status => Err(Problem::unavailable(format!("the object answered {status}"))),
    }
}
