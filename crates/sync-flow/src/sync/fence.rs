//! The fence for an attempt's writes.

use crate::attempt_error::AttemptError;
use store::{Fence, Written};
use sync_core::{QUARANTINED_NAMED_MAX, Quarantined, Work};

/// The fence of an attempt's statement.
pub fn fence(work: &Work, shop_id: i64, fetched_at_ms: i64) -> Fence {
    Fence {
        shop_id,
        generation: work.generation.0,
        fetched_at_ms,
        touch: work.attempt > 1,
        stage: work.key.stage.as_str(),
        chunk_index: i32::try_from(work.key.index).unwrap_or(i32::MAX),
        finish: true,
        // The projection writes it, with details that only the object knows.
        result: serde_json::Value::Null,
    }
}

/// The sum of what all statements of a chunk wrote, or an error if the fence stopped one of them.
pub fn fenced(parts: impl IntoIterator<Item = Written>) -> Result<Written, AttemptError> {
    let mut sum = Written { fenced: true, written: 0, unchanged: 0 };
    for part in parts {
        sum.fenced &= part.fenced;
        sum.written += part.written;
        sum.unchanged += part.unchanged;
    }
    if sum.fenced { Ok(sum) } else { Err(AttemptError::Fenced) }
}

/// The first of the quarantined ids.
pub fn named(mut ids: Vec<Quarantined>) -> Vec<Quarantined> {
    ids.truncate(QUARANTINED_NAMED_MAX);
    ids
}
