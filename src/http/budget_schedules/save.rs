//! Storing what was checked, and checking again where somebody was quicker.

use super::held::Held;
use crate::http::{problem::Problem, shops};
use store::{
    Db,
    schedules::{self, NewRow, Put},
};
use sync_core::{ShopId, budget::is_region};

/// Rounds of reading, checking and storing, the first included. Of those who change a campaign's schedules at the same time
/// one gets through in each round.
const ROUNDS_MAX: usize = 8;

/// What comes of a check.
pub enum Decision {
    /// These rows are to be stored, all or none.
    Store(Vec<NewRow>),
    /// Nothing is to be stored.
    Leave,
}

/// Reads what schedules of `campaigns` are held against, lets `decide` look at it, and stores what it says only if that is
/// still so. `ids`: rows that may exist from an earlier try of the same request.
pub async fn save(
    db: &impl Db,
    shop_id: ShopId,
    campaigns: &[i64],
    ids: &[&str],
    actor: &str,
    mut decide: impl FnMut(&mut Held) -> Result<Decision, Problem>,
) -> Result<(), Problem> {
    for _ in 0..ROUNDS_MAX {
        let found =
            schedules::admission(db, shop_id.0, campaigns, ids).await.map_err(Problem::unavailable)?;
        let found = found.ok_or_else(|| shops::unknown(shop_id))?;
        if !is_region(&found.region) {
            return Err(shops::no_region(shop_id));
        }
        let mut held = Held::new(shop_id.0, found);
        let Decision::Store(rows) = decide(&mut held)? else { return Ok(()) };
        let put = schedules::put(db, shop_id.0, campaigns, &held.admission.print, &rows, actor).await;
        match put.map_err(Problem::unavailable)? {
            Put::Stored => return Ok(()),
            Put::Changed => {}
        }
    }
    let detail = "others are changing the schedules of this campaign at the same time; try again";
    Err(Problem::conflict("schedules_changed", detail))
}
