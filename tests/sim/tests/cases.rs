//! What the simulation has found once, kept.

use sim::{Case, Fault};

fn holds(case: &Case) {
    if let Err(violation) = sim::run(case) {
        panic!("{violation}: {case:?}");
    }
}

/// A second consumer that asked for a token while it was being refreshed ended the first one's turn, and the refresh
/// token was sent twice.
#[test]
fn whoever_waits_for_a_refresh_does_not_end_it() {
    let faults = [
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
    ];
    holds(&Case { seed: 111, shops: 3, campaigns: 150, minutes: 13, faults: faults.into(), variant: None });
}
