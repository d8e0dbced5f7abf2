//! Writes a shop's budgets: carries out what `sync_core::budget` decides, step by step, so that every await may be the
//! last.
//!
//! ```text
//!   cron ─► message a shop ─► tick ─┐
//!   http ────────────────────► run ─┴► held (lease, fence) ─► rounds: load, plan ─► wave: read, store, edit, read back, log
//! ```

mod campaigns;
mod done;
mod lease;
mod report;
mod rounds;
mod snapshot;
mod wave;
mod wave_stop;

pub use rounds::RunScope;
pub use snapshot::rails;

use crate::error::FlowError;
use crate::{
    actions::start_sync::Refusal,
    attempt_error::AttemptError,
    host::{Host, Level},
    invocation::Invocation,
    sync::begin,
};
use api::budget::run::BudgetResult;
use compact::{SortedSet, json};
use lease::ShopLease;
use rounds::{Rounds, RoundsEnd};
use serde::Serialize;
use store::{
    alert_kind::Severity,
    shops::{self, ShopRow},
};
use sync_core::{
    BUDGET_LEASE_SECONDS, BUDGET_REQUEST_MS_MAX, BUDGET_TICK_SECONDS, BUDGET_WORK_MS_MAX, BudgetMessage,
    ShopId,
};
use wave_stop::WaveStop;

/// Writes what is due for a shop. `holder` is the message's id, under which a repeated delivery continues at once.
///
/// # Errors
/// The message must be retried.
pub async fn tick<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    holder: &str,
    after: Option<i64>,
) -> Result<(), FlowError> {
    let held = ShopLease::claim(invocation.host, &invocation.db, shop.shop_id, holder).await?;
    let Some(held) = held else {
        invocation.host.log(Level::Info, "budgets_busy", json!({ "shop": shop.shop_id }));
        return Ok(());
    };
    let until_ms = invocation.host.now_ms().saturating_add(BUDGET_WORK_MS_MAX);
    let mut rounds = Rounds::new(invocation, shop, Some(&held), until_ms, after);
    let ended = rounds.run(&RunScope::Due, 1).await;
    let next = report::ended(&rounds, &held, &ended, &RunScope::Due).await?;
    if matches!(next, report::Next::Nothing) {
        return Ok(());
    }
    let asked = held.release().await?;
    let (after, in_ms) = match next {
        _ if asked => (None, 0),
        report::Next::HandOn { after } => (Some(after), 0),
        report::Next::Again { in_ms } => (None, in_ms),
        report::Next::LetGo | report::Next::Nothing => return Ok(()),
    };
    send(invocation.host, shop.shop_id, after, in_ms).await
}

/// The result of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// One for each campaign that was written, or would be in a dry run.
    pub results: Vec<BudgetResult>,
    /// Whether a message continues the work, because the time of a request was too short or another holder is at work
    /// on the shop.
    pub goes_on: bool,
}

/// Writes the wanted budgets of a shop within the time of a request. A dry run reads from Shopee and checks all rules,
/// but writes and logs nothing.
///
/// # Errors
/// Nothing was done, except for [`Refusal::Unavailable`].
pub async fn run<H: Host>(
    host: &H,
    shop_id: ShopId,
    wanted: &RunScope,
    dry_run: bool,
) -> Result<Ran, Refusal> {
    let unavailable = |error: store::DbError| Refusal::Unavailable(error.to_string());
    let invocation = Invocation::open(host).await.map_err(Refusal::unavailable)?;
    let shop = shops::load(&invocation.db, shop_id.0).await.map_err(unavailable)?;
    let shop = shop.ok_or(Refusal::UnknownShop)?;
    begin::may_call(&invocation, &shop).map_err(Refusal::MayNotCall)?;
    let until_ms = host.now_ms().saturating_add(BUDGET_REQUEST_MS_MAX);
    let mut rounds = Rounds::new(&invocation, &shop, None, until_ms, None).impatient();
    if let RunScope::Schedule { id, minutes } = wanted {
        must_have(&rounds, id, *minutes).await?;
    }
    if dry_run {
        let ended = rounds.run(wanted, usize::MAX).await;
        return match ended {
            Ok(_) => Ok(Ran { results: rounds.done, goes_on: false }),
            Err(WaveStop::Late) => Ok(Ran { results: rounds.done, goes_on: true }),
            Err(stop) => Err(refused(&stop)),
        };
    }
    // The caller may hang up, which ends this work. The lease must have expired when the message comes.
    let after_ms = i64::from(BUDGET_LEASE_SECONDS).saturating_mul(2_000);
    send(host, shop.shop_id, None, after_ms).await.map_err(Refusal::unavailable)?;
    let holder = holder(host);
    let Some(held) =
        ShopLease::claim(host, &invocation.db, shop.shop_id, &holder).await.map_err(unavailable)?
    else {
        return Ok(Ran { results: Vec::new(), goes_on: true });
    };
    rounds.held = Some(&held);
    let ended = rounds.run(wanted, usize::MAX).await;
    if let Ok(RoundsEnd::Done(snapshot)) = &ended {
        let ends = rounds.done.iter().filter_map(|done| snapshot.run_ends_in_ms(done.campaign_id));
        for in_ms in ends.collect::<SortedSet<i64>>() {
            send(host, shop.shop_id, None, in_ms).await.map_err(Refusal::unavailable)?;
        }
    }
    let told = report::ended(&rounds, &held, &ended, wanted).await;
    if let (Err(WaveStop::Trouble(_)), Err(reason)) = (&ended, &told) {
        // A message would be delivered again, and reported once it is dead; a request is not repeated.
        report::failed(&invocation.db, shop.shop_id, Severity::Warning, &reason.to_string())
            .await
            .map_err(unavailable)?;
    }
    let goes_on = held.release().await.map_err(unavailable)? || matches!(ended, Err(WaveStop::Late));
    let in_ms = match told {
        _ if goes_on => Some(0),
        Ok(report::Next::Again { in_ms }) => Some(in_ms),
        _ => None,
    };
    if let Some(in_ms) = in_ms {
        send(host, shop.shop_id, None, in_ms).await.map_err(Refusal::unavailable)?;
    }
    match (ended, told) {
        (Err(stop), _) if rounds.done.is_empty() && !goes_on => Err(refused(&stop)),
        (Ok(_), Err(error)) => Err(Refusal::unavailable(error)),
        _ => Ok(Ran { results: rounds.done, goes_on }),
    }
}

async fn must_have<H: Host>(
    rounds: &Rounds<'_, '_, H>,
    id: &str,
    minutes: Option<u32>,
) -> Result<(), Refusal> {
    let snapshot = rounds.look().await.map_err(|stop| refused(&stop))?;
    let refused = |field: &str, reason: String| Err(Refusal::Field { field: field.to_owned(), reason });
    if let Some((_, error)) = snapshot.malformed.iter().find(|(malformed, _)| malformed == id) {
        return refused("schedule_id", error.to_string());
    }
    match snapshot.schedules.iter().find(|schedule| schedule.id() == id) {
        None => refused("schedule_id", "is no active schedule of this shop".to_owned()),
        Some(schedule) if minutes.is_some() && !schedule.restore() => refused(
            "minutes",
            "the schedule does not restore, so its budget stays; leave minutes out".to_owned(),
        ),
        Some(_) => Ok(()),
    }
}

fn refused(stop: &WaveStop) -> Refusal {
    match stop {
        WaveStop::Lost => Refusal::Busy("somebody else is at work on the shop's budgets"),
        WaveStop::Late => Refusal::Busy("it took too long for a request"),
        WaveStop::Trouble(AttemptError::Deferred(hold)) => Refusal::Waits(*hold),
        WaveStop::Trouble(AttemptError::Db(error)) => Refusal::Unavailable(error.to_string()),
        WaveStop::Trouble(trouble) => Refusal::Failed(trouble.to_string()),
    }
}

fn holder(host: &impl Host) -> String {
    let mut bytes = [0; 16];
    host.random_bytes(&mut bytes);
    format!("request {}", hex::encode(bytes))
}

async fn send(host: &impl Host, shop_id: i64, after: Option<i64>, in_ms: i64) -> Result<(), FlowError> {
    // The next tick takes up what waits for longer than that.
    let seconds = in_ms.saturating_add(999) / 1_000;
    let delay = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX).min(BUDGET_TICK_SECONDS);
    host.send_budgets(&[BudgetMessage::new(ShopId(shop_id), after, delay)]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt_error;
    use shopee::ErrorClass;
    use store::DbError;
    use sync_core::{Hold, WaitReason};

    #[test]
    fn only_a_database_that_does_not_answer_is_told_as_one() {
        let hold = Hold { until_ms: 5, reason: WaitReason::AppThrottled };
        assert_eq!(refused(&WaveStop::Trouble(AttemptError::Deferred(hold))), Refusal::Waits(hold));
        let failure =
            attempt_error::refused(ErrorClass::Reconsent, "the seller must consent again".to_owned());
        let told = Refusal::Failed("the seller must consent again".to_owned());
        assert_eq!(refused(&WaveStop::Trouble(failure.into())), told);
        for stop in [WaveStop::Lost, WaveStop::Late] {
            assert!(matches!(refused(&stop), Refusal::Busy(_)));
        }
        let error = DbError::new("connection refused");
        assert!(matches!(refused(&WaveStop::Trouble(AttemptError::Db(error))), Refusal::Unavailable(_)));
    }
}
