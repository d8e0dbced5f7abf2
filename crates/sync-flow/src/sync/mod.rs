//! What consumers do for a run: begin it, list its campaigns, make attempts at its chunks.

pub mod attempt;
pub mod begin;
pub mod campaigns;
mod drift;
mod fence;
pub mod lane;
pub mod listing;
mod misfit_rows;
pub mod performance;
mod shop_info;
mod split;
pub mod synced;

pub(crate) use split::gather;
