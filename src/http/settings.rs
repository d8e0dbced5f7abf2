//! GET /v1/settings: every setting with its range, its current value and the origin of that value; for a shop with
//! `shop_id`.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use crate::live_run::word;
use api::setting::{Scalar, Setting as Shown, Settings};
use store::{Db, settings};
use sync_core::{
    SettingsLayers, ShopId,
    settings::{Scope, Setting, SettingValue, TABLE},
};
use worker::Request;

/// Lists the settings.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop(request)?;
    let db = context.db().await?;
    show(&db, shop_id).await
}

/// The settings of the deployment, or as they apply to a shop.
pub async fn show(db: &impl Db, shop_id: Option<ShopId>) -> Result<Answer, Problem> {
    let layers = match shop_id {
        None => SettingsLayers { deployment: settings::deployment(db).await?, ..SettingsLayers::default() },
        Some(id) => settings::layers(db, id.0).await?.ok_or_else(|| Problem::unknown_shop(id))?,
    };
    let mut group = "";
    let items: Vec<Shown> = TABLE
        .iter()
        .map(|setting| {
            group = if setting.group.is_empty() { group } else { setting.group };
            shown(setting, group, &layers)
        })
        .collect();
    Answer::ok(&Settings { shop_id: shop_id.map(|shop| shop.0), items })
}

fn shown(setting: &Setting, group: &str, layers: &SettingsLayers) -> Shown {
    let own = (setting.stored)(&layers.shop).filter(|_| setting.scope == Scope::Shop);
    let (value, from) = match (own, (setting.stored)(&layers.deployment)) {
        (Some(value), _) => (value, "shop"),
        (None, Some(value)) => (value, "deployment"),
        (None, None) => ((setting.default)(), "default"),
    };
    let default = (setting.default)();
    let (min, max) = (setting.range)();
    Shown {
        name: setting.name.to_owned(),
        group: group.to_owned(),
        kind: word(&setting.kind),
        unit: setting.unit.to_owned(),
        scope: word(&setting.scope),
        value: scalar(value),
        from: from.to_owned(),
        default: scalar(default),
        default_text: default.to_string(),
        min: scalar(min),
        max: scalar(max),
        description: setting.doc.to_owned(),
    }
}

fn scalar(value: SettingValue) -> Option<Scalar> {
    match value {
        SettingValue::Boolean(value) => Some(Scalar::Boolean(value)),
        SettingValue::Integer(value) => Some(Scalar::Integer(value)),
        SettingValue::Number(value) => Some(Scalar::Number(value)),
        SettingValue::Derived(_) => None,
    }
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
            (shown.value, shown.from)
        };
        let of = |size, from: &str| (Some(Scalar::Integer(size)), from.to_owned());
        assert_eq!(found(None, None), of(100, "default"));
        assert_eq!(found(Some(50), None), of(50, "deployment"));
        assert_eq!(found(Some(50), Some(150)), of(150, "shop"));
    }
}
