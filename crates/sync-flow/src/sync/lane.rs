//! A lane: a consumer that goes on with the chunk that each commit hands out.
//!
//! Replay at each `.await`:
//! 1. call Shopee: nothing is written yet; if the consumer is lost, its lease expires and the alarm sends the next
//!    attempt.
//! 2. write: one statement, fenced by the generation; repeating it writes nothing new.
//! 3. commit: the object records a chunk once, and leases the next one with the same event. If the answer is lost, the
//!    lease of the next one expires.
//! 4. look again: nothing is leased meanwhile. A lane that does not come back is missed after a second, and a message
//!    takes its place.

use super::attempt::Attempts;
use crate::{error::FlowError, host::Host, invocation::Invocation, object_client::ShopObject};
use store::shops::ShopRow;
use sync_core::{
    AttemptOutcome, Generation, LANE_CHUNKS_MAX, LANE_IDLE_MS_MAX, LANE_MS_MAX, LOOK_AGAIN_MS, RateLimits,
    ShopId, Work,
};

/// Works on chunks until the shop's object hands out no more, or it is the turn of others: then the place goes back
/// with the last commit, and a message brings it to another consumer.
///
/// # Errors
/// A commit was not answered.
pub async fn run<'i, H: Host>(
    invocation: &'i Invocation<'_, H>,
    shop: &'i ShopRow,
    attempts: &mut Attempts<'i, '_, H>,
    first: Box<Work>,
) -> Result<(), FlowError> {
    let object = ShopObject::new(invocation.host, ShopId(shop.shop_id));
    let until_ms = invocation.host.now_ms().saturating_add(LANE_MS_MAX);
    let mut left = LANE_CHUNKS_MAX;
    let mut next = Some(first);
    while let Some(work) = next {
        let generation = work.generation;
        let outcome = attempts.make(&work).await;
        left = left.saturating_sub(1);
        let is_done = matches!(outcome, AttemptOutcome::Done { .. });
        let is_my_turn = left > 0 && invocation.host.now_ms() < until_ms;
        let goes_on = attempts.rate_limits().filter(|_| is_done && is_my_turn);
        let handout = object.commit(generation, work.key, work.attempt, outcome, goes_on).await?.next;
        next = match goes_on {
            Some(rate_limits) if handout.look_again => {
                wait(invocation.host, &object, generation, rate_limits).await?
            }
            _ => handout.work,
        };
    }
    Ok(())
}

/// Waits for a chunk that will soon be there.
async fn wait<H: Host>(
    host: &H,
    object: &ShopObject<'_, H>,
    generation: Generation,
    rate_limits: RateLimits,
) -> Result<Option<Box<Work>>, FlowError> {
    let until_ms = host.now_ms().saturating_add(LANE_IDLE_MS_MAX);
    while host.now_ms() < until_ms {
        host.sleep_ms(LOOK_AGAIN_MS).await;
        let handout = object.next(generation, rate_limits).await?;
        if handout.work.is_some() || !handout.look_again {
            return Ok(handout.work);
        }
    }
    Ok(None)
}
