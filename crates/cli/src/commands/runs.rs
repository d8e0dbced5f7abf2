//! `apishopee sync` and `apishopee runs`

use crate::{
    arguments::{RunKind, RunsArguments, RunsCommand},
    client::part,
    failure::Failure,
    output::{self, Column, Format, moment, text},
    session::Session,
    watch,
};
use api::{
    run::{Acted, Run, RunChunk, RunDetail},
    shop::{Accepted, SyncRequest},
};
use serde_json::{Value, json};

pub fn sync(session: &Session, shop: i64, kind: Option<RunKind>, watches: bool) -> Result<(), Failure> {
    let request = SyncRequest { kind: kind.map(|kind| kind.name().to_owned()), ..SyncRequest::default() };
    let accepted: Value = session.client.post(&format!("/v1/shops/{shop}/sync"), &request)?;
    let run = accepted["run"]["id"].as_str().unwrap_or_default().to_owned();
    if !watches {
        return told(session, accepted);
    }
    if session.format == Format::People {
        told(session, accepted)?;
    }
    watch::run(session, &run)
}

fn told(session: &Session, accepted: Value) -> Result<(), Failure> {
    output::one(session.format, accepted, |accepted: &Accepted| {
        format!("run {} ({}), job {}", accepted.run.id, accepted.standing, accepted.job_id)
    })
}

pub fn run(session: &Session, arguments: RunsArguments) -> Result<(), Failure> {
    let Session { client, format } = session;
    let detail = |run: &str| client.get::<Value>(&format!("/v1/runs/{}", part(run)), &[]);
    match arguments.command {
        None => {
            let query =
                [("shop_id", arguments.shop.map(|shop| shop.to_string())), ("status", arguments.status)];
            output::rows(*format, &client.list("/v1/runs", &query, arguments.limit)?, &columns())
        }
        Some(RunsCommand::Show { run }) => output::one(*format, detail(&run)?, described),
        Some(RunsCommand::Chunks { run, open }) => {
            let answer = detail(&run)?;
            let all = answer["chunks"].as_array().cloned().unwrap_or_default();
            let is_shown = |chunk: &Value| !open || !is_done(chunk);
            let chunks: Vec<_> = all.into_iter().filter(is_shown).collect();
            output::rows(*format, &chunks, &chunk_columns())
        }
        Some(RunsCommand::Watch { run }) => watch::run(session, &run),
        Some(RunsCommand::Pause { run }) => act(session, &run, "pause"),
        Some(RunsCommand::Resume { run }) => act(session, &run, "resume"),
        Some(RunsCommand::Cancel { run }) => act(session, &run, "cancel"),
        Some(RunsCommand::Retry { run }) => {
            let accepted: Value = client.post(&format!("/v1/runs/{}/retry", part(&run)), &json!({}))?;
            told(session, accepted)
        }
    }
}

fn act(session: &Session, run: &str, verb: &str) -> Result<(), Failure> {
    let done: Value = session.client.post(&format!("/v1/runs/{}/{verb}", part(run)), &json!({}))?;
    output::one(session.format, done, |done: &Acted| {
        format!("{}: {} (was {})", done.id, done.done, done.state_before)
    })
}

fn columns() -> [Column<Run>; 7] {
    [
        Column("run", |run| format!("{}-{}", run.shop_id, run.generation)),
        Column("kind", |run| run.kind.clone()),
        Column("by", |run| run.trigger.clone()),
        Column("status", |run| run.status.clone()),
        Column("campaigns", |run| run.total_campaigns.to_string()),
        Column("started", |run| moment(run.started_at_ms)),
        Column("why", |run| text(run.error_message.as_ref())),
    ]
}

fn is_done(chunk: &Value) -> bool {
    let state = chunk["state"]["state"].as_str().or(chunk["status"].as_str());
    matches!(state, Some("done" | "completed"))
}

fn chunk_columns() -> [Column<RunChunk>; 6] {
    fn of<T>(
        chunk: &RunChunk,
        live: impl Fn(&api::run::LiveChunk) -> T,
        stored: impl Fn(&api::run::StoredChunk) -> T,
    ) -> T {
        match chunk {
            RunChunk::Live(chunk) => live(chunk),
            RunChunk::Stored(chunk) => stored(chunk),
        }
    }
    [
        Column("stage", |chunk| of(chunk, |c| c.key.stage.clone(), |c| c.stage.clone())),
        Column("chunk", |chunk| of(chunk, |c| c.key.index.to_string(), |c| c.chunk_index.to_string())),
        Column("campaigns", |chunk| of(chunk, |c| c.size.to_string(), |c| c.chunk_size.to_string())),
        Column("state", |chunk| of(chunk, |c| c.state.state.clone(), |c| c.status.clone())),
        Column("attempt", |chunk| of(chunk, |c| c.attempt.to_string(), |c| c.attempt.to_string())),
        Column("last error", |chunk| {
            of(
                chunk,
                |c| text(c.state.message.as_ref().or(c.last_error.as_ref())),
                |c| text(c.error_message.as_ref()),
            )
        }),
    ]
}

fn described(detail: &RunDetail) -> String {
    let run = &detail.run;
    let mut lines = vec![
        format!("run        {} ({}, by {})", detail.id, run.kind, run.trigger),
        format!("status     {}", run.status),
        format!("started    {}", moment(run.started_at_ms)),
    ];
    lines.extend(run.ended_at_ms.map(|_| format!("ended      {}", moment(run.ended_at_ms))));
    lines.extend(run.error_message.iter().map(|why| format!("why        {why}")));
    if let Some(receipt) = &run.receipt {
        let count = |name: &str| receipt[name].as_i64().unwrap_or_default();
        let parts = ["written", "unchanged", "vanished", "quarantined"];
        let sum = parts.map(|name| format!("{} {name}", count(name))).join(" + ");
        lines.push(format!("receipt    {} planned = {sum}", count("planned")));
        lines.push(format!("calls      {}, {} of them retries", count("calls"), count("retries")));
        lines.push(format!("chunks     {}, {} failed", count("chunks"), count("failed_chunks")));
    }
    lines.join("\n")
}
