//! `Idempotency-Key`: a request that is sent again makes nothing new, and one that is another is refused.

use super::{problem::Problem, request::uuid_text};
use sha2::{Digest, Sha256};
use store::{
    Db,
    idempotency::{self, Binding},
};
use sync_core::ShopId;
use worker::Request;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// The id of the row that the request makes: the same key of the same shop gives the same id.
///
/// # Errors
/// 400: the key is empty or too long.
pub fn id(request: &Request, shop_id: ShopId) -> Result<Option<String>, Problem> {
    let Some(key) = request.headers().get("idempotency-key").ok().flatten() else { return Ok(None) };
    if key.trim().is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Problem::field("Idempotency-Key", format!("must have 1 to {KEY_BYTES_MAX} characters")));
    }
    Ok(Some(uuid_text(&digits(&[&shop_id.0.to_be_bytes(), key.as_bytes()]))))
}

/// Does the work of a request whose key, if it has one, is bound to it. A request that is refused leaves its key free, so that
/// it can be sent again once it is put right.
///
/// # Errors
/// 422: the key was sent with another body before, or to another address; and those of the work.
pub async fn once<T>(
    db: &impl Db,
    request: &Request,
    id: Option<&str>,
    body: &[u8],
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let Some(id) = id else { return work.await };
    let sent = digits(&[request.path().as_bytes(), b"\0", body]);
    let binding = idempotency::bind(db, id, &sent).await?;
    if binding == Binding::Other {
        return Err(Problem::key_reused());
    }
    let done = work.await;
    // After any other failure it may have been done.
    let is_refused = done.as_ref().is_err_and(|problem| (400..500).contains(&problem.status));
    if is_refused && binding == Binding::New {
        idempotency::release(db, id, &sent).await?;
    }
    done
}

fn digits(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hex::encode(hash.finalize())
}
