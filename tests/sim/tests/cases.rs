//! What the simulation has found once, kept.

use sim::{Case, Fault, Faults};

fn holds(case: &Case) {
    if let Err(violation) = sim::run(case) {
        panic!("{violation}: {case:?}");
    }
}

/// A second consumer that asked for a token while it was being refreshed ended the first one's turn, and the refresh
/// token was sent twice.
#[test]
fn whoever_waits_for_a_refresh_does_not_end_it() {
    let faults = Faults::only([
        Fault::LateMessage,
        Fault::LostAcknowledgement,
        Fault::SendFails,
        Fault::KillConsumer,
        Fault::EvictObject,
        Fault::LostAlarm,
        Fault::PostgresRefuses,
        Fault::ShopeeStatus,
        Fault::ShopeeTruncated,
        Fault::ShopeeDayQuota,
        Fault::ShopeeBadId,
        Fault::OldMessages,
        Fault::UnreadableMessages,
    ]);
    holds(&Case { seed: 111, shops: 3, campaigns: 150, minutes: 13, faults, variant: None });
}

/// The only work was a chunk of eight calls. Each of them was a probe after the app had been refused, a minute apart, and
/// none told the governor that the platform took calls again, as only a finished chunk did: no chunk ever finished.
#[test]
fn a_probe_that_is_the_first_call_of_many_ends_the_pause() {
    let faults =
        Faults::only([Fault::EvictObject, Fault::ShopeeThrottles, Fault::ShopeeBadId, Fault::SettingsChange]);
    holds(&Case { seed: 683, shops: 1, campaigns: 12, minutes: 2, faults, variant: None });
}

/// Seven shops share so few calls that a consumer which had made its first call waited longer for the next than its lease
/// was: only those who were given a slot kept it, not those who were told when to ask for one.
#[test]
fn whoever_waits_for_a_slot_keeps_the_lease() {
    let faults = Faults::only([Fault::ShopeeThrottles, Fault::TakenByHand]);
    holds(&Case { seed: 3860, shops: 7, campaigns: 5, minutes: 27, faults, variant: None });
}

/// A start message that waited for the end of a run sent itself again, and each copy that the queue made of it did the same:
/// within minutes there were more than a queue can hold.
#[test]
fn start_messages_do_not_multiply() {
    let faults = Faults::all_but([
        Fault::SkippedCron,
        Fault::DoubledCron,
        Fault::OperatorReset,
        Fault::OperatorResync,
        Fault::OperatorRollBack,
        Fault::OldMessages,
        Fault::Consents,
        Fault::SettingsChange,
        Fault::OddRows,
        Fault::TakenByHand,
        Fault::TokenExpires,
    ]);
    holds(&Case { seed: 105_780, shops: 7, campaigns: 4, minutes: 26, faults, variant: None });
}

/// A pair that was refreshed while an older one was on its way to Postgres, slowly, was forgotten when that one had arrived:
/// the refresh token that it had come from was sent again.
#[test]
fn a_pair_that_arrives_does_not_make_a_newer_one_forgotten() {
    let faults = Faults::all_but([Fault::TokenExpires, Fault::KillEvent, Fault::SettingsChange]);
    holds(&Case { seed: 283, shops: 1, campaigns: 3, minutes: 14, faults, variant: None });
}

/// A row asked for a realtime retry of a run that was a backfill. The run took over the backfill's work and was entered as
/// realtime, so that a job that joined it seemed to have been served by something else.
#[test]
fn a_retry_is_of_the_kind_of_what_it_retries() {
    let faults = Faults::all_but([
        Fault::DuplicateMessage,
        Fault::LateMessage,
        Fault::SendFails,
        Fault::KillConsumer,
        Fault::ObjectReplyLost,
        Fault::DoubleAlarm,
        Fault::LostAlarm,
        Fault::SkippedCron,
        Fault::PostgresRefuses,
        Fault::PostgresFailsBefore,
        Fault::PostgresFailsAfter,
        Fault::ShopeeTimeout,
        Fault::ShopeeTimeoutAfter,
        Fault::ShopeeBadId,
        Fault::TokenExpires,
        Fault::OperatorReset,
        Fault::OperatorResync,
        Fault::OperatorVerbs,
        Fault::OldMessages,
        Fault::SlowPostgres,
        Fault::SlowShopee,
        Fault::AlarmFails,
        Fault::Consents,
        Fault::SettingsChange,
    ]);
    holds(&Case { seed: 4609, shops: 1, campaigns: 50, minutes: 10, faults, variant: None });
}

/// The one call that the breaker allowed met a token that had ended. The refresh waited for a permit, which nobody could
/// have before the outcome of that call was known; it was told to nobody, and so on with each probe.
#[test]
fn a_probe_that_meets_a_dead_token_is_followed_by_the_refresh() {
    let faults = Faults::only([
        Fault::DuplicateMessage,
        Fault::LateMessage,
        Fault::SendFails,
        Fault::SendFailsAfter,
        Fault::EvictObject,
        Fault::ObjectReplyLost,
        Fault::LateAlarm,
        Fault::DoubleAlarm,
        Fault::LostAlarm,
        Fault::PostgresFailsAfter,
        Fault::ShopeeStatus,
        Fault::ShopeeTimeout,
        Fault::ShopeeThrottles,
        Fault::ShopeeDayQuota,
        Fault::ShopeeBadId,
        Fault::ListingMoves,
        Fault::OperatorReset,
        Fault::OldMessages,
        Fault::UnreadableMessages,
        Fault::AlarmFails,
        Fault::TokenRefused,
        Fault::Consents,
        Fault::SettingsChange,
        Fault::OddRows,
        Fault::TakenByHand,
    ]);
    holds(&Case { seed: 2864, shops: 1, campaigns: 7, minutes: 12, faults, variant: None });
}

/// A chunk waited some seconds for the time at which it might have a slot, was given one a few seconds ahead, and then had
/// no patience left for it. The slot was lost, as was that of the next chunk, of every shop, without end.
#[test]
fn a_slot_that_is_given_is_waited_for() {
    let faults = Faults::only([Fault::ShopeeThrottles]);
    holds(&Case { seed: 333_916, shops: 7, campaigns: 24, minutes: 6, faults, variant: None });
}

/// A pair was refreshed, could not be stored, and was revoked. The next run was given a new token once, which was that one.
#[test]
fn a_token_that_was_kept_back_and_is_revoked_is_refreshed_too() {
    holds(&Case::of(9_010_956));
}

/// A run was refused before Postgres knew of it; its number was that of a progress which somebody drove by hand meanwhile,
/// and its end was written there.
#[test]
fn the_end_of_a_run_that_postgres_does_not_know_is_written_nowhere() {
    holds(&Case::of(2_030_247));
}

/// See `a_trial_whose_slot_has_passed_is_over` of the shop's limiter.
#[test]
fn a_run_does_not_fail_for_a_trial_that_is_over() {
    holds(&Case::of(1_025_628));
}
