//! v2.ads.edit_manual_product_ads and v2.ads.edit_auto_product_ads

use super::gate::Admitted;
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::data::campaign::Campaign;
use crate::data::counters::major;
use crate::endpoint::Endpoint;
use crate::limits::REFERENCE_ID_BYTES_MAX;
use crate::region::Region;
use crate::state::behaviour::Container;
use crate::state::campaigns::Change;
use crate::state::edits::{Edit, EditAction, EditedSetting};
use crate::state::history::{By, Happening};
use crate::state::{Platform, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Largest budget, in major units: the largest of the budget suggestion.
pub const BUDGET_MAX: i64 = 9_999_999_999;

/// Edits one campaign, or refuses and changes nothing. Every valid request for one of the shop's
/// campaigns is recorded in the history.
pub fn answer(platform: &Platform, request: &Request<'_>, admitted: &Admitted) -> Result<Answer, Refusal> {
    let Admitted { endpoint, shop } = *admitted;
    let wanted = Wanted::of(request)?;
    let mut world = platform.world();
    let campaigns = &world.shops.get(&shop).ok_or_else(account::gone)?.campaigns;
    if !campaigns.has(wanted.campaign_id) {
        return Err(Refusal::foreign_campaign());
    }
    let old = campaigns.read(wanted.campaign_id);
    let decided = decide(&world, (shop, endpoint), &wanted, &old, request.now_ms);
    let World { shops, edits, behaviour, refusals, history, .. } = &mut *world;
    let Wanted { reference_id, campaign_id: id, action, budget_cents } = wanted;
    let happening = |new, refused| {
        let (by, old) = (By::App { reference_id: reference_id.clone() }, old.clone().into());
        Happening { number: 0, at_ms: request.now_ms, shop, campaign_id: id, by, old, new, refused }
    };
    let status = match decided {
        Ok(status) => status,
        Err(refusal) => {
            let budget = budget_cents.unwrap_or(old.budget_cents);
            let new = EditedSetting { budget: major(budget), status: old.status.clone() };
            history.add(happening(new, Some(refusal.code.clone())));
            if refusals.of(shop, id, request.now_ms).is_some_and(|refusal| refusal.uses_up_reference_id) {
                edits.use_up(shop, reference_id);
            }
            return Err(refusal);
        }
    };
    let change = Change { budget_cents, status: Some(status.to_owned()), name: None };
    let lag_ms = i64::try_from(behaviour.read_after_write_lag_ms).unwrap_or(i64::MAX);
    let campaigns = Arc::make_mut(&mut shops.get_mut(&shop).ok_or_else(account::gone)?.campaigns);
    campaigns.edit(id, change, request.now_ms, request.now_ms.saturating_add(lag_ms));
    let new: EditedSetting = campaigns.read(id).into();
    history.add(happening(new.clone(), None));
    let (endpoint, old, at_ms) = (endpoint.name(), old.into(), request.now_ms);
    edits.add(Edit { shop, campaign_id: id, endpoint, action, reference_id, old, new, at_ms });
    let row = json!({"campaign_id": id});
    let response = if behaviour.edit_container == Container::Array { json!([row]) } else { row };
    Answer::new(&response, "")
}

/// The state after the edit, or why it is refused.
fn decide(
    world: &World,
    (shop, endpoint): (u64, Endpoint),
    wanted: &Wanted,
    old: &Campaign,
    now_ms: i64,
) -> Result<&'static str, Refusal> {
    if world.edits.has(shop, &wanted.reference_id) {
        return Err(Refusal::parameter("duplicate reference_id"));
    }
    if let Some(standing) = world.refusals.of(shop, wanted.campaign_id, now_ms) {
        return Err(Refusal::new(&standing.code, standing.message.clone()));
    }
    check_kind(endpoint, old)?;
    let status = wanted.action.status_after(&old.status).ok_or_else(|| {
        let message = "Edit Action is invalid as per the current status of the campaign.";
        Refusal::new("ads.edit.invalid_action", message)
    })?;
    let region = world.shops.get(&shop).map(|shop| shop.campaigns.key.region);
    if let (Some(region), Some(cents)) = (region, wanted.budget_cents) {
        check_range(region, cents)?;
    }
    Ok(status)
}

#[derive(Deserialize)]
struct Body {
    reference_id: String,
    campaign_id: i64,
    edit_action: Value,
    budget: Option<f64>,
}

/// A parsed edit.
struct Wanted {
    reference_id: String,
    campaign_id: i64,
    action: EditAction,
    /// Of "change_budget" only.
    budget_cents: Option<i64>,
}

impl Wanted {
    fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        let Body { reference_id, campaign_id, edit_action, budget } = request.body()?;
        if !(1..=REFERENCE_ID_BYTES_MAX).contains(&reference_id.len()) {
            return Err(Refusal::parameter("reference_id should have 1 to 200 bytes"));
        }
        let unknown = format!("edit_action {edit_action} is not supported by the fake");
        let action = serde_json::from_value(edit_action).map_err(|_| Refusal::parameter(&unknown))?;
        let budget_cents = match (action, budget) {
            (EditAction::ChangeBudget, Some(budget)) => Some(cents(budget)?),
            (EditAction::ChangeBudget, None) => return Err(Refusal::parameter("budget is required")),
            _ => None,
        };
        Ok(Self { reference_id, campaign_id, action, budget_cents })
    }
}

/// A budget of at most two decimals, in cents. Out-of-range values stay out of range.
fn cents(budget: f64) -> Result<i64, Refusal> {
    let cents = (budget * 100.0).round();
    // Both sides are the floating-point number nearest to the same decimal.
    if budget.abs() <= BUDGET_MAX as f64 && cents / 100.0 != budget {
        return Err(Refusal::parameter("budget should have at most 2 decimals"));
    }
    Ok(cents as i64)
}

/// Each endpoint accepts campaigns of its own kind. One of the codes has no documented message.
fn check_kind(endpoint: Endpoint, campaign: &Campaign) -> Result<(), Refusal> {
    match (endpoint, campaign.ad_type) {
        (Endpoint::EditAuto, "auto") | (Endpoint::EditManual, "manual") => Ok(()),
        (Endpoint::EditAuto, _) => Err(Refusal::new("ads.campaign.not_auto_product", "")),
        _ => Err(Refusal::foreign_campaign()),
    }
}

/// 0 means no limit, and is allowed everywhere.
fn check_range(region: &Region, cents: i64) -> Result<(), Refusal> {
    if cents == 0 || (region.budget_floor * 100..=BUDGET_MAX * 100).contains(&cents) {
        return Ok(());
    }
    Err(Refusal::new("ads.campaign.error_daily_budget_range", "The budget set is invalid."))
}
