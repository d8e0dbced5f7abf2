//! The alerts that the end of a run opens and closes.

use store::{alert_kind::AlertKind, alerts::Finding};
use sync_core::{Drift, Kind, Projection};

/// The findings of an ended run. `kept` campaigns are still stored although the list was empty.
pub fn of(projection: &Projection, kept: u64) -> Vec<Finding> {
    let mut all = vec![Finding::new(AlertKind::RunFailed, projection.error_message.clone())];
    let found = [
        Finding::new(AlertKind::MalformedRows, example(projection)),
        Finding::new(AlertKind::CampaignsUnanswered, unanswered(projection)),
        Finding::new(AlertKind::CampaignListEmpty, empty(kept)),
        Finding::new(AlertKind::AdsAccount, account(projection)),
    ];
    // A backfill looks at other rows, and a failed run does not look at all: a problem that they do not find may
    // persist.
    let is_over = projection.kind == Kind::Realtime && projection.error_message.is_none();
    all.extend(found.into_iter().filter(|finding| finding.text.is_some() || is_over));
    all
}

fn unanswered(projection: &Projection) -> Option<String> {
    let receipt = &projection.receipt;
    (receipt.unanswered > 0).then(|| {
        format!(
            "Shopee's answers lack {} of {} campaigns that it lists. They are not taken for gone: what was stored of them \
             stays, and the next sync asks again.",
            receipt.unanswered, receipt.planned
        )
    })
}

fn account(projection: &Projection) -> Option<String> {
    let code = projection.receipt.account.as_ref()?;
    Some(format!(
        "Shopee says that the shop has no ads account, or one that does not run ('{code}'): it has no totals."
    ))
}

fn empty(kept: u64) -> Option<String> {
    (kept > 0).then(|| {
        format!(
            "Shopee's list of campaigns is empty, and {kept} are stored. They are kept; if the next sync finds the list empty \
             too, they count as deleted."
        )
    })
}

fn example(projection: &Projection) -> Option<String> {
    let spoils = |problem: &String| problem != Drift::LACKING;
    let first = projection.drift.iter().find(|drift| drift.problem.as_ref().is_some_and(spoils))?;
    let (rows, problem) = (projection.receipt.malformed_rows, first.problem.as_deref().unwrap_or_default());
    let of = first.campaign_id.map(|id| format!(" of campaign {id}")).unwrap_or_default();
    Some(format!(
        "{rows} rows of Shopee's answers cannot be read; what was stored before stays. For example {}: '{}'{of} {problem}. \
         The row: {}",
        first.endpoint, first.field, first.sample
    ))
}
