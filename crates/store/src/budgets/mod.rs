//! The budget scheduler's data: which shops are due, who holds a shop's lease, what is known about its campaigns.

mod hold;
mod load;
mod record;

pub use hold::{Due, claim, due, release};
pub use load::{CampaignBudget, Loaded, StateRow, load};
pub use record::{ArmReply, Basis, LogLine, MissedLine, WriteRecord, arm, limits, looked, record};
