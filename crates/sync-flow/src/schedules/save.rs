//! Storing what was validated, and validating again where somebody was quicker.

use super::validator::ScheduleValidator;
use store::{
    Db, DbError,
    schedules::{self, Put},
};
use sync_core::{
    ShopId,
    budget::{ScheduleRow, is_region},
};

/// Rounds of reading, checking and storing, the first included. Of those who change a campaign's schedules at the same time
/// one gets through in each round.
const ROUNDS_MAX: usize = 8;

/// What comes of a check.
pub enum Decision {
    /// These rows are to be stored, all or none.
    Store(Vec<ScheduleRow>),
    /// Nothing is to be stored.
    Leave,
}

/// Why nothing was stored, apart from what the check says.
#[derive(Debug)]
pub enum NotSaved {
    /// The shop has no row.
    UnknownShop(ShopId),
    /// The shop's region is not known, so it has no clock.
    NoRegion(ShopId),
    /// There is no schedule of this id.
    UnknownSchedule(String),
    /// Others change the same campaign's schedules all the time.
    Contended,
    /// Postgres failed.
    Db(DbError),
}

impl From<DbError> for NotSaved {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Reads what schedules of `campaigns` are held against, lets `decide` look at it, and stores what it says only if that is
/// still so. `ids`: rows that may exist from an earlier try of the same request.
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
