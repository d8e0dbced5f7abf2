//! `apishopee queue`

use crate::{
    arguments::{QueueArguments, QueueCommand},
    client::part,
    failure::Failure,
    output::{self, Column, moment, text},
    session::Session,
};
use api::queue::{Processed, QueueRow, RowCancelled};
use serde_json::{Value, json};

pub fn run(session: &Session, arguments: QueueArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    match arguments.command {
        None => {
            let query =
                [("shop_id", arguments.shop.map(|shop| shop.to_string())), ("status", arguments.status)];
            output::rows(*format, &client.list("/v1/queue", &query, arguments.limit)?, &columns())
        }
        Some(QueueCommand::Cancel { id }) => {
            let done: Value = client.post(&format!("/v1/queue/{}/cancel", part(&id)), &json!({}))?;
            output::one(*format, done, |done: &RowCancelled| format!("{} is cancelled", done.id))
        }
        Some(QueueCommand::Process) => {
            let done: Value = client.post("/v1/queue/process", &json!({}))?;
            output::one(*format, done, |done: &Processed| {
                format!("{} handed out, {} wait", done.claimed, done.waiting)
            })
        }
    }
}

fn columns() -> [Column<QueueRow>; 7] {
    [
        Column("id", |row| row.id.clone()),
        Column("shop", |row| row.shop_id.to_string()),
        Column("kind", |row| row.kind.clone()),
        Column("priority", |row| row.priority.to_string()),
        Column("status", |row| row.status.clone()),
        Column("made", |row| moment(Some(row.created_at_ms))),
        Column("why", |row| text(row.error_message.as_ref())),
    ]
}
