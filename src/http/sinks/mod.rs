//! /v1/sinks: where alerts are told.

mod wanted;

use super::{
    budgets::schedules::new_id,
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::{
    page::Page,
    sink::{PutSink, Sink, SinkTest},
};
use store::{Db, sinks};
use sync_core::SINKS_MAX;
use sync_flow::{
    config::Config,
    host::Host,
    sinks as flow,
    token_encryption::{self, Place},
};
use wanted::Wanted;
use worker::Request;

/// GET /v1/sinks, by name: all of them, since there are at most 50.
pub async fn list(context: &Context<'_>) -> Result<Answer, Problem> {
    let items = sinks::list(&context.db().await?).await?;
    Answer::ok(&Page { items, next_cursor: None })
}

/// GET /v1/sinks/{id}
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let all = sinks::list(&context.db().await?).await?;
    Answer::ok(&this(all, &context.parameter)?)
}

/// POST /v1/sinks
pub async fn create(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let body: PutSink = request::json(request).await?;
    let db = context.db().await?;
    let all = sinks::list(&db).await?;
    if all.len() >= SINKS_MAX {
        let detail = format!("there are {SINKS_MAX} sinks, and no more are allowed: delete one first");
        return Err(Problem::conflict("too_many_sinks", detail));
    }
    let wanted = Wanted::read(&body, config(context)?.sinks.open)?;
    wanted.must_be_whole()?;
    Ok(store(context, &db, &new_id(context), &wanted, (&all, None)).await?.created())
}

/// PUT /v1/sinks/{id}: what is left out has its default, but for address and secret, which stay as they are.
pub async fn put(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let body: PutSink = request::json(request).await?;
    let db = context.db().await?;
    let all = sinks::list(&db).await?;
    let known = this(all.clone(), &context.parameter)?;
    if known.kind != body.kind {
        let detail = format!("stays {} as it was made; for another kind make another sink", known.kind);
        return Err(Problem::unprocessable("kind", detail));
    }
    let wanted = Wanted::read(&body, config(context)?.sinks.open)?;
    store(context, &db, &known.id, &wanted, (&all, Some(&known))).await
}

/// DELETE /v1/sinks/{id}, with the messages that it was not told yet.
pub async fn delete(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let gone = sinks::delete(&context.db().await?, &context.parameter, context.actor()).await?;
    Answer::ok(&gone.ok_or_else(unknown)?)
}

/// POST /v1/sinks/{id}/test: sends a message now, and says whether it has arrived.
pub async fn test(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let db = context.db().await?;
    let id = new_id(context);
    let outcome = flow::test(&db, &context.host, &context.parameter, &id);
    let outcome = outcome.await.map_err(Problem::unavailable)?;
    let error = outcome.ok_or_else(unknown)?.err();
    Answer::ok(&SinkTest { delivered: error.is_none(), error })
}

/// GET /v1/sinks/{id}/messages, newest first.
pub async fn messages(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    let known = this(sinks::list(&db).await?, &context.parameter)?;
    let messages = sinks::messages(&db, &known.id, cursor, limit).await?;
    Answer::page(messages, limit, |message| message.made_at_ms)
}

fn unknown() -> Problem {
    Problem::not_found("there is no sink of this id")
}

fn this(all: Vec<Sink>, id: &str) -> Result<Sink, Problem> {
    all.into_iter().find(|sink| sink.id == id).ok_or_else(unknown)
}

fn config(context: &Context<'_>) -> Result<Config, Problem> {
    context.host.config().map_err(Problem::unavailable)
}

async fn store(
    context: &Context<'_>,
    db: &impl Db,
    id: &str,
    wanted: &Wanted<'_>,
    (all, known): (&[Sink], Option<&Sink>),
) -> Result<Answer, Problem> {
    if all.iter().any(|other| other.name == wanted.row.name && other.id != id) {
        return Err(Problem::conflict("name_taken", "another sink has this name: take another one"));
    }
    if !sinks::knows_time_zone(db, wanted.row.time_zone).await? {
        return Err(Problem::field(
            "time_zone",
            "must be a name of the IANA time zone database, like Asia/Bangkok",
        ));
    }
    let keyring = config(context)?.keyring;
    let keyring = keyring.as_ref().ok_or_else(|| {
        Problem::conflict(
            "no_token_keys",
            "secrets of sinks are stored sealed: set TOKEN_KEYS first (docs/deploying.md)",
        )
    })?;
    let sealed = match known {
        // A new secret can be given where the old one cannot be opened any more.
        Some(known) if wanted.must_be_whole().is_err() => sinks::sealed(db, &known.id).await?,
        _ => None,
    };
    let stored = sealed.map(|sealed| token_encryption::open(Some(keyring), Place::Sink(id), &sealed));
    let stored = stored.transpose().map_err(Problem::unavailable)?.unwrap_or_default();
    let (address, secret) = stored.split_once('\n').unwrap_or_default();
    let plain = format!("{}\n{}", wanted.address.unwrap_or(address), wanted.secret.unwrap_or(secret));
    let sealed = keyring.seal(Place::Sink(id), &plain, |bytes| context.host.random_bytes(bytes));
    let sealed = sealed.map_err(Problem::unavailable)?;
    let mut row = wanted.row.clone();
    if wanted.address.is_none() && row.sends_to.is_empty() {
        row.sends_to = known.map(|known| known.sends_to.as_str()).unwrap_or_default();
    }
    sinks::put(db, id, &row, &sealed, context.actor()).await?;
    Answer::ok(&this(sinks::list(db).await?, id)?)
}
