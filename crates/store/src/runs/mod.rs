//! Runs: their progress row, their rows in the queue and their own table.

mod begin;
mod cancel;
mod progress_row;
mod read;

pub use api::run::StoredChunk;
pub use begin::{BeginRun, Begun, begin};
pub use cancel::cancel;
pub use progress_row::{Projected, Projection, project};
pub use read::{Filter, chunks, get, is_known, list, list_all};
