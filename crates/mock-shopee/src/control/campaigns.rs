//! `/_mock/shops/{id}/campaigns`: changes a shop's campaigns while somebody reads them.

use super::input::{self, Bad, ensure};
use crate::limits::{CAMPAIGNS_MAX, CAMPAIGNS_TOTAL_MAX, NAME_BYTES_MAX};
use crate::state::Platform;
use crate::state::campaigns::Change;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const STATUSES: [&str; 6] = ["ongoing", "paused", "scheduled", "ended", "deleted", "closed"];
/// Largest budget, in major units.
const BUDGET_MAX: f64 = 1e12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// How many to make, at the end of the list.
    #[serde(default)]
    add: u32,
    /// Ids to take away.
    #[serde(default)]
    delete: Vec<i64>,
    #[serde(default)]
    change: Vec<ChangeOf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeOf {
    campaign_id: i64,
    name: Option<String>,
    /// Major units; 0 = unlimited.
    budget: Option<f64>,
    status: Option<String>,
}

/// Adds, deletes and changes campaigns, all or nothing. Answers with the ids that were made.
pub async fn post(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Bad> {
    let id = input::shop(&id)?;
    let edit: Edit = input::body(&body)?;
    edit.change.iter().try_for_each(ChangeOf::check)?;
    let mut world = platform.world();
    let made: u64 = world.shops.values().map(|shop| u64::from(shop.campaigns.made())).sum();
    ensure(made + u64::from(edit.add) <= CAMPAIGNS_TOTAL_MAX, "add: at most 2000000 campaigns in all shops")?;
    let shop = world.shops.get_mut(&id).ok_or_else(|| Bad::no_shop(id))?;
    let room = CAMPAIGNS_MAX - shop.campaigns.made().min(CAMPAIGNS_MAX);
    ensure(edit.add <= room, "add: a shop has at most 200000 campaigns, deleted ones included")?;
    let missing = |id: &i64| !shop.campaigns.has(*id);
    if let Some(id) = edit.delete.iter().find(|id| missing(id)) {
        return Err(Bad::new(format!("delete: the shop has no campaign {id}")));
    }
    if let Some(id) = edit.change.iter().map(|change| &change.campaign_id).find(|id| missing(id)) {
        return Err(Bad::new(format!("change.campaign_id: the shop has no campaign {id}")));
    }
    let campaigns = Arc::make_mut(&mut shop.campaigns);
    for change in edit.change {
        campaigns.change(change.campaign_id, change.into());
    }
    if !edit.delete.is_empty() {
        campaigns.delete(&edit.delete);
    }
    let added = if edit.add > 0 { campaigns.add(edit.add) } else { Vec::new() };
    Ok(Json(json!({"added": added, "campaigns": campaigns.listed().len()})))
}

impl ChangeOf {
    fn check(&self) -> Result<(), Bad> {
        let name = self.name.as_ref().is_none_or(|name| name.len() <= NAME_BYTES_MAX);
        ensure(name, "change.name: at most 500 bytes")?;
        let budget = self.budget.is_none_or(|budget| (0.0..=BUDGET_MAX).contains(&budget));
        ensure(budget, "change.budget: allowed are 0 to 1000000000000")?;
        let status = self.status.as_deref().is_none_or(|status| STATUSES.contains(&status));
        ensure(status, "change.status: allowed are ongoing, paused, scheduled, ended, deleted, closed")
    }
}

impl From<ChangeOf> for Change {
    fn from(change: ChangeOf) -> Self {
        let budget_cents = change.budget.map(|budget| (budget * 100.0).round() as i64);
        Self { name: change.name, budget_cents, status: change.status }
    }
}
