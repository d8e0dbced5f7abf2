//! Handles a chunk message: loads the shop, claims the attempt, and works as a lane that begins with it.
//!
//! Replay at each `.await`:
//! 1. load the shop: nothing has happened yet.
//! 2. claim: of several copies of a message one gets the lease; the others are dropped.
//! 3. the lane: see there.

use super::Disposition;
use crate::{
    attempt_error,
    error::FlowError,
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    sync::{attempt::Attempts, lane},
};
use compact::json;
use shopee::ErrorClass;
use sync_core::{AttemptOutcome, ChunkMessage, ClaimReply, Work};

/// Handles one message.
pub async fn handle<H: Host>(invocation: &Invocation<'_, H>, message: &ChunkMessage) -> Disposition {
    let host = invocation.host;
    let object = ShopObject::new(host, message.shop_id);
    // Comes first, so that the message waits and uses up no attempt while Postgres is down.
    let shop = match store::shops::load(&invocation.db, message.shop_id.0).await {
        Ok(shop) => shop,
        Err(error) => return Disposition::Retry(error.to_string()),
    };
    let mut attempts = shop.as_ref().map(|shop| Attempts::new(invocation, shop));
    let rate_limits = attempts.as_ref().and_then(Attempts::rate_limits);
    let work = match object.claim(message.generation, message.key(), message.attempt, rate_limits).await {
        Ok(ClaimReply::Work { work }) => work,
        Ok(ClaimReply::Drop { reason }) => {
            host.log(
                Level::Info,
                "chunk_dropped",
                json!({ "shop": message.shop_id, "generation": message.generation, "stage": message.stage,
                        "chunk": message.chunk, "attempt": message.attempt, "reason": reason }),
            );
            return Disposition::Ack;
        }
        Err(error) => return Disposition::Retry(error.to_string()),
    };
    let worked = match (&shop, &mut attempts) {
        (Some(shop), Some(attempts)) => lane::run(invocation, shop, attempts, work).await,
        _ => shop_is_gone(&object, &work).await,
    };
    // Not retried: the claim is spent, so a second delivery could not do more. The chunk comes back when its lease
    // expires.
    if let Err(error) = worked {
        let fields = json!({ "shop": message.shop_id, "generation": message.generation, "error": error });
        host.log(Level::Error, "commit_lost", fields);
    }
    Disposition::Ack
}

async fn shop_is_gone<H: Host>(object: &ShopObject<'_, H>, work: &Work) -> Result<(), FlowError> {
    let gone = "the shop is gone from the database".to_owned();
    let failure = attempt_error::refused(ErrorClass::FatalConfiguration, gone);
    let outcome = AttemptOutcome::Failed { failure };
    object.commit(work.generation, work.key, work.attempt, outcome, None).await.map(drop)
}
