//! GET /v1/settings: every setting with its range, its current value and the origin of that value; for a shop with
//! `shop_id`.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use compact::json;
use serde_json::Value;
use store::settings;
use sync_core::{
    SettingsLayers,
    settings::{Scope, Setting, TABLE},
};
use worker::Request;

/// Lists the settings.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::query(request, "shop_id")?.map(|text| request::shop_id(&text)).transpose()?;
    let db = context.db().await?;
    let layers = match shop_id {
        None => SettingsLayers { deployment: settings::deployment(&db).await?, ..SettingsLayers::default() },
        Some(id) => settings::layers(&db, id.0).await?.ok_or_else(|| Problem::unknown_shop(id))?,
    };
    let mut group = "";
    let items: Vec<Value> = TABLE
        .iter()
        .map(|setting| {
            group = if setting.group.is_empty() { group } else { setting.group };
            shown(setting, group, &layers)
        })
        .collect();
    Ok(Answer::ok(json!({ "shop_id": shop_id, "items": items })))
}

fn shown(setting: &Setting, group: &str, layers: &SettingsLayers) -> Value {
    let own = (setting.stored)(&layers.shop).filter(|_| setting.scope == Scope::Shop);
    let (value, from) = match (own, (setting.stored)(&layers.deployment)) {
        (Some(value), _) => (value, "shop"),
        (None, Some(value)) => (value, "deployment"),
        (None, None) => ((setting.default)(), "default"),
    };
    let default = (setting.default)();
    let (min, max) = (setting.range)();
    json!({
        "name": setting.name, "group": group, "type": setting.kind, "unit": setting.unit, "scope": setting.scope,
        "value": value, "from": from, "default": default, "default_text": default.to_string(),
        "min": min, "max": max, "description": setting.doc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::SettingsOverride;

    #[test]
    fn a_value_is_shown_with_where_it_comes_from() {
        let row = |chunk_size| SettingsOverride { chunk_size, ..SettingsOverride::default() };
        let found = |deployment, shop| {
            let layers = SettingsLayers { deployment: row(deployment), shop: row(shop) };
            let setting = TABLE.iter().find(|setting| setting.name == "chunk_size").unwrap();
            let shown = shown(setting, "", &layers);
            (shown["value"].as_i64(), shown["from"].as_str().map(str::to_owned))
        };
        assert_eq!(found(None, None), (Some(100), Some("default".to_owned())));
        assert_eq!(found(Some(50), None), (Some(50), Some("deployment".to_owned())));
        assert_eq!(found(Some(50), Some(150)), (Some(150), Some("shop".to_owned())));
    }
}
