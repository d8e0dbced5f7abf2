//! `apishopee_ads_dead_letters`: messages that could not be worked on, kept as they came.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, one},
};

const INSERT: Statement = Statement {
    name: "dead_letters.insert",
    sql: "-- dead_letters.insert
        WITH kept AS (
          INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) VALUES ($1, $2, $3, $4)
          ON CONFLICT (message_id) DO NOTHING
          RETURNING 1
        )
        SELECT to_jsonb(count(*))::text FROM kept",
};

/// Keeps a message of `queue`. The same message again changes nothing.
///
/// # Errors
/// What the database reports.
pub async fn insert(
    db: &impl Db,
    queue: &str,
    message_id: &str,
    body: &str,
    reason: &str,
) -> Result<(), DbError> {
    let (body, reason) = (clean(body), clean(reason));
    let values = [Param::Text(queue), Param::Text(message_id), Param::Text(&body), Param::Text(&reason)];
    one::<i64>(db, &INSERT, &values).await.map(|_| ())
}
