//! GET /healthz says that the Worker runs; GET /readyz says that it can reach and use its database.

use super::{Answer, Context, problem::Problem};
use crate::adapter::now_ms;
use api::health::Readiness;
use std::cell::RefCell;
use store::health;

/// How long an answer stays valid, in milliseconds: anyone may ask, and each check costs a connection.
const GOOD_MS: i64 = 5_000;

/// The latest check of this instance.
struct Look {
    begun_ms: i64,
    /// The result; `None` until the first check has ended.
    found: Option<Result<Readiness, Problem>>,
}

thread_local! {
    static LAST: RefCell<Option<Look>> = const { RefCell::new(None) };
}

/// Checks the database, or returns a recent result.
pub async fn ready(context: &Context<'_>) -> Result<Answer, Problem> {
    let now = now_ms();
    if let Some(found) = LAST.with_borrow(|last| recent(last.as_ref(), now)) {
        return Answer::ok(&found?);
    }
    // Requests that come meanwhile get the previous result.
    LAST.with_borrow_mut(|last| {
        let found = last.take().and_then(|look| look.found);
        *last = Some(Look { begun_ms: now, found });
    });
    let found = look(context).await;
    LAST.with_borrow_mut(|last| *last = Some(Look { begun_ms: now, found: Some(found.clone()) }));
    Answer::ok(&found?)
}

fn recent(last: Option<&Look>, now_ms: i64) -> Option<Result<Readiness, Problem>> {
    last.filter(|look| (0..GOOD_MS).contains(&now_ms.saturating_sub(look.begun_ms)))?.found.clone()
}

async fn look(context: &Context<'_>) -> Result<Readiness, Problem> {
    let db = context.db().await?;
    let schema = health::schema(&db).await.map_err(|error| {
        if error.is_missing() {
            Problem::not_migrated(error.to_string())
        } else {
            Problem::unavailable(error)
        }
    })?;
    if !schema.missing.is_empty() {
        return Err(Problem::not_migrated(format!("missing: {}", schema.missing.join(", "))));
    }
    Ok(Readiness { status: "ready".to_owned(), schema_version: schema.version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_seconds() {
        let look = |found| Look { begun_ms: 1_000, found };
        let found =
            |look: &Look, now| recent(Some(look), now).map(|found| found.map_err(|problem| problem.status));
        let is_ready = Readiness { status: "ready".to_owned(), schema_version: 1 };
        let ready = look(Some(Ok(is_ready.clone())));
        assert_eq!(found(&ready, 1_000), Some(Ok(is_ready.clone())));
        assert_eq!(found(&ready, 1_000 + GOOD_MS - 1), Some(Ok(is_ready)));
        assert_eq!(found(&ready, 1_000 + GOOD_MS), None);
        assert_eq!(found(&ready, 999), None, "a clock that was set back");
        assert_eq!(found(&look(Some(Err(Problem::not_migrated("")))), 1_001), Some(Err(503)));
        assert_eq!(found(&look(None), 1_001), None, "the first ones all look");
        assert!(recent(None, 1).is_none());
    }
}
