//! Actions requested over HTTP: a sync, an action on a run, a replay, a seller's consent.

pub mod consent;
pub mod hand_driven_chunk;
pub mod replay;
pub mod run_actions;
pub mod start_sync;
