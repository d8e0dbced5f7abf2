//! Alerts about a shop's budgets: one for writes that failed or were refused, and one for unusable schedules.

use super::{
    done::has_made_room,
    lease::ShopLease,
    rounds::{Rounds, RoundsEnd, RunScope},
    snapshot::Snapshot,
    wave_stop::{SLOT_OVER, WaveStop},
};
use crate::error::FlowError;
use crate::{
    attempt_error::AttemptError,
    host::{Host, Level},
    invocation::Invocation,
};
use api::budget::run::BudgetResult;
use chrono::Timelike;
use compact::{SortedSet, json};
use store::{
    alert_kind::{AlertKind, Severity},
    alerts,
    budgets::{LogLine, MissedLine},
};
use sync_core::{
    BUDGET_HORIZON_SECONDS, ERROR_TEXT_MAX, Hold,
    budget::{Action, Intent, Missed, given_up},
};

/// Reasons that are intended, and therefore not reported.
const INTENDED: [&str; 3] = ["kill_switch:", "dry_run:", "withdrawn:"];
/// The reason for an ended campaign, whose schedules have no effect.
const OVER: &str = "campaign_status:";
/// Most campaigns that an alert names.
const IDS_MAX: usize = 20;
/// Waits shorter than this are not reported, in milliseconds.
const SHORT_WAIT_MS: i64 = 30_000;

/// What follows the work on a shop.
pub enum Next {
    /// Another holder has the shop.
    Nothing,
    /// Everything that can be done now is done.
    LetGo,
    /// Another shop has its turn; the campaigns after this one follow later.
    HandOn {
        /// The last campaign that was handled.
        after: i64,
    },
    /// The work continues later.
    Again {
        /// After this many milliseconds.
        in_ms: i64,
    },
}

/// Reports how the work ended.
///
/// # Errors
/// Postgres does not answer: the work must be retried.
pub async fn ended<H: Host>(
    rounds: &Rounds<'_, '_, H>,
    held: &ShopLease<'_, H>,
    ended: &Result<RoundsEnd, WaveStop>,
    wanted: &RunScope,
) -> Result<Next, FlowError> {
    let Rounds { invocation, shop, done, .. } = rounds;
    let host = invocation.host;
    let fields = json!({ "shop": shop.shop_id, "writes": done.len(),
                         "success": count(done, "success"), "already_there": count(done, "already_there"),
                         "skipped": count(done, "skipped"), "failed": count(done, "failed"),
                         "unknown": count(done, "unknown"), "ended": ending(ended) });
    host.log(if ended.is_ok() { Level::Info } else { Level::Warn }, "budgets", fields);
    too_late(rounds).await?;
    match ended {
        Ok(RoundsEnd::More { after }) => Ok(Next::HandOn { after: *after }),
        Ok(RoundsEnd::Done(snapshot)) => {
            tell(invocation, shop.shop_id, snapshot).await?;
            if *wanted == RunScope::Due {
                looked(invocation, held, shop.shop_id, snapshot).await?;
            }
            Ok(again_ms(done, snapshot, host.now_ms()).map_or(Next::LetGo, |in_ms| Next::Again { in_ms }))
        }
        Err(WaveStop::Lost) => Ok(Next::Nothing),
        Err(WaveStop::Late) => Ok(Next::Again { in_ms: 0 }),
        Err(WaveStop::Trouble(AttemptError::Deferred(hold))) => {
            let in_ms = hold.until_ms.saturating_sub(host.now_ms()).max(0);
            if in_ms > SHORT_WAIT_MS {
                waiting(rounds, *hold).await?;
            }
            // Otherwise the next tick comes first: messages that send themselves again would multiply with every tick.
            Ok(if is_before_tick(in_ms) { Next::Again { in_ms } } else { Next::LetGo })
        }
        Err(WaveStop::Trouble(AttemptError::Refused(failure))) if failure.is_final() => {
            failed(&invocation.db, shop.shop_id, Severity::Critical, &failure.message).await?;
            Ok(Next::LetGo)
        }
        Err(WaveStop::Trouble(trouble)) => Err(FlowError::Attempt(trouble.to_string())),
    }
}

/// Reports that nothing could be written, until a look finds that writing works again.
///
/// # Errors
/// Postgres does not answer.
pub async fn failed(
    db: &impl store::Db,
    shop_id: i64,
    severity: Severity,
    reason: &str,
) -> Result<(), store::DbError> {
    let text = short(&format!("budgets cannot be written: {reason}"));
    alerts::raise_as(db, AlertKind::BudgetFailed, Some(shop_id), severity, &text).await.map(drop)
}

/// When to look again before the next tick: at once if a budget was lowered and another one waits for the room, or when
/// the first intent that was refused just now is due for its next try. Others already have their message.
fn again_ms(done: &[BudgetResult], snapshot: &Snapshot, now_ms: i64) -> Option<i64> {
    let is_waiting_for_room = |intent: &Intent| {
        let reason = snapshot.known.get(&intent.campaign_id)?.reason(&intent.slot, intent.action)?;
        Some(reason.starts_with("shop_daily_total:"))
    };
    if done.iter().any(has_made_room)
        && snapshot.plan().intents.iter().any(|intent| is_waiting_for_room(intent) == Some(true))
    {
        return Some(0);
    }
    let later = done.iter().filter_map(|done| snapshot.known.get(&done.campaign_id)?.later.as_ref());
    let pauses = later.map(|later| later.until_ms.saturating_sub(now_ms));
    pauses.min().map(|in_ms| in_ms.max(1_000)).filter(|in_ms| is_before_tick(*in_ms))
}

/// Whether this many milliseconds pass before the next tick looks at the shop anyway.
fn is_before_tick(in_ms: i64) -> bool {
    in_ms <= i64::from(BUDGET_HORIZON_SECONDS).saturating_mul(1_000)
}

async fn tell<H: Host>(
    invocation: &Invocation<'_, H>,
    shop_id: i64,
    snapshot: &Snapshot,
) -> Result<(), store::DbError> {
    let db = &invocation.db;
    let findings =
        [(AlertKind::BudgetFailed, failures(snapshot)), (AlertKind::BudgetSchedules, schedules(snapshot))];
    for (kind, text) in findings {
        match text {
            Some(text) => drop(alerts::raise(db, kind, Some(shop_id), &short(&text)).await?),
            None => drop(alerts::resolve(db, kind, Some(shop_id)).await?),
        }
    }
    Ok(())
}

/// Reports that Shopee may not be called for some time although something is due.
async fn waiting<H: Host>(rounds: &Rounds<'_, '_, H>, hold: Hold) -> Result<(), FlowError> {
    let snapshot = match rounds.look().await {
        Ok(snapshot) => snapshot,
        Err(WaveStop::Trouble(trouble)) => return Err(trouble.into()),
        Err(WaveStop::Lost | WaveStop::Late) => return Ok(()),
    };
    let due = snapshot.plan().intents;
    let ids: SortedSet<i64> =
        due.iter().map(|intent| intent.campaign_id).chain(snapshot.open.keys().copied()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let until = chrono::DateTime::from_timestamp_millis(hold.until_ms).map_or_else(String::new, |at| {
        format!(" until {} {:02}:{:02} UTC", at.date_naive(), at.hour(), at.minute())
    });
    let text =
        format!("{} budgets wait{until}: {}; {}", ids.len(), hold.reason.text(), named(ids.iter().copied()));
    let shop_id = Some(rounds.shop.shop_id);
    let (db, kind) = (&rounds.invocation.db, AlertKind::BudgetFailed);
    let raised = alerts::raise_as(db, kind, shop_id, Severity::Warning, &short(&text)).await;
    raised.map(|_| ()).map_err(Into::into)
}

/// Reports slots that ended while their edits waited to be sent.
async fn too_late<H: Host>(rounds: &Rounds<'_, '_, H>) -> Result<(), store::DbError> {
    let is_late =
        |done: &&BudgetResult| done.reason.as_deref().is_some_and(|reason| reason.starts_with(SLOT_OVER));
    let late: Vec<&BudgetResult> = rounds.done.iter().filter(is_late).collect();
    if late.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} slots were over before their budgets could be set: {}",
        late.len(),
        named(late.iter().map(|done| done.campaign_id))
    );
    let shop_id = Some(rounds.shop.shop_id);
    alerts::raise(&rounds.invocation.db, AlertKind::BudgetMissed, shop_id, &short(&text)).await.map(|_| ())
}

/// Records that everything due at this moment is done, and reports missed slots.
async fn looked<H: Host>(
    invocation: &Invocation<'_, H>,
    held: &ShopLease<'_, H>,
    shop_id: i64,
    snapshot: &Snapshot,
) -> Result<(), store::DbError> {
    let missed = snapshot.missed();
    let lines: Vec<MissedLine> = missed.iter().map(missed_line).collect();
    if let Some(first) = missed.first() {
        let text = format!(
            "{} slots were over before anybody looked, so their budgets were never set; the first: campaign {} on {}, {} to {}",
            missed.len(),
            first.schedule.campaign_id(),
            first.slot.date,
            first.schedule.start(),
            first.schedule.end()
        );
        alerts::raise(&invocation.db, AlertKind::BudgetMissed, Some(shop_id), &short(&text)).await?;
    }
    held.looked(snapshot.at_ms, &lines).await
}

fn missed_line(missed: &Missed<'_>) -> MissedLine {
    let (schedule, slot) = (missed.schedule, &missed.slot);
    let log = LogLine {
        schedule_id: slot.schedule.clone(),
        action: Action::Apply.as_str().to_owned(),
        slot_date: slot.date.to_string(),
        old_budget: None,
        new_budget: schedule.budget().to_string(),
        status: "failed".to_owned(),
        outcome: "missed".to_owned(),
        error_message: Some("missed: the slot was over before anybody looked".to_owned()),
    };
    MissedLine { campaign_id: schedule.campaign_id(), log }
}

/// A campaign whose budget differs from its schedules, and why.
type OffSchedule<'a> = (i64, &'a str);

/// What is still due although it was tried, and open slots that were given up.
fn off_schedule(snapshot: &Snapshot) -> Vec<OffSchedule<'_>> {
    let due =
        snapshot.plan().intents.into_iter().map(|intent| (intent.campaign_id, intent.slot, intent.action));
    let given_up = given_up(&snapshot.schedules, &snapshot.known, snapshot.clock.local);
    let given_up = given_up.into_iter().map(|(id, slot)| (id, slot, Action::Apply));
    let reason = |(id, slot, action)| Some((id, snapshot.known.get(&id)?.reason(&slot, action)?));
    due.chain(given_up).filter_map(reason).collect()
}

fn failures(snapshot: &Snapshot) -> Option<String> {
    let mut off = off_schedule(snapshot);
    off.retain(|(_, reason)| !INTENDED.iter().chain([&OVER]).any(|word| reason.starts_with(word)));
    let all = off.len();
    (all > 0).then(|| format!("{all} budgets are not as their schedules say: {}", listed(&off)))
}

/// Lists the ids first, so that as many as possible are named, then the reasons.
fn listed(off: &[OffSchedule<'_>]) -> String {
    let reasons: Vec<String> =
        off.iter().take(IDS_MAX).map(|(id, reason)| format!("{id}: {reason}")).collect();
    format!("{}; {}", named(off.iter().map(|(id, _)| *id)), reasons.join("; "))
}

/// Names campaigns by id, as many as an alert may name.
fn named(ids: impl ExactSizeIterator<Item = i64>) -> String {
    let more = if ids.len() > IDS_MAX { " and more" } else { "" };
    let ids: Vec<String> = ids.take(IDS_MAX).map(|id| id.to_string()).collect();
    format!("campaigns {}{more}", ids.join(", "))
}

fn schedules(snapshot: &Snapshot) -> Option<String> {
    let mut texts = Vec::new();
    if let Some((id, error)) = snapshot.malformed.first() {
        let all = snapshot.malformed.len();
        texts.push(format!("{all} active schedules cannot be used; {id}: {error}"));
    }
    let clashes = snapshot.plan().clashes;
    if let Some(first) = clashes.first() {
        texts.push(format!(
            "{} pairs of schedules are open at the same time; of campaign {}, {} counts and {} does not",
            clashes.len(),
            first.campaign_id,
            first.kept,
            first.passed_over
        ));
    }
    let mut over = off_schedule(snapshot);
    over.retain(|(_, reason)| reason.starts_with(OVER));
    if !over.is_empty() {
        texts.push(format!("{} schedules are of campaigns that are over: {}", over.len(), listed(&over)));
    }
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn ending(ended: &Result<RoundsEnd, WaveStop>) -> String {
    match ended {
        Ok(RoundsEnd::Done(_)) => "done".to_owned(),
        Ok(RoundsEnd::More { .. }) => "more".to_owned(),
        Err(stop) => stop.reason(),
    }
}

fn count(done: &[BudgetResult], outcome: &str) -> usize {
    done.iter().filter(|done| done.outcome == outcome).count()
}

fn short(text: &str) -> String {
    text.chars().take(ERROR_TEXT_MAX).collect()
}
