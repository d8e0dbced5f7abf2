//! What people are told of a shop's budgets: an alert where writes failed or were refused, and one for schedules that cannot
//! be used.

use super::{done::Done, rounds::Ended, snapshot::Snapshot, wave::Stop};
use crate::{
    host::{Host, Level},
    sync::{Invocation, execute::Trouble},
};
use serde_json::json;
use store::{alerts, shops::ShopRow};
use sync_core::{
    BUDGET_HORIZON_SECONDS, ERROR_TEXT_MAX,
    budget::{Action, Intent, given_up},
};

/// The alert of budgets that are not as their schedules say.
const FAILED: &str = "budget_failed";
/// The alert of schedules that are not applied as they stand.
const SCHEDULES: &str = "budget_schedules";

/// Reasons that are as somebody wants it, so that nobody is told.
const WANTED: [&str; 4] = ["kill_switch:", "dry_run:", "campaign_status:", "withdrawn:"];

/// What follows.
pub enum Next {
    /// Somebody else has the shop.
    Nothing,
    /// Everything that can be done now is done.
    LetGo,
    /// It is another shop's turn; then the campaigns after this one.
    HandOn {
        /// The last campaign that had its turn.
        after: i64,
    },
    /// It goes on later.
    Again {
        /// In so many milliseconds.
        in_ms: i64,
    },
}

/// Tells how the work ended.
///
/// # Errors
/// Postgres does not answer: it is to be tried again.
pub async fn ended<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    done: &[Done],
    ended: &Result<Ended, Stop>,
) -> Result<Next, String> {
    let host = invocation.host;
    let fields = json!({ "shop": shop.shop_id, "writes": done.len(),
                         "success": count(done, "success"), "already_there": count(done, "already_there"),
                         "skipped": count(done, "skipped"), "failed": count(done, "failed"),
                         "unknown": count(done, "unknown"), "ended": ending(ended) });
    host.log(if ended.is_ok() { Level::Info } else { Level::Warn }, "budgets", fields);
    match ended {
        Ok(Ended::More { after }) => Ok(Next::HandOn { after: *after }),
        Ok(Ended::Done(snapshot)) => {
            tell(invocation, shop.shop_id, snapshot).await.map_err(|error| error.to_string())?;
            Ok(again_ms(done, snapshot, host.now_ms()).map_or(Next::LetGo, |in_ms| Next::Again { in_ms }))
        }
        Err(Stop::Lost) => Ok(Next::Nothing),
        Err(Stop::Late) => Ok(Next::Again { in_ms: 0 }),
        Err(Stop::Trouble(Trouble::Deferred(hold))) => {
            Ok(Next::Again { in_ms: hold.until_ms.saturating_sub(host.now_ms()).max(0) })
        }
        Err(Stop::Trouble(Trouble::Refused(failure))) if failure.is_final() => {
            let text = format!("budgets cannot be written: {}", failure.message);
            let raised = alerts::raise(&invocation.db, FAILED, Some(shop.shop_id), "critical", &text).await;
            raised.map_err(|error| error.to_string())?;
            Ok(Next::LetGo)
        }
        Err(Stop::Trouble(trouble)) => Err(said(trouble)),
    }
}

/// When there is something to do before the next tick: at once where a budget was lowered and another one waits for the room,
/// or when the first of what was refused just now is to be tried again. What was not tried now has its message already.
fn again_ms(done: &[Done], snapshot: &Snapshot, now_ms: i64) -> Option<i64> {
    let is_waiting_for_room = |intent: &Intent| {
        let reason = snapshot.known.get(&intent.campaign_id)?.reason(&intent.slot, intent.action)?;
        Some(reason.starts_with("shop_daily_total:"))
    };
    if done.iter().any(Done::has_made_room)
        && snapshot.plan().intents.iter().any(|intent| is_waiting_for_room(intent) == Some(true))
    {
        return Some(0);
    }
    let local = snapshot.clock.at(now_ms);
    let later = done.iter().filter_map(|done| snapshot.known.get(&done.campaign_id)?.later.as_ref());
    let pauses = later.map(|later| later.until.signed_duration_since(local).num_milliseconds());
    let is_before_tick = |in_ms: &i64| *in_ms <= i64::from(BUDGET_HORIZON_SECONDS).saturating_mul(1_000);
    pauses.min().map(|in_ms| in_ms.max(1_000)).filter(is_before_tick)
}

async fn tell<H: Host>(
    invocation: &Invocation<'_, H>,
    shop_id: i64,
    snapshot: &Snapshot,
) -> Result<(), store::DbError> {
    let db = &invocation.db;
    for (kind, severity, text) in
        [(FAILED, "critical", failures(snapshot)), (SCHEDULES, "warning", schedules(snapshot))]
    {
        match text {
            Some(text) => drop(alerts::raise(db, kind, Some(shop_id), severity, &short(&text)).await?),
            None => drop(alerts::resolve(db, kind, Some(shop_id)).await?),
        }
    }
    Ok(())
}

/// What is still due although it was tried, and open slots that were given up.
fn failures(snapshot: &Snapshot) -> Option<String> {
    let due =
        snapshot.plan().intents.into_iter().map(|intent| (intent.campaign_id, intent.slot, intent.action));
    let given_up = given_up(&snapshot.schedules, &snapshot.known, snapshot.clock.local);
    let given_up = given_up.into_iter().map(|(id, slot)| (id, slot, Action::Apply));
    let reason = |(id, slot, action)| Some((id, snapshot.known.get(&id)?.reason(&slot, action)?));
    let is_trouble = |(_, reason): &(i64, &str)| !WANTED.iter().any(|word| reason.starts_with(word));
    let troubles: Vec<(i64, &str)> = due.chain(given_up).filter_map(reason).filter(is_trouble).collect();
    let (id, reason) = troubles.first()?;
    let all = troubles.len();
    Some(format!("{all} budgets are not as their schedules say; of campaign {id}: {reason}"))
}

fn schedules(snapshot: &Snapshot) -> Option<String> {
    let malformed = snapshot.malformed.first().map(|(id, error)| {
        let all = snapshot.malformed.len();
        format!("{all} active schedules cannot be used; {id}: {error}")
    });
    malformed.or_else(|| {
        let clashes = snapshot.plan().clashes;
        let first = clashes.first()?;
        Some(format!(
            "{} pairs of schedules are open at the same time; of campaign {}, {} counts and {} does not",
            clashes.len(),
            first.campaign_id,
            first.kept,
            first.passed_over
        ))
    })
}

/// What went wrong, in words.
pub fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Api(error) => error.message.clone(),
        Trouble::Db(error) => error.to_string(),
        Trouble::Refused(failure) => failure.message.clone(),
        Trouble::Deferred(hold) => hold.reason.text().to_owned(),
        Trouble::Fenced => "somebody else is at work on it".to_owned(),
    }
}

fn ending(ended: &Result<Ended, Stop>) -> String {
    match ended {
        Ok(Ended::Done(_)) => "done".to_owned(),
        Ok(Ended::More { .. }) => "more".to_owned(),
        Err(Stop::Lost) => "lost".to_owned(),
        Err(Stop::Late) => "late".to_owned(),
        Err(Stop::Trouble(trouble)) => short(&said(trouble)),
    }
}

fn count(done: &[Done], outcome: &str) -> usize {
    done.iter().filter(|done| done.outcome == outcome).count()
}

fn short(text: &str) -> String {
    text.chars().take(ERROR_TEXT_MAX).collect()
}
