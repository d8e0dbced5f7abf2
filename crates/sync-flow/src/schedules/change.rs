//! Changes and deletes schedules, and requests a look at their shop.

use super::{
    patch::SchedulePatch,
    rejection::ScheduleRejection,
    save::{Decision, NotSaved, save},
};
use crate::{
    cron::budget_scheduler,
    host::{Host, Level},
};
use compact::json;
use store::{Db, schedules};
use sync_core::{ShopId, budget::ScheduleRow};

/// Finds the schedule with this id.
///
/// # Errors
/// There is none, or Postgres failed.
pub async fn find(db: &impl Db, id: &str) -> Result<ScheduleRow, NotSaved> {
    schedules::get(db, id).await?.ok_or_else(|| NotSaved::UnknownSchedule(id.to_owned()))
}

/// Applies a change to a schedule. `takes_cells`: the caller is the older page, whose cells overlap.
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

/// Deletes a schedule.
///
/// # Errors
/// It was already deleted, or Postgres failed.
pub async fn remove(host: &impl Host, db: &impl Db, row: &ScheduleRow, actor: &str) -> Result<(), NotSaved> {
    if !schedules::delete(db, &row.id, actor).await? {
        return Err(NotSaved::UnknownSchedule(row.id.clone()));
    }
    look_at_budgets(host, db, ShopId(row.shop_id)).await;
    Ok(())
}

/// Requests a look at a shop whose schedules have changed: now, and at the edges of its slots until the next tick. The
/// change is stored and noted, so if this fails, a tick does it within five minutes.
pub async fn look_at_budgets(host: &impl Host, db: &impl Db, shop_id: ShopId) {
    if let Err(error) = budget_scheduler::ask_for(db, host, shop_id).await {
        host.log(Level::Warn, "budgets_not_asked_for", json!({ "shop": shop_id, "error": error }));
    }
}
