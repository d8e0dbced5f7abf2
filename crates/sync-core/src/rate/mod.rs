//! When Shopee may be called: the shop's rate limiter, the app's governor, and what they tell each other.
//!
//! A permit is a time slot, not a coin: work waits in queues for an unknown time, and coins that pile up there would be
//! spent as a burst.

pub(crate) mod back_off;
mod calendar;
mod closed_endpoints;
pub(crate) mod governor;
pub(crate) mod governor_messages;
pub(crate) mod hold;
pub(crate) mod permit;
pub(crate) mod shop_limiter;
mod spacing;
