//! Changing and deleting schedules, and having their shop looked at.

use super::{
    patch::SchedulePatch,
    rejection::ScheduleRejection,
    save::{Decision, NotSaved, save},
};
use crate::{
    cron::budget_scheduler,
    host::{Host, Level},
};
use serde_json::json;
use store::{Db, schedules};
use sync_core::{ShopId, budget::ScheduleRow};

/// The schedule of this id.
///
/// # Errors
/// There is none, or Postgres failed.
pub async fn find(db: &impl Db, id: &str) -> Result<ScheduleRow, NotSaved> {
    schedules::get(db, id).await?.ok_or_else(|| NotSaved::UnknownSchedule(id.to_owned()))
}

/// Changes a schedule that was found. `takes_cells`: the caller is the older page, whose cells meet.
///
/// # Errors
/// The change is refused, or nothing was stored.
pub async fn apply<E: From<NotSaved> + From<ScheduleRejection>>(
    host: &impl Host,
    db: &impl Db,
    row: &ScheduleRow,
    patch: &SchedulePatch,
    takes_cells: bool,
    actor: &str,
) -> Result<(), E> {
    let shop_id = ShopId(row.shop_id);
    let unknown = || NotSaved::UnknownSchedule(row.id.clone());
    if patch.only_deactivates() {
        if !schedules::deactivate(db, &row.id, actor).await.map_err(NotSaved::Db)? {
            return Err(unknown().into());
        }
    } else {
        save(db, shop_id, &[row.campaign_id], &[], actor, |validator| {
            validator.takes_cells = takes_cells;
            let old = validator.row(&row.id).ok_or_else(unknown)?;
            let new = patch.onto(old);
            validator.check(&new, Some(old))?;
            Ok::<_, E>(Decision::Store(vec![new]))
        })
        .await?;
    }
    look_at_budgets(host, db, shop_id).await;
    Ok(())
}

/// Deletes a schedule that was found.
///
/// # Errors
/// Somebody has deleted it, or Postgres failed.
pub async fn remove(host: &impl Host, db: &impl Db, row: &ScheduleRow, actor: &str) -> Result<(), NotSaved> {
    if !schedules::delete(db, &row.id, actor).await? {
        return Err(NotSaved::UnknownSchedule(row.id.clone()));
    }
    look_at_budgets(host, db, ShopId(row.shop_id)).await;
    Ok(())
}

/// Schedules of a shop have changed: it is looked at now, and at the beginnings and ends of its slots until the next tick. The
/// change is stored and noted, so where this fails a tick does it within five minutes.
pub async fn look_at_budgets(host: &impl Host, db: &impl Db, shop_id: ShopId) {
    if let Err(error) = budget_scheduler::ask_for(db, host, shop_id).await {
        host.log(Level::Warn, "budgets_not_asked_for", json!({ "shop": shop_id, "error": error }));
    }
}
