//! One run of a shop, from its beginning to its receipt.
//!
//! ```text
//!   begin ──► planning ──► dispatch ──► claim ──► commit ──► completion ──► receipt
//!              pages        messages     lease     results
//!   alarm: recovers what was lost · lifecycle: what an operator asks · projection: what Postgres shows
//! ```

pub(crate) mod alarm;
pub(crate) mod attempt;
pub(crate) mod begin;
pub(crate) mod chunk;
pub(crate) mod chunk_size;
pub(crate) mod claim;
pub(crate) mod commit;
mod completion;
mod cutting;
mod dispatch;
pub(crate) mod fetch_policy;
pub(crate) mod handout;
pub(crate) mod lifecycle;
pub(crate) mod listing;
pub(crate) mod paging;
mod permits;
pub(crate) mod planning;
pub(crate) mod projection;
pub(crate) mod receipt;
pub(crate) mod shop;
pub(crate) mod state;
mod waiting_lanes;
pub(crate) mod window;
