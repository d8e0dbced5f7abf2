//! Lists a shop's campaigns, and runs a direct run's chunks.

use super::{attempt::Attempts, lane, shop_info};
use crate::error::FlowError;
use crate::{
    access::{client, token::LiveToken},
    attempt_error::{self, AttemptError},
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    permitted_calls::{Calls, Purpose},
    trace,
};
use compact::json;
use futures_util::future::join;
use store::shops::ShopRow;
use sync_core::{Generation, ListedPage, ListingLease, PageReply, ShopId, Work};

/// Lists until the plan is frozen, then works on the chunks if the run is direct.
///
/// Replay: every page is reported with its offset before the next is fetched, so a second consumer continues where the
/// first one stopped; the object takes each offset once.
///
/// # Errors
/// The object failed: the message must be retried.
pub async fn list<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    generation: Generation,
) -> Result<(), FlowError> {
    let host = invocation.host;
    let object = ShopObject::new(host, ShopId(shop.shop_id));
    let Some(lease) = object.claim_listing(generation).await? else { return Ok(()) };
    let listing = pages(invocation, shop, &object, generation, &lease);
    let ((), listed) = join(shop_info::refresh(invocation, shop), listing).await;
    let first = match listed {
        Ok(first) => first,
        Err(ListingStop::Object(error)) => return Err(error),
        Err(ListingStop::Trouble(AttemptError::Deferred(hold))) => {
            return object.listing_deferred(generation, lease.attempt, hold).await;
        }
        Err(ListingStop::Trouble(trouble)) => {
            let failure = trouble.into_failure();
            let fields = json!({ "trace": trace::id(shop.shop_id, generation), "shop": shop.shop_id, "generation": generation, "attempt": lease.attempt,
                                 "class": failure.class, "error": failure.message });
            host.log(Level::Warn, "listing_failed", fields);
            return object.listing_failed(generation, lease.attempt, failure).await;
        }
    };
    match first {
        Some(work) => lane::run(invocation, shop, &mut Attempts::new(invocation, shop), work).await,
        None => Ok(()),
    }
}

/// Why the listing stopped before the plan was frozen.
enum ListingStop {
    Trouble(AttemptError),
    Object(FlowError),
}

impl<T: Into<AttemptError>> From<T> for ListingStop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

async fn pages<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    object: &ShopObject<'_, H>,
    generation: Generation,
    lease: &ListingLease,
) -> Result<Option<Box<Work>>, ListingStop> {
    let (app, rate_limits) = client::app(&invocation.config, shop)?;
    let mut token = LiveToken::current(invocation, shop).await?;
    let mut offset = lease.offset;
    loop {
        let calls = Calls::new(
            invocation.host,
            Purpose::page(ShopId(shop.shop_id), generation, rate_limits, lease.lease_ms),
        )
        .within(&invocation.calls);
        let client = client::client(invocation.host, &invocation.config, app.clone(), &calls);
        let answer = client.campaign_ids(token.access(), offset, lease.page_size).await;
        let ids = answer.as_ref().ok().map(|page| page.ids.len());
        let fields = json!({ "trace": trace::id(shop.shop_id, generation), "shop": shop.shop_id, "generation": generation,
                             "offset": offset, "ids": ids, "trail": calls.trail() });
        invocation.host.log(Level::Info, "page", fields);
        let page = match answer {
            Ok(page) => page,
            Err(error) if token.renew_after(&error, &calls).await? => continue,
            Err(error) => {
                return Err(match calls.deferred() {
                    Some(hold) => ListingStop::Trouble(AttemptError::Deferred(hold)),
                    None => AttemptError::Refused(attempt_error::failure(&error, calls.made())).into(),
                });
            }
        };
        let rows = u32::try_from(page.ids.len()).unwrap_or(u32::MAX).saturating_add(page.malformed);
        let listed = ListedPage { offset, ids: page.ids, rows, has_next_page: page.has_next_page };
        match object.page(generation, lease.attempt, listed).await.map_err(ListingStop::Object)? {
            PageReply::Next { offset: next } => offset = next,
            PageReply::Planned { work } => return Ok(work),
            PageReply::Stale => return Ok(None),
        }
    }
}
