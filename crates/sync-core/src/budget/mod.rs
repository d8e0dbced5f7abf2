//! Scheduled budgets: which budget a campaign has when, and how it is written so that it is never wrong.
//!
//! ```text
//!   rows ─► Schedule ─► admit (new ones)           Known (what was done) ◄─ record ─┐
//!               └────► plan(schedules, known, local time) ─► Intent ─► Write ─► Outcome
//!               └────► preview                                           └ Rails
//! ```
//!
//! docs/budgets.md is the definition. A **slot** is what a schedule makes of one date: it is open from its start to its end by
//! the shop's wall clock. With the schedule's hours and budget it is a cause; a changed schedule makes other causes.
//! Postgres knows the time zones; everything here works on wall-clock time, which jumps on two days of the year. A
//! slot in minutes that are left out is never open; minutes that come twice belong to the same slot, which is
//! written once.

mod admit;
mod clock;
mod days;
mod intent;
mod known;
mod later;
mod missed;
mod money;
mod outcome;
mod overlap;
mod plan;
mod preview;
mod rails;
mod rails_settings;
mod row;
mod rule;
mod schedule;
mod shop_budgets;
mod slot;
mod write;
mod write_phases;
mod write_steps;

pub use admit::{NotAdmitted, admit, admit_cell};
pub use clock::{Clock, WallTime};
pub use days::{Days, WeekDays};
pub use intent::{Action, Intent};
pub use known::{Applied, Known, Settled};
pub use later::Later;
pub use missed::{Missed, Unseen, missed};
pub use money::{Money, MoneyError, total_hundredths};
pub use outcome::{Outcome, Status};
pub use overlap::{Overlap, first_overlap, gives_way, overlap};
pub use plan::{Clash, Plan, given_up, in_force, plan};
pub use preview::{PreviewPart, preview};
pub use rails::{Change, Context, Rails, check};
pub use rails_settings::{RailsError, RailsOverride, is_region, region_floor};
pub use row::{ScheduleError, ScheduleRow};
pub use rule::Rule;
pub use schedule::Schedule;
pub use shop_budgets::ShopBudgets;
pub use slot::{SlotKey, reference_id};
pub use write::Write;
pub use write_phases::can_spend;
pub use write_steps::{Observation, Step};

#[cfg(test)]
mod tests;
