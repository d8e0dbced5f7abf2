//! `apishopee_ads_dead_letters`: messages that could not be handled, kept as received.

use crate::{
    Db, DbError, Param, Statement,
    alert_kind::AlertKind,
    decode::{clean, first, is_uuid, many, one},
};
use api::dead_letter::DeadLetter;

const INSERT: Statement =
    Statement { name: "dead_letters.insert", sql: include_str!("sql/dead_letters_insert.sql") };

/// A message that could not be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unhandled<'a> {
    /// The queue that it came from.
    pub queue: &'a str,
    /// The queue's id of the message.
    pub message_id: &'a str,
    /// The message, as received.
    pub body: &'a str,
    /// Why it could not be handled.
    pub reason: &'a str,
    /// Of a start message: its job, and when that was claimed, unix milliseconds.
    pub job: Option<(&'a str, i64)>,
}

/// Keeps a message, and puts the job that it was to start back in line. Idempotent for the same message.
///
/// # Errors
/// What the database reports.
pub async fn insert(db: &impl Db, message: &Unhandled<'_>) -> Result<(), DbError> {
    let (body, reason) = (clean(message.body), clean(message.reason));
    let job = message.job.filter(|(id, _)| is_uuid(id));
    let values = [
        Param::Text(message.queue),
        Param::Text(message.message_id),
        Param::Text(&body),
        Param::Text(&reason),
        Param::OptText(job.map(|(id, _)| id)),
        Param::OptI64(job.map(|(_, asked_at_ms)| asked_at_ms)),
    ];
    one::<i64>(db, &INSERT, &values).await.map(|_| ())
}

const SETTLE: Statement =
    Statement { name: "dead_letters.settle", sql: include_str!("sql/dead_letters_settle.sql") };

/// Closes the alert if everything that the letters asked for has ended: those of the queues of start messages, chunks and
/// budgets. True: it was open.
///
/// # Errors
/// What the database reports.
pub async fn settle(db: &impl Db, queues: [&str; 3]) -> Result<bool, DbError> {
    let [start, chunks, budgets] = queues.map(Param::Text);
    one(db, &SETTLE, &[Param::Text(AlertKind::DeadLetters.as_str()), start, chunks, budgets]).await
}

macro_rules! letter_json {
    () => {
        "(to_jsonb(l) || jsonb_build_object('received_at_ms', ads_unix_ms(l.received_at), \
         'replayed_at_ms', ads_unix_ms(l.replayed_at)))::text"
    };
}

/// Which letters to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this queue.
    pub queue: Option<String>,
    /// Without those that were replayed.
    pub unreplayed_only: bool,
    /// Kept not before this time, unix milliseconds.
    pub from_ms: Option<i64>,
    /// Kept before this time, unix milliseconds.
    pub to_ms: Option<i64>,
}

const LIST: Statement = Statement {
    name: "dead_letters.list",
    sql: concat!(
        "-- dead_letters.list
        SELECT ",
        letter_json!(),
        " FROM (
          SELECT * FROM apishopee_ads_dead_letters
          WHERE ($1 IS NULL OR queue = $1) AND ($2 IS FALSE OR replayed_at IS NULL)
            AND ads_unix_ms(received_at) >= coalesce($3, -9223372036854775808)
            AND ads_unix_ms(received_at) < coalesce($4, 9223372036854775807)
          ORDER BY ads_unix_ms(received_at) DESC FETCH FIRST ($5) ROWS WITH TIES
        ) l ORDER BY l.received_at DESC, l.id"
    ),
};

/// Dead letters, newest first: about `limit` of them, before `before_ms` (of `received_at_ms`) if given. More than `limit`
/// are returned if several share the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<DeadLetter>, DbError> {
    let before = [filter.to_ms, before_ms].into_iter().flatten().min();
    let values = [
        Param::OptText(filter.queue.as_deref()),
        Param::Bool(filter.unreplayed_only),
        Param::OptI64(filter.from_ms),
        Param::OptI64(before),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}

const GET: Statement = Statement {
    name: "dead_letters.get",
    sql: concat!(
        "-- dead_letters.get
        SELECT ",
        letter_json!(),
        " FROM apishopee_ads_dead_letters l WHERE l.id = $1::uuid"
    ),
};

/// One dead letter; `None` if `id` is unknown or not a UUID.
///
/// # Errors
/// What the database reports.
pub async fn get(db: &impl Db, id: &str) -> Result<Option<DeadLetter>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &GET, &[Param::Text(id)]).await
}

const MARK_REPLAYED: Statement = Statement {
    name: "dead_letters.mark_replayed",
    sql: "-- dead_letters.mark_replayed
        WITH marked AS (
          UPDATE apishopee_ads_dead_letters SET replayed_at = now(), replayed_by = $2
          WHERE id = $1::uuid AND replayed_at IS NULL
          RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM marked))::text",
};

/// Reserves a letter for a replay; true for the first caller only. After an error it is unknown whether it is reserved:
/// [`unmark_replayed`] frees it.
///
/// # Errors
/// What the database reports.
pub async fn mark_replayed(db: &impl Db, id: &str, by: &str) -> Result<bool, DbError> {
    if !is_uuid(id) {
        return Ok(false);
    }
    one(db, &MARK_REPLAYED, &[Param::Text(id), Param::Text(&clean(by))]).await
}

const UNMARK_REPLAYED: Statement = Statement {
    name: "dead_letters.unmark_replayed",
    sql: "-- dead_letters.unmark_replayed
        WITH unmarked AS (
          UPDATE apishopee_ads_dead_letters SET replayed_at = NULL, replayed_by = NULL WHERE id = $1::uuid
        )
        SELECT 'true'",
};

/// Frees the reservation: the letter could not be sent.
///
/// # Errors
/// What the database reports.
pub async fn unmark_replayed(db: &impl Db, id: &str) -> Result<(), DbError> {
    if !is_uuid(id) {
        return Ok(());
    }
    one::<bool>(db, &UNMARK_REPLAYED, &[Param::Text(id)]).await.map(|_| ())
}
