//! A chunk message: claim the attempt, make it, tell its outcome.
//!
//! Replay at each `.await`:
//! 1. claim: of several copies of a message one gets the lease; the others are dropped.
//! 2. load the shop, call Shopee: nothing is written yet; a lost consumer's lease runs out and the alarm sends the
//!    next attempt.
//! 3. write: one statement, fenced by the generation; repeating it writes nothing new.
//! 4. commit: the object records a chunk once. If the commit is lost, the next attempt finds the data unchanged.

use super::Verdict;
use crate::{
    adapter::{log, object::ShopObject},
    sync::{Invocation, execute},
};
use serde_json::json;
use shopee::ErrorClass;
use sync_core::{ChunkMessage, ClaimReply, Failure, Outcome, Work};

/// Handles one message.
pub async fn handle(invocation: &Invocation<'_>, message: &ChunkMessage) -> Verdict {
    let object = ShopObject::new(invocation.env, message.shop_id);
    let work = match object.claim(message.generation, message.key(), message.attempt).await {
        Ok(ClaimReply::Work { work }) => work,
        Ok(ClaimReply::Drop { reason }) => {
            log::info(
                "chunk_dropped",
                json!({ "shop": message.shop_id, "generation": message.generation, "stage": message.stage,
                        "chunk": message.chunk, "attempt": message.attempt, "reason": reason }),
            );
            return Verdict::Ack;
        }
        Err(error) => return Verdict::Retry(error),
    };
    let outcome = attempt(invocation, message.shop_id.0, &work).await;
    // Not retried: the claim is spent, so a second delivery could not do more. The lease's end brings the chunk back.
    if let Err(error) = object.commit(work.generation, work.key, work.attempt, outcome).await {
        log::error(
            "commit_lost",
            json!({ "shop": message.shop_id, "generation": work.generation, "error": error }),
        );
    }
    Verdict::Ack
}

async fn attempt(invocation: &Invocation<'_>, shop_id: i64, work: &Work) -> Outcome {
    let failed = |class, message: String| Outcome::Failed {
        failure: Failure { class, message, retry_after_s: None, calls: 0 },
    };
    match store::shops::load(&invocation.db, shop_id).await {
        Ok(Some(shop)) => execute::chunk(invocation, &shop, work).await,
        Ok(None) => {
            failed(ErrorClass::FatalConfiguration, format!("shop {shop_id} is gone from the database"))
        }
        Err(error) => failed(ErrorClass::Retry, error.to_string()),
    }
}
