//! A chunk of settings: one call for up to 100 campaigns, and one statement.

use super::{
    drift::DriftCollector,
    fence::{fence, fenced, named},
    misfit_rows::fitted,
    split::gather,
    synced::Synced,
};
use crate::{
    access::client::ShopClient,
    attempt_error::{AttemptError, refused},
    host::Host,
};
use compact::{SortedMap, SortedSet};
use serde_json::value::RawValue;
use shopee::{ApiError, CampaignSetting, CampaignSettings, ErrorClass, ShopAccess};
use store::{
    Db, Fence,
    write_campaigns::{self, CampaignRow, Listed},
};
use sync_core::{CampaignLife, ChunkResult, ListedPart, Quarantined, Work, can_have_spent};

/// Fetches and writes the settings of a chunk's campaigns.
///
/// # Errors
/// The reason why the attempt failed.
pub async fn sync<H: Host>(
    host: &H,
    db: &impl Db,
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    work: &Work,
) -> Result<Synced, AttemptError> {
    let fetched_at_ms = host.now_ms();
    let call = |ids: Vec<i64>| async move { client.campaign_settings(token, &ids).await };
    let gathered = gather(&work.ids, call).await?;
    let mut sorted = Sorted::default();
    sorted.refuse(gathered.refused);
    for (asked, answer) in gathered.answers {
        sorted.take(&asked, answer);
    }
    if sorted.silent > 0 && !work.is_last {
        return Err(silent(sorted.silent).into());
    }
    for absent in std::mem::take(&mut sorted.absent) {
        // Campaigns missing from a partial answer are requested again together, those that seem to be gone one by one.
        let again = gather(&absent, call).await?;
        sorted.refuse(again.refused);
        for (asked, answer) in again.answers {
            sorted.take_again(&asked, answer);
        }
    }
    let rows = std::mem::take(&mut sorted.rows);
    let rows = rows.into_values().map(row).collect::<Result<Vec<_>, _>>()?;
    let fence = fence(work, token.shop_id, fetched_at_ms);
    let listed = work.listed.clone().map(|ListedPart { first, last, ids }| Listed { first, last, ids });
    let written = fitted(rows.clone(), |rows, finish| {
        let (fence, listed) = (Fence { finish, ..fence.clone() }, listed.as_ref().filter(|_| finish));
        let vanished = if finish { sorted.vanished.as_slice() } else { &[] };
        async move { write_campaigns::campaigns(db, &fence, &rows, vanished, listed).await }
    })
    .await?;
    let mut since = Vec::new();
    let parts = written.answers.into_iter().map(|part| {
        since.extend(part.status_since_ms);
        part.rows
    });
    let counts = fenced(parts)?;
    for (row, reason) in written.misfits {
        sorted.met.misfit(SETTINGS, Some(row.campaign_id), row.raw_data.get(), &reason);
        sorted.quarantined.push(Quarantined { id: row.campaign_id, reason });
    }
    let idle = if work.fetch.idle { SortedSet::new() } else { idle(&rows, &since, work) };
    let gone = sorted.vanished.iter().chain(&sorted.refused).copied();
    let left_out: SortedSet<i64> = idle.into_iter().chain(gone).collect();
    let kept = || work.ids.iter().copied().filter(|id| !left_out.contains(id)).collect();
    let spenders = if left_out.is_empty() { None } else { Some(kept()) };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let result = ChunkResult {
        written: u32::try_from(counts.written).unwrap_or(u32::MAX),
        unchanged: u32::try_from(counts.unchanged).unwrap_or(u32::MAX),
        vanished: count(sorted.vanished.len()),
        quarantined: count(sorted.quarantined.len()),
        unanswered: sorted.unanswered,
        partial: sorted.unanswered > 0,
        quarantined_ids: named(sorted.quarantined),
        malformed_rows: sorted.met.malformed_rows,
        drift: sorted.met.drift,
        rows_written: u64::try_from(counts.written).unwrap_or(0),
        ..ChunkResult::default()
    };
    Ok(Synced { result, spenders })
}

/// The campaigns that cannot have spent in the run's days.
fn idle(rows: &[CampaignRow], status_since_ms: &[(i64, i64)], work: &Work) -> SortedSet<i64> {
    let since: SortedMap<i64, i64> = status_since_ms.iter().copied().collect();
    let spent = |row: &&CampaignRow| {
        let life = CampaignLife {
            status: row.status.as_deref().unwrap_or_default(),
            start_time: row.start_time.unwrap_or(0),
            end_time: row.end_time.unwrap_or(0),
            status_since_ms: since.get(&row.campaign_id).copied(),
        };
        can_have_spent(life, &work.window)
    };
    rows.iter().filter(|row| !spent(row)).map(|row| row.campaign_id).collect()
}

/// Every requested id, in exactly one place.
#[derive(Default)]
struct Sorted {
    rows: SortedMap<i64, CampaignSetting>,
    vanished: Vec<i64>,
    quarantined: Vec<Quarantined>,
    /// Quarantined ids that Shopee refuses individually: requesting more about them is useless.
    refused: Vec<i64>,
    /// How many quarantined ids Shopee said nothing about.
    unanswered: u32,
    /// Ids missing from an answer; each group is requested again together.
    absent: Vec<Vec<i64>>,
    /// How many ids were in answers without any campaign.
    silent: usize,
    met: DriftCollector,
}

impl Sorted {
    fn refuse(&mut self, refused: Vec<Quarantined>) {
        self.refused.extend(refused.iter().map(|bad| bad.id));
        self.quarantined.extend(refused);
    }

    /// Takes the first answer about these ids. An id that it lacks is not gone yet: it is requested again alone, or, if
    /// the answer says that it is partial, together with the others.
    fn take(&mut self, asked: &[i64], answer: CampaignSettings) {
        let is_silent = answer.campaigns.is_empty() && answer.malformed.is_empty();
        let warning = answer.warning.clone();
        let absent = self.take_rows(asked, answer);
        if absent.is_empty() {
            return;
        }
        if is_silent {
            // Nothing shows that Shopee has looked: requested alone, an id would not be found either.
            self.silent += absent.len();
            self.leave(absent, "Shopee's answer has none of the campaigns that were asked for");
        } else if warning.is_some() {
            self.absent.push(absent);
        } else {
            self.absent.extend(absent.into_iter().map(|id| vec![id]));
        }
    }

    /// Takes the second answer. An id that was requested alone and is missing from this answer too is gone.
    fn take_again(&mut self, asked: &[i64], answer: CampaignSettings) {
        let warning = answer.warning.clone();
        let absent = self.take_rows(asked, answer);
        match (warning, asked) {
            (None, [_]) => self.vanished.extend(absent),
            (None, _) => {
                self.leave(absent, "Shopee's answers lack this campaign, and one said that it is a part only")
            }
            (Some(warning), _) => {
                let warning: String = warning.chars().take(WARNING_CHARS_MAX).collect();
                self.leave(
                    absent,
                    &format!("Shopee's answers lack this campaign, with the warning '{warning}'"),
                );
            }
        }
    }

    fn leave(&mut self, ids: Vec<i64>, reason: &str) {
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        self.unanswered = self.unanswered.saturating_add(count);
        let bad = |id| Quarantined { id, reason: reason.to_owned() };
        self.quarantined.extend(ids.into_iter().map(bad));
    }

    /// Takes the rows of an answer. Returns the ids about which it says nothing.
    fn take_rows(&mut self, asked: &[i64], answer: CampaignSettings) -> Vec<i64> {
        self.met.take(SETTINGS, &answer.malformed, &answer.unknown);
        let mut unusable: SortedMap<i64, String> = SortedMap::new();
        let mut nameless = None;
        for bad in answer.malformed {
            let reason = format!("{}: {}", bad.field, bad.reason);
            match bad.campaign_id {
                Some(id) => drop(unusable.insert(id, reason)),
                None => nameless = Some(reason),
            }
        }
        let mut found: SortedMap<i64, CampaignSetting> =
            answer.campaigns.into_iter().map(|campaign| (campaign.campaign_id, campaign)).collect();
        let mut absent = Vec::new();
        for id in asked {
            if let Some(campaign) = found.remove(id) {
                self.rows.insert(*id, campaign);
            } else if let Some(reason) = unusable.remove(id).or_else(|| nameless.clone()) {
                // A row without a usable id may belong to this campaign.
                self.quarantined.push(Quarantined { id: *id, reason });
            } else {
                absent.push(*id);
            }
        }
        absent
    }
}

/// The endpoint's name.
const SETTINGS: &str = "get_product_level_campaign_setting_info";

/// Longest part of a warning that is quoted, in characters.
const WARNING_CHARS_MAX: usize = 200;

/// The error for an answer without any campaign: it says nothing, least of all that all are gone.
fn silent(count: usize) -> ApiError {
    let message = format!("Shopee's answer has none of the {count} campaigns that were asked for");
    ApiError {
        class: ErrorClass::Retry,
        endpoint: shopee::Endpoint::CampaignSettings,
        status: None,
        code: "partial".to_owned(),
        detail: message.clone(),
        message,
        retry_after_s: None,
        request_id: None,
    }
}

fn row(campaign: CampaignSetting) -> Result<CampaignRow, AttemptError> {
    let raw_data = RawValue::from_string(campaign.raw).map_err(|error| {
        refused(ErrorClass::FatalConfiguration, format!("a campaign's raw data are no JSON: {error}"))
    })?;
    Ok(CampaignRow {
        campaign_id: campaign.campaign_id,
        ad_type: Some(campaign.ad_type),
        name: Some(campaign.name),
        status: Some(campaign.status),
        campaign_placement: Some(campaign.campaign_placement),
        bidding_method: Some(campaign.bidding_method),
        campaign_budget: Some(campaign.campaign_budget),
        start_time: Some(campaign.start_time),
        end_time: Some(campaign.end_time),
        item_count: Some(campaign.item_count),
        roas_target: campaign.roas_target,
        raw_data,
    })
}
