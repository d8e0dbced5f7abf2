//! Decides when Shopee may be called: the shop's rate limiter, the app's governor, and their messages.
//!
//! A permit is a time slot, not a token: work waits in queues for an unknown time, and accumulated tokens would be
//! spent in a burst.

pub(crate) mod back_off;
mod calendar;
mod closed_endpoints;
pub(crate) mod governor;
pub(crate) mod governor_messages;
pub(crate) mod hold;
pub(crate) mod permit;
pub(crate) mod shop_limiter;
mod spacing;
