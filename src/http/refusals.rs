//! Converts the flow's refusals to problems.

use super::problem::Problem;
use crate::adapter::now_ms;
use store::DbError;
use sync_core::ShopId;
use sync_flow::{
    actions::{hand_driven_chunk::ChunkRefused, run_actions::ActionRefused, start_sync::Refusal},
    attempt_error::AttemptError,
    schedules::{rejection::ScheduleRejection, save::NotSaved},
    sync::begin::MayNotCall,
};

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::unavailable(error)
    }
}

impl From<ActionRefused> for Problem {
    fn from(refused: ActionRefused) -> Self {
        match refused {
            ActionRefused::Unknown(detail) => Self::not_found(detail),
            ActionRefused::Conflict(conflict) => Self::conflict(conflict.code, conflict.detail),
            // The shop is known, since it has the run to be retried.
            ActionRefused::Intake(refusal) => of(ShopId(0), refusal),
            ActionRefused::Unavailable(cause) => Self::unavailable(cause),
        }
    }
}

impl From<ScheduleRejection> for Problem {
    fn from(rejection: ScheduleRejection) -> Self {
        let ScheduleRejection { field, rule, reason, is_malformed } = rejection;
        let problem =
            if is_malformed { Self::field(field, reason) } else { Self::unprocessable(field, reason) };
        problem.by_rule(rule)
    }
}

impl From<NotSaved> for Problem {
    fn from(not_saved: NotSaved) -> Self {
        match not_saved {
            NotSaved::UnknownShop(shop_id) => Self::unknown_shop(shop_id),
            NotSaved::NoRegion(shop_id) => Self::region_unknown(shop_id),
            NotSaved::UnknownSchedule(id) => Self::unknown_schedule(&id),
            NotSaved::Contended => Self::conflict(
                "schedules_changed",
                "others are changing the schedules of this campaign at the same time; try again",
            ),
            NotSaved::Db(error) => error.into(),
        }
    }
}

/// Converts the refusal of a job for a shop.
pub fn of(shop_id: ShopId, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Field { field, reason } => Problem::field(field, reason),
        Refusal::UnknownShop => Problem::unknown_shop(shop_id),
        Refusal::MayNotCall(MayNotCall { code, reason }) => Problem::conflict(code, reason),
        Refusal::Busy(reason) => Problem::conflict("busy", reason),
        Refusal::Waits(hold) => Problem::waits(hold, now_ms()),
        Refusal::Failed(reason) => Problem::upstream(reason),
        Refusal::Unavailable(cause) => Problem::unavailable(cause),
    }
}

/// Converts the refusal of a chunk that a caller drives by hand.
pub fn of_chunk(shop_id: ShopId, refused: ChunkRefused) -> Problem {
    match refused {
        ChunkRefused::UnknownShop => Problem::unknown_shop(shop_id),
        ChunkRefused::MayNotCall(MayNotCall { code, reason }) => Problem::conflict(code, reason),
        ChunkRefused::NotOpened => {
            Problem::conflict("no_open_progress", "call init_ads_sync_progress first, or use the action sync")
        }
        ChunkRefused::TooLate => Problem::overran("the chunk took too long: lower chunk_size"),
        ChunkRefused::Unavailable(cause) => Problem::unavailable(cause),
        ChunkRefused::Attempt(AttemptError::Api(error)) => {
            Problem { cause: Some(error.detail), ..Problem::upstream(error.message) }
        }
        ChunkRefused::Attempt(AttemptError::Db(error)) => Problem::unavailable(error),
        ChunkRefused::Attempt(AttemptError::Refused(failure)) => Problem::upstream(failure.message),
        ChunkRefused::Attempt(AttemptError::Deferred(hold)) => Problem::waits(hold, now_ms()),
        ChunkRefused::Attempt(AttemptError::Fenced) => {
            Problem::conflict("reset", "the shop's progress was reset while the chunk ran")
        }
    }
}
