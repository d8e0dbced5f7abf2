//! Handles a chunk message: loads the shop, claims the attempt, makes it and commits its outcome.
//!
//! Replay at each `.await`:
//! 1. load the shop: nothing has happened yet.
//! 2. claim: of several copies of a message one gets the lease; the others are dropped. Then call Shopee: nothing is
//!    written yet; if the consumer is lost, its lease expires and the alarm sends the next attempt.
//! 3. write: one statement, fenced by the generation; repeating it writes nothing new.
//! 4. commit: the object records a chunk once. If the commit is lost, the next attempt finds the data unchanged.

use super::Disposition;
use crate::{
    attempt_error,
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    sync::attempt,
};
use serde_json::json;
use shopee::ErrorClass;
use sync_core::{AttemptOutcome, ChunkMessage, ClaimReply};

/// Handles one message.
pub async fn handle<H: Host>(invocation: &Invocation<'_, H>, message: &ChunkMessage) -> Disposition {
    let host = invocation.host;
    let object = ShopObject::new(host, message.shop_id);
    // Comes first, so that the message waits and uses up no attempt while Postgres is down.
    let shop = match store::shops::load(&invocation.db, message.shop_id.0).await {
        Ok(shop) => shop,
        Err(error) => return Disposition::Retry(error.to_string()),
    };
    let work = match object.claim(message.generation, message.key(), message.attempt).await {
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
    let outcome = match shop {
        Some(shop) => attempt::chunk(invocation, &shop, &work).await,
        None => {
            let gone = format!("shop {} is gone from the database", message.shop_id.0);
            AttemptOutcome::Failed { failure: attempt_error::refused(ErrorClass::FatalConfiguration, gone) }
        }
    };
    // Not retried: the claim is spent, so a second delivery could not do more. The chunk comes back when its lease
    // expires.
    if let Err(error) = object.commit(work.generation, work.key, work.attempt, outcome).await {
        host.log(
            Level::Error,
            "commit_lost",
            json!({ "shop": message.shop_id, "generation": work.generation, "error": error }),
        );
    }
    Disposition::Ack
}
