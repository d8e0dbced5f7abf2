//! A chunk of settings: one call for up to 100 campaigns, one statement.

use super::{
    access::{ShopClient, refused},
    drift::Met,
    execute::{Synced, Trouble, fence, fenced, named},
    split::gather,
};
use crate::host::Host;
use shopee::{ApiError, CampaignSetting, CampaignSettings, ErrorClass, ShopAccess};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Db,
    write_campaigns::{self, CampaignRow},
};
use sync_core::{ChunkResult, Life, Quarantined, Work, can_have_spent};

/// Fetches and writes the settings of a chunk's campaigns.
///
/// # Errors
/// Why the attempt came to nothing.
pub async fn sync<H: Host>(
    host: &H,
    db: &impl Db,
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    work: &Work,
) -> Result<Synced, Trouble> {
    let fetched_at_ms = host.now_ms();
    let call = |ids: Vec<i64>| async move { client.campaign_settings(token, &ids).await };
    let gathered = gather(&work.ids, call).await?;
    let mut sorted = Sorted { quarantined: gathered.refused, ..Sorted::default() };
    for (asked, answer) in gathered.answers {
        sorted.take(&asked, answer)?;
    }
    let rows = sorted.rows.into_values().map(row).collect::<Result<Vec<_>, _>>()?;
    let answer =
        write_campaigns::campaigns(db, &fence(work, token.shop_id, fetched_at_ms), &rows, &sorted.vanished)
            .await?;
    let written = fenced(answer.rows)?;
    let idle = if work.fetch.idle { BTreeSet::new() } else { idle(&rows, &answer.status_since_ms, work) };
    let left_out: BTreeSet<i64> = idle.into_iter().chain(sorted.vanished.iter().copied()).collect();
    let kept = || work.ids.iter().copied().filter(|id| !left_out.contains(id)).collect();
    let spenders = if left_out.is_empty() { None } else { Some(kept()) };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let result = ChunkResult {
        written: u32::try_from(written.written).unwrap_or(u32::MAX),
        unchanged: u32::try_from(written.unchanged).unwrap_or(u32::MAX),
        vanished: count(sorted.vanished.len()),
        quarantined: count(sorted.quarantined.len()),
        quarantined_ids: named(sorted.quarantined),
        malformed_rows: sorted.met.malformed_rows,
        drift: sorted.met.drift,
        rows_written: u64::try_from(written.written).unwrap_or(0),
        ..ChunkResult::default()
    };
    Ok(Synced { result, spenders })
}

/// The campaigns that cannot have spent in the run's days.
fn idle(rows: &[CampaignRow], status_since_ms: &[(i64, i64)], work: &Work) -> BTreeSet<i64> {
    let since: BTreeMap<i64, i64> = status_since_ms.iter().copied().collect();
    let spent = |row: &&CampaignRow| {
        let life = Life {
            status: row.status.as_deref().unwrap_or_default(),
            start_time: row.start_time.unwrap_or(0),
            end_time: row.end_time.unwrap_or(0),
            status_since_ms: since.get(&row.campaign_id).copied(),
        };
        can_have_spent(life, &work.window)
    };
    rows.iter().filter(|row| !spent(row)).map(|row| row.campaign_id).collect()
}

/// Every id that was asked for, in exactly one place.
#[derive(Default)]
struct Sorted {
    rows: BTreeMap<i64, CampaignSetting>,
    vanished: Vec<i64>,
    quarantined: Vec<Quarantined>,
    met: Met,
}

impl Sorted {
    fn take(&mut self, asked: &[i64], answer: CampaignSettings) -> Result<(), ApiError> {
        self.met.take("get_product_level_campaign_setting_info", &answer.malformed, &answer.unknown);
        let mut unusable: BTreeMap<i64, String> = BTreeMap::new();
        let mut nameless = None;
        for bad in answer.malformed {
            let reason = format!("{}: {}", bad.field, bad.reason);
            match bad.campaign_id {
                Some(id) => drop(unusable.insert(id, reason)),
                None => nameless = Some(reason),
            }
        }
        let mut found: BTreeMap<i64, CampaignSetting> =
            answer.campaigns.into_iter().map(|campaign| (campaign.campaign_id, campaign)).collect();
        for id in asked {
            let bad = |reason: String| Quarantined { id: *id, reason };
            if let Some(campaign) = found.remove(id) {
                self.rows.insert(*id, campaign);
            } else if let Some(reason) = unusable.remove(id) {
                self.quarantined.push(bad(reason));
            } else if let Some(warning) = &answer.warning {
                return Err(partial(warning));
            } else if let Some(reason) = &nameless {
                // A row without a usable id may be this campaign's, so it cannot be called vanished.
                self.quarantined.push(bad(reason.clone()));
            } else {
                self.vanished.push(*id);
            }
        }
        Ok(())
    }
}

/// The platform says that an answer is partial: what is missing in it is not gone.
fn partial(warning: &str) -> ApiError {
    ApiError {
        class: ErrorClass::Retry,
        endpoint: "get_product_level_campaign_setting_info",
        status: None,
        code: "partial".to_owned(),
        message: "Shopee answered with a part of the campaigns only".to_owned(),
        detail: warning.chars().take(200).collect(),
        retry_after_s: None,
        request_id: None,
    }
}

fn row(campaign: CampaignSetting) -> Result<CampaignRow, Trouble> {
    let raw_data = serde_json::from_str(&campaign.raw).map_err(|error| {
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
