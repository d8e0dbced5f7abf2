//! Changes of a shop's campaigns while a client reads them.

use super::{SteerError, ensure};
use crate::limits::{CAMPAIGNS_MAX, CAMPAIGNS_TOTAL_MAX, NAME_BYTES_MAX};
use crate::state::campaigns::Change;
use crate::state::history::{By, Happening};
use crate::state::{Platform, World};
use serde::Deserialize;
use std::sync::Arc;

const STATUSES: [&str; 6] = ["ongoing", "paused", "scheduled", "ended", "deleted", "closed"];
/// Largest budget, in major units.
const BUDGET_MAX: f64 = 1e12;

/// Changes of the campaigns of a shop.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignEdit {
    /// How many to create, at the end of the list.
    #[serde(default)]
    pub add: u32,
    /// Ids to delete.
    #[serde(default)]
    pub delete: Vec<i64>,
    /// Deleted ids to restore, at the end of the list.
    #[serde(default)]
    pub restore: Vec<i64>,
    /// New settings.
    #[serde(default)]
    pub change: Vec<CampaignChange>,
}

/// New settings of one campaign; absent ones are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignChange {
    /// The campaign.
    pub campaign_id: i64,
    /// At most 500 bytes.
    pub name: Option<String>,
    /// Major units; 0 = unlimited.
    pub budget: Option<f64>,
    /// ongoing, paused, scheduled, ended, deleted or closed.
    pub status: Option<String>,
}

impl Platform {
    /// Adds, deletes, restores and changes campaigns, all or nothing. Returns the created ids.
    pub fn edit_campaigns(&self, now_ms: i64, id: u64, edit: CampaignEdit) -> Result<Vec<i64>, SteerError> {
        edit.change.iter().try_for_each(CampaignChange::check)?;
        let mut world = self.world();
        let made: u64 = world.shops.values().map(|shop| u64::from(shop.campaigns.made())).sum();
        let fits = made + u64::from(edit.add) <= CAMPAIGNS_TOTAL_MAX;
        ensure(fits, "add: at most 2000000 campaigns in all shops")?;
        let World { shops, history, .. } = &mut *world;
        let shop = shops.get_mut(&id).ok_or(SteerError::NoShop(id))?;
        let room = CAMPAIGNS_MAX - shop.campaigns.made().min(CAMPAIGNS_MAX);
        ensure(edit.add <= room, "add: a shop has at most 200000 campaigns, deleted ones included")?;
        let missing = |id: &i64| !shop.campaigns.has(*id);
        if let Some(id) = edit.delete.iter().find(|id| missing(id)) {
            return Err(SteerError::bad(format!("delete: the shop has no campaign {id}")));
        }
        if let Some(id) = edit.change.iter().map(|change| &change.campaign_id).find(|id| missing(id)) {
            return Err(SteerError::bad(format!("change.campaign_id: the shop has no campaign {id}")));
        }
        if let Some(id) = edit.restore.iter().find(|id| !shop.campaigns.was_deleted(**id)) {
            return Err(SteerError::bad(format!("restore: campaign {id} was not deleted")));
        }
        let campaigns = Arc::make_mut(&mut shop.campaigns);
        for change in edit.change {
            let campaign_id = change.campaign_id;
            let old = campaigns.read(campaign_id).into();
            campaigns.change(campaign_id, change.into());
            let (by, new) = (By::Seller, campaigns.read(campaign_id).into());
            history.add(Happening {
                number: 0,
                at_ms: now_ms,
                shop: id,
                campaign_id,
                by,
                old,
                new,
                refused: None,
            });
        }
        if !edit.delete.is_empty() {
            campaigns.delete(&edit.delete);
        }
        campaigns.restore(&edit.restore);
        Ok(if edit.add > 0 { campaigns.add(edit.add) } else { Vec::new() })
    }
}

impl CampaignChange {
    fn check(&self) -> Result<(), SteerError> {
        let name = self.name.as_ref().is_none_or(|name| name.len() <= NAME_BYTES_MAX);
        ensure(name, "change.name: at most 500 bytes")?;
        let budget = self.budget.is_none_or(|budget| (0.0..=BUDGET_MAX).contains(&budget));
        ensure(budget, "change.budget: allowed are 0 to 1000000000000")?;
        let status = self.status.as_deref().is_none_or(|status| STATUSES.contains(&status));
        ensure(status, "change.status: allowed are ongoing, paused, scheduled, ended, deleted, closed")
    }
}

impl From<CampaignChange> for Change {
    fn from(change: CampaignChange) -> Self {
        let budget_cents = change.budget.map(|budget| (budget * 100.0).round() as i64);
        Self { name: change.name, budget_cents, status: change.status }
    }
}
