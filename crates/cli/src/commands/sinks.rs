//! `apishopee sinks`

use crate::{
    arguments::{SinksArguments, SinksCommand},
    client::part,
    failure::{Failure, Kind},
    output::{self, Column, moment, text},
    session::Session,
};
use api::{
    report::Items,
    sink::{Sink, SinkMessage, SinkTest},
};
use serde_json::{Value, json};

pub fn run(session: &Session, arguments: SinksArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    match arguments.command {
        None => {
            let all: Items<Value> = client.get("/v1/sinks", &[])?;
            output::rows(*format, &all.items, &columns())
        }
        Some(SinksCommand::Messages { id, limit }) => {
            let items = client.list(&format!("/v1/sinks/{}/messages", part(&id)), &[], limit)?;
            output::rows(*format, &items, &message_columns())
        }
        Some(SinksCommand::Test { id }) => {
            let done: Value = client.post(&format!("/v1/sinks/{}/test", part(&id)), &json!({}))?;
            let why = done["error"].as_str().map(str::to_owned);
            output::one(*format, done, |done: &SinkTest| {
                if done.delivered { "it has arrived".to_owned() } else { "it has not arrived".to_owned() }
            })?;
            why.map_or(Ok(()), |why| Err(Failure::new(Kind::Failed, why)))
        }
    }
}

fn columns() -> [Column<Sink>; 7] {
    [
        Column("id", |sink| sink.id.clone()),
        Column("name", |sink| sink.name.clone()),
        Column("kind", |sink| sink.kind.clone()),
        Column("sends to", |sink| sink.sends_to.clone()),
        Column("from", |sink| sink.min_severity.clone()),
        Column("waiting", |sink| sink.waiting.to_string()),
        Column("failing", |sink| {
            sink.failing_since_ms.map(|_| text(sink.last_error.as_ref())).unwrap_or_default()
        }),
    ]
}

fn message_columns() -> [Column<SinkMessage>; 6] {
    [
        Column("made", |message| moment(Some(message.made_at_ms))),
        Column("what", |message| message.what.clone()),
        Column("kind", |message| text(message.kind.as_ref())),
        Column("alerts", |message| message.alerts.to_string()),
        Column("sent", |message| moment(message.sent_at_ms)),
        Column("last error", |message| text(message.last_error.as_ref())),
    ]
}
