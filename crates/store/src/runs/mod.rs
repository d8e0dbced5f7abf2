//! Runs: their progress row, their rows in the queue and their own table.

mod begin;
mod cancel;
mod project;
mod read;

pub use begin::{BeginRun, Begun, begin};
pub use cancel::cancel;
pub use project::{Projected, Projection, project};
pub use read::{ChunkRow, RunRow, chunks, get, list};
