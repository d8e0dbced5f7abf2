//! Listing a shop's campaigns, and running a direct run's chunks.

use super::{Invocation, access, execute};
use crate::adapter::{log, object::ShopObject, shopee_http::FetchTransport};
use serde_json::json;
use shopee::ApiError;
use store::shops::ShopRow;
use sync_core::{Failure, Generation, ListedPage, ListingLease, PageReply, ShopId, Work};

/// Lists until the plan is frozen, then works on the chunks if the run is direct.
///
/// Replay: every page is reported with its offset before the next is fetched, so a second consumer goes on where
/// the first one stopped; the object takes each offset once.
///
/// # Errors
/// The object failed: the message is to be tried again.
pub async fn list(invocation: &Invocation<'_>, shop: &ShopRow, generation: Generation) -> Result<(), String> {
    let object = ShopObject::new(invocation.env, ShopId(shop.shop_id));
    let Some(lease) = object.claim_listing(generation).await? else { return Ok(()) };
    let transport = FetchTransport::default();
    let first = match pages(invocation, shop, &object, generation, &lease, &transport).await? {
        Ok(first) => first,
        Err(failure) => {
            log::warn(
                "listing_failed",
                json!({ "shop": shop.shop_id, "generation": generation, "attempt": lease.attempt,
                        "class": failure.class, "error": failure.message }),
            );
            return object.listing_failed(generation, lease.attempt, failure).await;
        }
    };
    let mut next = first;
    while let Some(work) = next {
        let outcome = execute::chunk(invocation, shop, &work).await;
        next = object.commit(generation, work.key, work.attempt, outcome).await?.next;
    }
    Ok(())
}

type Pages = Result<Option<Box<Work>>, Failure>;

async fn pages(
    invocation: &Invocation<'_>,
    shop: &ShopRow,
    object: &ShopObject<'_>,
    generation: Generation,
    lease: &ListingLease,
    transport: &FetchTransport,
) -> Result<Pages, String> {
    let (client, token) = match access::open(&invocation.platform, shop, transport) {
        Ok(opened) => opened,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut offset = lease.offset;
    loop {
        let page = match client.campaign_ids(&token, offset, lease.page_size).await {
            Ok(page) => page,
            Err(error) => return Ok(Err(failure(&error, 1))),
        };
        let rows = u32::try_from(page.ids.len()).unwrap_or(u32::MAX).saturating_add(page.malformed);
        let listed = ListedPage { offset, ids: page.ids, rows, has_next_page: page.has_next_page };
        match object.page(generation, lease.attempt, listed).await? {
            PageReply::Next { offset: next } => offset = next,
            PageReply::Planned { work } => return Ok(Ok(work)),
            PageReply::Stale => return Ok(Ok(None)),
        }
    }
}

/// An error of the platform as the core takes it.
pub fn failure(error: &ApiError, calls: u32) -> Failure {
    let message: String = error.message.chars().take(sync_core::ERROR_TEXT_MAX).collect();
    Failure { class: error.class, message, retry_after_s: error.retry_after_s, calls }
}
