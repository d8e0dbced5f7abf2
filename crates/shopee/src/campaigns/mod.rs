//! A shop's campaigns and their settings.

mod setting;

use crate::client::{Call, Client, Clock};
use crate::decode::{Fields, MalformedRow, UnknownField};
use crate::endpoint::Endpoint;
use crate::error::{ApiError, not_called};
use crate::limits::{IDS_PER_CALL_MAX, PAGE_IDS_MAX};
use crate::partner::ShopAccess;
use crate::transport::Transport;

pub use setting::CampaignSetting;

const LIST: Endpoint = Endpoint::CampaignIds;
const SETTINGS: Endpoint = Endpoint::CampaignSettings;

/// One page of a shop's campaign ids, in unspecified order (Shopee: v2.ads.get_product_level_campaign_id_list).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignIdPage {
    /// The ids as received: a list that changes meanwhile may repeat some on the next page.
    pub ids: Vec<i64>,
    /// There may be more. If the answer does not say, true for a page with rows: an empty page ends the list anyway, and a
    /// truncated list would go unnoticed.
    pub has_next_page: bool,
    /// Rows without a usable id.
    pub malformed: u32,
}

/// Settings of the requested campaigns. Some may be absent.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignSettings {
    /// The campaigns that could be read.
    pub campaigns: Vec<CampaignSetting>,
    /// The rows that could not.
    pub malformed: Vec<MalformedRow>,
    /// Undocumented fields; they are in `raw`.
    pub unknown: Vec<UnknownField>,
    /// Shopee's warning that data are missing: then an absent campaign proves nothing.
    pub warning: Option<String>,
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// One page of all campaigns in every state, from row `offset`, at most `limit` (1 to [`PAGE_IDS_MAX`]) rows.
    pub async fn campaign_ids(
        &self,
        shop: &ShopAccess,
        offset: u64,
        limit: u32,
    ) -> Result<CampaignIdPage, ApiError> {
        if !(1..=PAGE_IDS_MAX).contains(&limit) {
            return Err(not_called(LIST, &format!("'limit' is {limit}, allowed are 1 to {PAGE_IDS_MAX}")));
        }
        let query =
            vec![("ad_type", "all".to_owned()), ("offset", offset.to_string()), ("limit", limit.to_string())];
        let answer = self.call(Call::read(LIST, shop, query)).await?;
        let response = answer.response_fields(&answer.fields()?)?;
        let rows =
            response.list("campaign_list").map_err(|error| answer.bad_field(error.within("response")))?;
        let ids: Vec<_> =
            rows.iter().filter_map(|row| Fields::parse(*row).ok()?.id("campaign_id").ok()).collect();
        Ok(CampaignIdPage {
            has_next_page: response.flag("has_next_page").unwrap_or(!rows.is_empty()),
            malformed: u32::try_from(rows.len() - ids.len()).unwrap_or(u32::MAX),
            ids,
        })
    }

    /// The settings of 1 to [`IDS_PER_CALL_MAX`] campaigns (Shopee: v2.ads.get_product_level_campaign_setting_info).
    pub async fn campaign_settings(
        &self,
        shop: &ShopAccess,
        ids: &[i64],
    ) -> Result<CampaignSettings, ApiError> {
        let query = vec![
            // Common settings, manual bidding, automatic bidding, automatic product ads.
            ("info_type_list", "1,2,3,4".to_owned()),
            ("campaign_id_list", id_list(SETTINGS, ids)?),
        ];
        let call = Call { carries_ids: true, ..Call::read(SETTINGS, shop, query) };
        let answer = self.call(call).await?;
        let fields = answer.fields()?;
        let response = answer.response_fields(&fields)?;
        let rows =
            response.list("campaign_list").map_err(|error| answer.bad_field(error.within("response")))?;
        let (mut malformed, mut unknown) = (answer.malformed_rows(), answer.unknown_fields());
        let mut campaigns = Vec::with_capacity(rows.len());
        for row in rows {
            match setting::read(row, &mut unknown) {
                Ok(campaign) => campaigns.push(campaign),
                Err((campaign_id, error)) => malformed.add(campaign_id, error, row),
            }
        }
        Ok(CampaignSettings {
            campaigns,
            malformed: malformed.into_rows(),
            unknown: unknown.into_fields(),
            warning: answer.warning(&fields),
        })
    }
}

/// The ids in Shopee's format: one text, joined by commas.
pub(crate) fn id_list(endpoint: Endpoint, ids: &[i64]) -> Result<String, ApiError> {
    if !(1..=IDS_PER_CALL_MAX).contains(&ids.len()) {
        let reason = format!("'ids' holds {}, allowed are 1 to {IDS_PER_CALL_MAX}", ids.len());
        return Err(not_called(endpoint, &reason));
    }
    if let Some(wrong) = ids.iter().find(|id| **id <= 0) {
        return Err(not_called(endpoint, &format!("'ids' holds {wrong}, allowed are positive integers")));
    }
    Ok(ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}
