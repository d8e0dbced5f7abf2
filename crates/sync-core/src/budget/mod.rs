//! Scheduled budgets: which budget a campaign has when, and how to write it so that it is never wrong.
//!
//! ```text
//!   rows ─► Schedule ─► admit (new ones)           CampaignMemory (what was done) ◄─ record ─┐
//!               └────► plan(schedules, memory, clock) ─► Intent ─► Write ─► WriteOutcome
//!               └────► preview                                           └ GuardRails
//! ```
//!
//! docs/budgets.md is the definition. A **slot** is what a schedule makes of one date: it is open from its start to its
//! end by the shop's wall clock. Together with the schedule's hours and budget it is a cause; a changed schedule makes
//! other causes. Postgres knows the time zones; everything here works in wall-clock time, which jumps on two days of
//! the year. A slot within skipped minutes is never open; minutes that occur twice belong to the same slot, which is
//! written once.

mod admit;
mod campaign_memory;
mod clock;
mod days;
mod due;
mod guard_rails;
mod guard_rails_override;
mod intent;
mod missed;
mod money;
mod outcome;
mod overlap;
mod plan;
mod postponed;
mod preview;
mod row;
mod schedule;
mod shop_budgets;
mod slot;
mod violation;
mod write;
mod write_phases;
mod write_steps;

pub use admit::{NotAdmitted, admit, admit_cell};
pub use campaign_memory::{Applied, CampaignMemory, Settled};
pub use clock::{Clock, WallTime};
pub use days::{Days, WeekDays};
pub use guard_rails::{Change, GuardRails, RailContext, check};
pub use guard_rails_override::{GuardRailsError, GuardRailsOverride, REGIONS, is_region, region_floor};
pub use intent::{Action, Intent};
pub use missed::{Missed, Unseen, missed};
pub use money::{Money, MoneyError, total_hundredths};
pub use outcome::{WriteOutcome, WriteStatus};
pub use overlap::{Overlap, first_overlap, gives_way, overlap};
pub use plan::{Clash, Plan, given_up, in_force, plan};
pub use postponed::Postponed;
pub use preview::{PreviewPart, preview};
pub use row::{ScheduleError, ScheduleRow};
pub use schedule::Schedule;
pub use shop_budgets::ShopBudgets;
pub use slot::{SlotKey, reference_id};
pub use violation::Violation;
pub use write::Write;
pub use write_phases::can_spend;
pub use write_steps::{Observation, WriteStep};

#[cfg(test)]
mod tests;
