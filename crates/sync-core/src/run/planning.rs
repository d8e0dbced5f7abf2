//! Lists the campaign ids page by page until the plan can be frozen.

use super::{
    attempt::{AttemptFailure, Work},
    chunk::Chunk,
    paging::{ListedPage, PageUse},
    shop::Shop,
    state::{LISTING, Mode, Phase, Run},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Generation, Stage},
    limits::{LIST_PAGES_MAX, PLAN_CAMPAIGNS_MAX, UNANSWERED_MAX, UNANSWERED_MS_MAX},
    message::StartMessage,
    rate::{back_off::back_off_ms, hold::Hold, shop_limiter::CallOrigin},
};
use serde::{Deserialize, Serialize};
use shopee::Endpoint;
use std::collections::HashSet;

/// The right to list, until a deadline that every page and every permit extends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingLease {
    /// The attempt that holds this lease.
    pub attempt: u32,
    /// The offset at which to continue.
    pub offset: u64,
    /// How many ids to request.
    pub page_size: u32,
    /// How long the lease lasts after each page and each permit, in milliseconds.
    pub lease_ms: i64,
}

/// The answer to a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageReply {
    /// The page was taken; fetch the one at this offset.
    Next {
        /// Row offset.
        offset: u64,
    },
    /// The plan is frozen. For a direct run, this includes the first chunk.
    Planned {
        /// The first chunk of a direct run.
        work: Option<Box<Work>>,
    },
    /// Another attempt or another run has taken over: stop.
    Stale,
}

impl Shop {
    /// Claims the right to list. `None` if another consumer lists, or there is nothing to list.
    ///
    /// Called after the run's progress row is written, so that a missing row means a reset from here on.
    pub fn claim_listing(&mut self, event: Event, generation: Generation) -> Option<ListingLease> {
        let run = self.run.as_mut().filter(|run| run.header.generation == generation)?;
        // This includes a run that ended earlier: Postgres shows it as running.
        if !run.header.announced {
            run.header.announced = true;
            run.header.verified_ms = event.now_ms;
            run.header.projection_urgent |= run.header.phase == Phase::Ended;
            self.touched();
        }
        let run = self.active(generation).filter(|run| run.header.phase == Phase::Listing)?;
        let until_ms = event.now_ms.saturating_add(run.header.settings.lease_ms());
        if run.header.retry_of.is_some() {
            self.begin_work(event);
            return None;
        }
        if run.header.paused.is_some() {
            return None;
        }
        let listing = &mut run.header.listing;
        if listing.lease_until_ms.is_some_and(|until| until > event.now_ms) {
            return None;
        }
        listing.attempt += 1;
        listing.unanswered = 0;
        listing.lease_until_ms = Some(until_ms);
        listing.resend_at_ms = None;
        let lease = ListingLease {
            attempt: listing.attempt,
            offset: listing.paging.offset,
            page_size: run.header.settings.list_page_size,
            lease_ms: run.header.settings.lease_ms(),
        };
        self.touched();
        Some(lease)
    }

    /// Takes one page. `rows` counts all of its rows, including those without a usable id.
    pub fn page(
        &mut self,
        event: Event,
        generation: Generation,
        attempt: u32,
        page: &ListedPage,
    ) -> PageReply {
        let Some(run) = self.listing_run(generation, attempt) else { return PageReply::Stale };
        let listing = &mut run.header.listing;
        listing.lease_until_ms = Some(event.now_ms.saturating_add(run.header.settings.lease_ms()));
        if page.offset != listing.paging.offset {
            return PageReply::Next { offset: listing.paging.offset };
        }
        let mut seen: HashSet<i64> = run.plan.iter().copied().collect();
        let step = listing.paging.take(page, |id| seen.contains(id));
        listing.pages += 1;
        listing.calls += 1;
        listing.failures = 0;
        let named = u32::try_from(page.ids.len()).unwrap_or(u32::MAX);
        listing.unreadable = listing.unreadable.saturating_add(page.rows.saturating_sub(named));
        let (number, offset) = (listing.pages, listing.paging.offset);
        let counts = step != PageUse::Aside;
        let fresh: Vec<i64> = page.ids.iter().copied().filter(|id| counts && seen.insert(*id)).collect();
        run.plan.extend_from_slice(&fresh);
        let planned = run.plan.len();
        self.touched();
        self.changes.add_ids(planned - fresh.len(), &fresh);
        self.calls_succeeded(event, 1, CallOrigin::Endpoint(Endpoint::CampaignIds));
        if planned > PLAN_CAMPAIGNS_MAX {
            self.fail(event.now_ms, format!("the shop lists more than {PLAN_CAMPAIGNS_MAX} campaigns"));
            return PageReply::Stale;
        }
        if step == PageUse::Last {
            return self.freeze(event);
        }
        if number >= LIST_PAGES_MAX {
            self.fail(event.now_ms, format!("the listing did not end within {LIST_PAGES_MAX} pages"));
            return PageReply::Stale;
        }
        self.send_messages(event);
        PageReply::Next { offset }
    }

    /// Handles a page that could not be fetched: the listing is tried again later, or given up.
    pub fn listing_failed(
        &mut self,
        event: Event,
        generation: Generation,
        attempt: u32,
        failure: &AttemptFailure,
    ) {
        let Some(run) = self.listing_run(generation, attempt) else { return };
        let max_attempts = run.header.settings.max_attempts;
        let listing = &mut run.header.listing;
        listing.calls += failure.calls;
        listing.lease_until_ms = None;
        listing.last_error = Some(failure.message.clone());
        let throttling = failure.is_throttling();
        if !throttling {
            listing.failures += 1;
        }
        if failure.is_final() || listing.failures >= max_attempts {
            self.fail(event.now_ms, format!("campaigns could not be listed: {}", failure.message));
            return;
        }
        let wait = back_off_ms(listing.failures, failure.retry_after_s, event.random);
        listing.resend_at_ms = Some(event.now_ms.saturating_add(wait));
        self.touched();
        if throttling {
            self.throttled(event, failure);
        }
    }

    /// Handles a listing without a permit soon for its next page: it continues when there is one.
    pub fn listing_deferred(&mut self, event: Event, generation: Generation, attempt: u32, hold: Hold) {
        let Some(run) = self.listing_run(generation, attempt) else { return };
        run.header.listing.lease_until_ms = None;
        run.header.listing.last_error = Some(hold.reason.text().to_owned());
        run.header.listing.resend_at_ms = Some(hold.until_ms.max(event.now_ms));
        self.touched();
    }

    /// Sends the start message again if the listing's holder or its message was lost.
    pub(crate) fn revive_listing(&mut self, event: Event) {
        let shop_id = self.shop_id;
        let held = self.limiter.hold_of(event.now_ms, LISTING).is_some();
        let Some(run) = self.run.as_mut().filter(|run| run.header.phase == Phase::Listing) else { return };
        let stopped = held || run.header.paused.is_some();
        let queued_ms = run.header.settings.queued_ms();
        let listing = &mut run.header.listing;
        if listing.lease_until_ms.is_some_and(|until| until <= event.now_ms) {
            listing.lease_until_ms = None;
            listing.failures += 1;
            listing.last_error = Some("no answer within the lease".to_owned());
            listing.resend_at_ms = Some(event.now_ms);
            self.touched();
        }
        let Some(run) = self.run.as_mut() else { return };
        let listing = &mut run.header.listing;
        if stopped || listing.resend_at_ms.is_none_or(|at| at > event.now_ms) {
            return;
        }
        if listing.failures >= run.header.settings.max_attempts || listing.unanswered >= UNANSWERED_MAX {
            let why = listing.last_error.clone().unwrap_or_else(|| "no answer".to_owned());
            return self.fail(event.now_ms, format!("campaigns could not be listed: {why}"));
        }
        // If no consumer can answer (for example while Postgres is down), the messages wait in their queue, and more
        // would not help.
        let wait_ms = (queued_ms << listing.unanswered.min(16)).min(UNANSWERED_MS_MAX.max(queued_ms));
        listing.unanswered += 1;
        listing.resend_at_ms = Some(event.now_ms.saturating_add(wait_ms));
        let job_id = run.header.jobs.first().cloned().unwrap_or_default();
        self.touched();
        self.changes.start_messages.push(StartMessage::new(shop_id, job_id, event.now_ms));
    }

    fn listing_run(&mut self, generation: Generation, attempt: u32) -> Option<&mut Run> {
        self.active(generation).filter(|run| {
            let listing = &run.header.listing;
            run.header.phase == Phase::Listing
                && listing.attempt == attempt
                && listing.lease_until_ms.is_some()
        })
    }

    fn freeze(&mut self, event: Event) -> PageReply {
        if let Some(run) = self.run.as_mut() {
            run.header.listing.early = run.header.cut.campaigns.max(run.header.cut.performance);
            if run.header.listing.unreadable == 0 {
                run.header.listing.complete = true;
                run.order();
            }
        }
        self.begin_work(event);
        let work = self.next_of_direct(event).map(Box::new);
        self.send_messages(event);
        PageReply::Planned { work }
    }

    /// Starts the work on the frozen plan: chunks are cut from it as they are handed out.
    fn begin_work(&mut self, event: Event) {
        let Some(run) = self.run.as_mut() else { return };
        let carried = run.header.retry_of.is_some();
        let direct = !carried && run.planned() <= run.header.settings.direct_threshold;
        run.header.mode = Some(if direct { Mode::Direct } else { Mode::Chunked });
        run.header.direct_held = direct;
        run.header.listing.lease_until_ms = None;
        run.header.listing.resend_at_ms = None;
        run.header.phase = Phase::Campaigns;
        run.header.projection_urgent = true;
        let totals = ChunkKey { stage: Stage::ShopTotals, index: 0 };
        run.chunks.entry(totals).or_insert_with(|| Chunk::new(totals, 0, 0));
        self.changed(totals);
        self.advance(event);
    }
}
