//! /v1/budget-rules: guard rails of the deployment, a region or a shop.

use crate::http::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use api::budget::{
    rules::{Rules, RulesOfRegion, RulesOfShop},
    run::StopBudgets,
};
use compact::json;
use serde::Deserialize;
use store::{Db, budget_rules};
use sync_core::{
    ShopId,
    budget::{GuardRails, GuardRailsError, GuardRailsOverride, is_region},
};
use sync_flow::schedules::patch::amount;
use sync_flow::{
    budget::rails,
    cron::budget_scheduler,
    host::{Host, Level},
};
use worker::Request;

/// The rule for a field that this row cannot have.
const ALLOWED_VALUES: &str = "allowed_values";

/// GET /v1/budget-rules: all rows; with `shop_id` the rules that apply to that shop, with `region` the row of a region,
/// or of the deployment if it is empty. The last two have the `ETag` of the row that a PUT replaces.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let shop_id = request::shop(request)?;
    let db = context.db().await?;
    if let Some(shop_id) = shop_id {
        let found = budget_rules::in_force(&db, shop_id.0).await?;
        let found = found.ok_or_else(|| Problem::unknown_shop(shop_id))?;
        let rails = rails(&found.region, &found.rules);
        let body = RulesOfShop {
            shop_id: shop_id.0,
            region: found.region,
            rules: found.rules,
            version: found.version,
            in_force: rails.as_ref().ok().map(|rails| json!(rails)),
            problem: rails.as_ref().err().map(GuardRailsError::to_string),
        };
        return Ok(Answer::ok(&body)?.versioned(body.version));
    }
    if let Some(region) = request::query(request, "region")? {
        let region = region.trim().to_ascii_uppercase();
        let found = budget_rules::of_region(&db, &region).await?;
        let version = found.as_ref().map_or(0, |rules| rules.version);
        return Ok(Answer::ok(&RulesOfRegion { region, rules: found, version })?.versioned(version));
    }
    let rules = budget_rules::list(&db, cursor, limit).await?;
    Answer::page(rules, limit, |rules| rules.shop_id)
}

/// The whole row. Absent fields are inherited, except the switches `enabled` and `dry_run`, which stay unchanged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesBody {
    shop_id: Option<i64>,
    region: Option<String>,
    #[serde(default, deserialize_with = "amount")]
    floor: Option<String>,
    #[serde(default, deserialize_with = "amount")]
    ceiling: Option<String>,
    change_percent_tick: Option<i64>,
    change_percent_day: Option<i64>,
    #[serde(default, deserialize_with = "amount")]
    shop_daily_total: Option<String>,
    enabled: Option<bool>,
    dry_run: Option<bool>,
    allow_unlimited: Option<bool>,
    restore_over_hands: Option<bool>,
}

/// PUT /v1/budget-rules: replaces the row of a shop, a region or the deployment.
pub async fn put(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let versions = request::condition(request)?;
    let body: RulesBody = request::json(request).await?;
    let rules = rules(body)?;
    context.must_reach((rules.shop_id != 0).then_some(ShopId(rules.shop_id)))?;
    let db = context.db().await?;
    check(&db, &rules).await?;
    let stored = budget_rules::put(&db, &rules, versions.as_deref(), context.actor())
        .await?
        .ok_or_else(Problem::changed)?;
    answer_stored(context, &db, &stored).await
}

/// Answers with the stored row, and requests a look at its shops; if that fails, the next tick does it.
async fn answer_stored(context: &Context<'_>, db: &impl Db, stored: &Rules) -> Result<Answer, Problem> {
    if let Err(error) = budget_scheduler::run_changed(db, &context.host).await {
        context.host.log(Level::Warn, "budgets_not_asked_for", json!({ "error": error }));
    }
    Ok(Answer::ok(stored)?.versioned(stored.version))
}

fn rules(body: RulesBody) -> Result<Rules, Problem> {
    let region = body.region.unwrap_or_default().trim().to_ascii_uppercase();
    let rules = Rules {
        shop_id: body.shop_id.unwrap_or(0),
        region,
        floor: body.floor,
        ceiling: body.ceiling,
        change_percent_tick: body.change_percent_tick,
        change_percent_day: body.change_percent_day,
        shop_daily_total: body.shop_daily_total,
        enabled: body.enabled,
        dry_run: body.dry_run,
        allow_unlimited: body.allow_unlimited,
        restore_over_hands: body.restore_over_hands,
        ..Rules::default()
    };
    let refused = |field: &str, reason: &str| Err(Problem::field(field, reason).by_rule(ALLOWED_VALUES));
    if !rules.region.is_empty() && !is_region(&rules.region) {
        return refused("region", "must be a market of Shopee's in two letters, like BR");
    }
    if rules.shop_id != 0 && !rules.region.is_empty() {
        return refused("region", "a shop has its region; leave one of the two out");
    }
    if rules.shop_id != 0 {
        request::shop_id(&rules.shop_id.to_string())?;
    }
    let amounts =
        [("floor", &rules.floor), ("ceiling", &rules.ceiling), ("shop_daily_total", &rules.shop_daily_total)];
    if rules.shop_id == 0
        && rules.region.is_empty()
        && let Some((field, _)) = amounts.iter().find(|(_, amount)| amount.is_some())
    {
        return refused(field, "an amount has a currency: set it for a region or for a shop");
    }
    // Checks each value on its own.
    resolved("", &GuardRailsOverride::default(), &rules)?;
    Ok(rules)
}

/// Checks the row together with the rows that it is combined with.
async fn check(db: &impl Db, rules: &Rules) -> Result<(), Problem> {
    if rules.shop_id == 0 {
        return resolved(&rules.region, &GuardRailsOverride::default(), rules);
    }
    let shop_id = ShopId(rules.shop_id);
    let found = budget_rules::in_force(db, shop_id.0).await?;
    let found = found.ok_or_else(|| Problem::unknown_shop(shop_id))?;
    let has_amounts = rules.floor.is_some() || rules.ceiling.is_some() || rules.shop_daily_total.is_some();
    if has_amounts && !is_region(&found.region) {
        return Err(Problem::region_unknown(shop_id));
    }
    let inherited = found.rules.get("deployment").map(GuardRailsOverride::deserialize);
    resolved(&found.region, &inherited.and_then(Result::ok).unwrap_or_default(), rules)
}

fn resolved(region: &str, inherited: &GuardRailsOverride, rules: &Rules) -> Result<(), Problem> {
    let own = GuardRailsOverride {
        floor: rules.floor.clone(),
        ceiling: rules.ceiling.clone(),
        change_percent_tick: rules.change_percent_tick,
        change_percent_day: rules.change_percent_day,
        shop_daily_total: rules.shop_daily_total.clone(),
        enabled: rules.enabled,
        dry_run: rules.dry_run,
        ..GuardRailsOverride::default()
    };
    let refused = |error: GuardRailsError| Problem::field(error.field, error.reason).by_rule(ALLOWED_VALUES);
    GuardRails::joined(region, inherited, &own).map(drop).map_err(refused)
}

/// POST /v1/budget-rules/stop: the kill switch, independent of the rules' version. An admin switches budgets on again
/// by putting the row with `"enabled": true`.
pub async fn stop(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let StopBudgets { shop_id } = request::json(request).await?;
    let shop_id = shop_id.map(|id| request::shop_id(&id.to_string())).transpose()?;
    context.must_reach(shop_id)?;
    let db = context.db().await?;
    if let Some(shop_id) = shop_id {
        shops::must_exist(&db, shop_id).await?;
    }
    let stopped = budget_rules::stop(&db, shop_id.map_or(0, |shop| shop.0), context.actor()).await?;
    Ok(Answer::ok(&stopped)?.versioned(stopped.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Rules, String> {
        let body: RulesBody = compact::json::from_str(text).unwrap();
        rules(body).map_err(|problem| problem.field.unwrap_or_default())
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        let found = read(r#"{"region": " br", "floor": 10.5, "ceiling": "99.90", "enabled": true}"#).unwrap();
        assert_eq!((found.shop_id, found.region.as_str()), (0, "BR"));
        assert_eq!((found.floor.as_deref(), found.ceiling.as_deref()), (Some("10.5"), Some("99.90")));
        assert_eq!((found.enabled, found.dry_run), (Some(true), None));
    }

    #[test]
    fn a_rule_that_cannot_hold_names_its_field() {
        for (text, field) in [
            (r#"{"floor": 10}"#, "floor"),
            (r#"{"shop_daily_total": "10"}"#, "shop_daily_total"),
            (r#"{"region": "BR", "floor": 0}"#, "floor"),
            (r#"{"region": "BR", "floor": 1e3}"#, "floor"),
            (r#"{"region": "BR", "floor": 10.005}"#, "floor"),
            (r#"{"region": "BR", "floor": 10, "ceiling": 9}"#, "ceiling"),
            (r#"{"region": "Brazil"}"#, "region"),
            (r#"{"region": "ZZ"}"#, "region"),
            (r#"{"region": "BR", "shop_id": 5}"#, "region"),
            (r#"{"shop_id": -5}"#, "shop_id"),
            (r#"{"change_percent_tick": 0}"#, "change_percent_tick"),
            (r#"{"change_percent_day": 100001}"#, "change_percent_day"),
        ] {
            assert_eq!(read(text).unwrap_err(), field, "{text}");
        }
        assert!(read(r#"{"change_percent_day": 50, "enabled": false}"#).is_ok());
    }
}
