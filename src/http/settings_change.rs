//! PATCH /v1/settings: changes settings of the deployment or of a shop, within their ranges and with a reason.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, settings,
    shops::must_exist,
};
use api::setting::{ChangeSettings, Scalar};
use std::collections::BTreeMap;
use store::settings as rows;
use sync_core::settings::{Scope, Setting, SettingValue, TABLE};
use worker::Request;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Changes settings, all or none. The answer is as that of GET.
pub async fn change(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let ChangeSettings { shop_id, values, reason } = request::json(request).await?;
    let shop = shop_id.map(|id| request::shop_id(&id.to_string())).transpose()?;
    context.must_reach(shop)?;
    let reason = reason.trim();
    if !(1..=REASON_CHARS_MAX).contains(&reason.chars().count()) {
        return Err(Problem::field(
            "reason",
            format!("must have 1 to {REASON_CHARS_MAX} characters: the audit log shows it"),
        ));
    }
    if values.is_empty() {
        return Err(Problem::field("values", "names no setting"));
    }
    check(&values, shop.is_some())?;
    let db = context.db().await?;
    if let Some(shop) = shop {
        must_exist(&db, shop).await?;
    }
    rows::put(&db, shop.map_or(0, |shop| shop.0), &values, context.actor(), reason).await?;
    settings::show(&db, shop).await
}

/// Checks names, scopes, types and ranges.
fn check(values: &BTreeMap<String, Option<Scalar>>, of_shop: bool) -> Result<(), Problem> {
    for (name, value) in values {
        let field = format!("values.{name}");
        let Some(setting) = TABLE.iter().find(|setting| setting.name == name) else {
            return Err(Problem::field(field, "is no setting; GET /v1/settings lists them"));
        };
        if of_shop && setting.scope != Scope::Shop {
            return Err(Problem::field(field, "is of the whole deployment: leave out shop_id"));
        }
        if let Some(value) = value.filter(|value| !fits(setting, *value)) {
            let (min, max) = (setting.range)();
            let allowed = match (min, max) {
                (SettingValue::Boolean(_), _) => "must be true, false or null".to_owned(),
                _ => format!("must be from {min} to {max}, or null"),
            };
            return Err(Problem::unprocessable(field, format!("{allowed}, not {}", text(value))));
        }
    }
    Ok(())
}

fn fits(setting: &Setting, value: Scalar) -> bool {
    match ((setting.range)(), value) {
        ((SettingValue::Boolean(_), _), Scalar::Boolean(_)) => true,
        ((SettingValue::Integer(min), SettingValue::Integer(max)), Scalar::Integer(value)) => {
            (min..=max).contains(&value)
        }
        ((SettingValue::Number(min), SettingValue::Number(max)), Scalar::Integer(value)) => {
            (min..=max).contains(&(value as f64))
        }
        ((SettingValue::Number(min), SettingValue::Number(max)), Scalar::Number(value)) => {
            (min..=max).contains(&value)
        }
        _ => false,
    }
}

fn text(value: Scalar) -> String {
    match value {
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Number(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: Option<Scalar>, of_shop: bool) -> Option<String> {
        check(&BTreeMap::from([(name.to_owned(), value)]), of_shop).err().map(|problem| problem.detail)
    }

    #[test]
    fn a_value_is_of_its_type_and_within_its_range() {
        assert_eq!(refused("chunk_size", Some(Scalar::Integer(50)), true), None);
        assert_eq!(refused("chunk_size", None, false), None);
        assert!(refused("chunk_size", Some(Scalar::Integer(0)), true).unwrap().contains("not 0"));
        assert!(refused("chunk_size", Some(Scalar::Number(1.5)), true).is_some());
        assert!(refused("chunk_size", Some(Scalar::Boolean(true)), true).is_some());
        assert!(refused("no_such", None, false).unwrap().contains("no setting"));
    }

    #[test]
    fn a_shop_has_no_settings_of_the_deployment() {
        let of_deployment = TABLE.iter().find(|setting| setting.scope == Scope::Deployment).unwrap();
        assert!(refused(of_deployment.name, None, true).unwrap().contains("leave out shop_id"));
        assert_eq!(refused(of_deployment.name, None, false), None);
    }
}
