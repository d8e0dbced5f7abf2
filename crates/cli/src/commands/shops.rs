//! `apishopee shops`

use crate::{
    arguments::{ShopsArguments, ShopsCommand},
    failure::Failure,
    output::{self, Column, moment, text},
    session::Session,
};
use api::{
    consent::ConsentLinks,
    shop::{ChangeShop, DeleteShop, Reset, Shop, ShopDeleted},
};
use serde_json::{Value, json};

pub fn run(session: &Session, arguments: ShopsArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    match arguments.command {
        None => output::rows(*format, &client.list("/v1/shops", &[], arguments.limit)?, &columns()),
        Some(ShopsCommand::Show { shop }) => {
            output::one(*format, client.get(&format!("/v1/shops/{shop}"), &[])?, described)
        }
        Some(ShopsCommand::Disable { shop }) => change(session, shop, false),
        Some(ShopsCommand::Enable { shop }) => change(session, shop, true),
        Some(ShopsCommand::Delete { shop, data, yes }) => delete(session, shop, data, yes),
        Some(ShopsCommand::Reset { shop }) => {
            let done: Value = client.post(&format!("/v1/shops/{shop}/reset"), &json!({}))?;
            output::one(*format, done, |done: &Reset| format!("shop {} was reset", done.shop_id))
        }
        Some(ShopsCommand::Consent { shop }) => {
            let shop = shop.map(|shop| shop.to_string());
            let links: Value = client.get("/oauth/shopee/start", &[("shop_id", shop)])?;
            output::one(*format, links, |links: &ConsentLinks| links.url.clone())
        }
    }
}

/// What a shop does, in a word, with what it waits for.
fn state(shop: &Shop) -> String {
    let Some(progress) = shop.progress.as_ref().filter(|_| shop.disabled_at_ms.is_none()) else {
        return if shop.disabled_at_ms.is_some() { "off".to_owned() } else { "idle".to_owned() };
    };
    let is_working = progress.sync_stage.starts_with("syncing");
    let percent = if is_working { format!(" {:.0} %", progress.progress_percent) } else { String::new() };
    let waits = progress.waiting_reason.as_ref().filter(|_| is_working);
    let waits = waits.map(|reason| format!(", waits: {reason}")).unwrap_or_default();
    format!("{}{percent}{waits}", progress.sync_stage)
}

fn age(shop: &Shop) -> String {
    let Some(freshness) = &shop.freshness else { return String::new() };
    let age = freshness
        .age_minutes
        .map(|minutes| format!("{minutes:.0} min"))
        .unwrap_or_else(|| "never".to_owned());
    if freshness.is_fresh { age } else { format!("{age} (too old)") }
}

fn columns() -> [Column<Shop>; 6] {
    [
        Column("shop", |shop| shop.shop_id.to_string()),
        Column("name", |shop| text(shop.shop_name.as_ref())),
        Column("region", |shop| text(shop.region.as_ref())),
        Column("state", state),
        Column("data", age),
        Column("token", |shop| if shop.has_token { shop.token_state.clone() } else { "none".to_owned() }),
    ]
}

fn described(shop: &Shop) -> String {
    let mut lines = vec![
        format!("shop       {} {}", shop.shop_id, text(shop.shop_name.as_ref())),
        format!("region     {}", text(shop.region.as_ref())),
        format!("state      {}", state(shop)),
        format!("data       {}", age(shop)),
        format!("token      {}", if shop.has_token { &shop.token_state } else { "none" }),
    ];
    if let Some(progress) = &shop.progress {
        lines.push(format!("run        {}-{}", shop.shop_id, progress.generation));
        lines.push(format!("campaigns  {} of {}", progress.synced_campaigns, progress.total_campaigns));
        lines.extend(progress.error_message.iter().map(|why| format!("failed     {why}")));
    }
    let eta = shop.freshness.as_ref().and_then(|freshness| freshness.eta_ms);
    lines.extend(eta.map(|_| format!("done at    {}", moment(eta))));
    lines.join("\n")
}

fn change(session: &Session, shop: i64, enabled: bool) -> Result<(), Failure> {
    let change = ChangeShop { enabled: Some(enabled), ..ChangeShop::default() };
    let changed: Value = session.client.patch(&format!("/v1/shops/{shop}"), &change)?;
    output::one(session.format, changed, described)
}

fn delete(session: &Session, shop: i64, data: bool, yes: bool) -> Result<(), Failure> {
    let known: Shop = session.client.get(&format!("/v1/shops/{shop}"), &[])?;
    let campaigns = known.sync.and_then(|sync| sync.total_campaigns).unwrap_or_default();
    let what = match data {
        true => format!("delete shop {shop} with its {campaigns} campaigns, its figures and runs"),
        false => format!("delete shop {shop}, but for its {campaigns} campaigns, its figures and runs"),
    };
    output::confirm(&what, yes)?;
    loop {
        let request = DeleteShop { confirm: shop, data: Some(data) };
        let done: Value = session.client.delete(&format!("/v1/shops/{shop}"), &request)?;
        if done["is_gone"] != false {
            return output::one(session.format, done, |done: &ShopDeleted| {
                format!("shop {} is gone", done.shop_id)
            });
        }
    }
}
