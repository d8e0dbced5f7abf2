//! `apishopee alerts`

use crate::{
    arguments::{AlertsArguments, AlertsCommand},
    client::part,
    failure::Failure,
    output::{self, Column, moment},
    session::Session,
};
use api::alert::{Alert, Mute};
use serde_json::{Value, json};

pub fn run(session: &Session, arguments: AlertsArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    let told = |alert: &Alert| format!("{} of {}: {}", alert.kind, place(alert), standing(alert));
    match arguments.command {
        None => {
            let query = [
                ("shop_id", arguments.shop.map(|shop| shop.to_string())),
                ("open", arguments.all.then(|| "false".to_owned())),
            ];
            output::rows(*format, &client.list("/v1/alerts", &query, arguments.limit)?, &columns())
        }
        Some(AlertsCommand::Acknowledge { id }) => {
            let seen: Value = client.post(&format!("/v1/alerts/{}/acknowledge", part(&id)), &json!({}))?;
            output::one(*format, seen, told)
        }
        Some(AlertsCommand::Mute { id, minutes }) => {
            let muted: Value = client.post(&format!("/v1/alerts/{}/mute", part(&id)), &Mute { minutes })?;
            output::one(*format, muted, told)
        }
    }
}

fn place(alert: &Alert) -> String {
    alert.shop_id.map_or_else(|| "the deployment".to_owned(), |shop| format!("shop {shop}"))
}

fn standing(alert: &Alert) -> String {
    match (alert.resolved_at_ms, &alert.acknowledged_by, alert.muted_until_ms) {
        (Some(_), ..) => "over".to_owned(),
        (None, _, until @ Some(_)) => format!("muted until {}", moment(until)),
        (None, Some(by), None) => format!("seen by {by}"),
        (None, None, None) => "open".to_owned(),
    }
}

fn columns() -> [Column<Alert>; 7] {
    [
        Column("id", |alert| alert.id.clone()),
        Column("severity", |alert| alert.severity.clone()),
        Column("kind", |alert| alert.kind.clone()),
        Column("of", place),
        Column("since", |alert| moment(Some(alert.first_seen_at_ms))),
        Column("state", standing),
        Column("text", |alert| alert.text.clone()),
    ]
}
