//! `apishopee dead-letters`

use crate::{
    arguments::{DeadLettersArguments, DeadLettersCommand},
    client::part,
    failure::Failure,
    output::{self, Column, moment, text},
    session::Session,
};
use api::{
    bulk::{LetterFilter, Reports},
    dead_letter::{DeadLetter, Replayed},
};
use serde_json::{Value, json};

pub fn run(session: &Session, arguments: DeadLettersArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    match arguments.command {
        None => {
            let waiting = (!arguments.all).then(|| "true".to_owned());
            let items = client.list("/v1/dead-letters", &[("waiting", waiting)], arguments.limit)?;
            output::rows(*format, &items, &columns())
        }
        Some(DeadLettersCommand::Replay { id }) => {
            let done: Value = client.post(&format!("/v1/dead-letters/{}/replay", part(&id)), &json!({}))?;
            output::one(*format, done, |done: &Replayed| format!("{} is in its queue again", done.id))
        }
        Some(DeadLettersCommand::ReplayAll { queue }) => {
            let filter = LetterFilter { queue: Some(queue), ..LetterFilter::default() };
            let done: Value = client.post("/v1/dead-letters/replay", &filter)?;
            output::one(*format, done, |done: &Reports| {
                format!("{} replayed, {} refused", done.done, done.refused)
            })
        }
    }
}

fn columns() -> [Column<DeadLetter>; 5] {
    [
        Column("id", |letter| letter.id.clone()),
        Column("queue", |letter| letter.queue.clone()),
        Column("received", |letter| moment(Some(letter.received_at_ms))),
        Column("replayed by", |letter| text(letter.replayed_by.as_ref())),
        Column("why", |letter| letter.reason.clone()),
    ]
}
