//! Stores what was validated, and validates again if another change came first.

use super::validator::ScheduleValidator;
use store::{
    Db, DbError,
    schedules::{self, Put},
};
use sync_core::{
    ShopId,
    budget::{ScheduleRow, is_region},
};

/// Rounds of reading, checking and storing, including the first. Among concurrent changes of a campaign's schedules,
/// one succeeds in each round.
const ROUNDS_MAX: usize = 8;

/// The result of a check.
pub enum Decision {
    /// Store these rows, all or none.
    Store(Vec<ScheduleRow>),
    /// Store nothing.
    Leave,
}

/// Why nothing was stored, apart from the check's own errors.
#[derive(Debug)]
pub enum NotSaved {
    /// The shop has no row.
    UnknownShop(ShopId),
    /// The shop's region is unknown, so it has no clock.
    NoRegion(ShopId),
    /// There is no schedule with this id.
    UnknownSchedule(String),
    /// The campaign's schedules keep changing concurrently.
    Contended,
    /// Postgres failed.
    Db(DbError),
}

impl From<DbError> for NotSaved {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Reads the data for validating schedules of `campaigns`, calls `decide`, and stores its rows only if that data is
/// unchanged. `ids`: rows that may exist from an earlier try of the same request.
///
/// # Errors
/// Those of `decide`, and [`NotSaved`]. Nothing was stored, unless Postgres failed.
pub async fn save<E: From<NotSaved>>(
    db: &impl Db,
    shop_id: ShopId,
    campaigns: &[i64],
    ids: &[&str],
    actor: &str,
    mut decide: impl FnMut(&mut ScheduleValidator) -> Result<Decision, E>,
) -> Result<(), E> {
    for _ in 0..ROUNDS_MAX {
        let admission = schedules::admission(db, shop_id.0, campaigns, ids).await.map_err(NotSaved::Db)?;
        let admission = admission.ok_or(NotSaved::UnknownShop(shop_id))?;
        if !is_region(&admission.region) {
            return Err(NotSaved::NoRegion(shop_id).into());
        }
        let mut validator = ScheduleValidator::new(admission);
        let Decision::Store(rows) = decide(&mut validator)? else { return Ok(()) };
        let put = schedules::put(db, shop_id.0, campaigns, &validator.admission.print, &rows, actor).await;
        match put.map_err(NotSaved::Db)? {
            Put::Stored => return Ok(()),
            Put::Changed => {}
        }
    }
    Err(NotSaved::Contended.into())
}
