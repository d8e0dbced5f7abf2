//! Settings.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All settings, of the deployment or as they apply to a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// The shop; null: the deployment.
    pub shop_id: Option<i64>,
    /// In the order of the documentation.
    pub items: Vec<Setting>,
}

/// A setting with its range, its value, and where that comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Setting {
    /// The column of `apishopee_ads_sync_settings`.
    pub name: String,
    /// The heading under which it is documented.
    pub group: String,
    /// `integer`, `number` or `boolean`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its unit; empty for a boolean.
    pub unit: String,
    /// `deployment`: only the deployment's row may have it; `shop`: also a shop's.
    pub scope: String,
    /// The value; null if it follows from other settings.
    pub value: Option<Scalar>,
    /// `default`, `deployment` or `shop`.
    pub from: String,
    /// The value if nobody has set one; null if it follows from other settings.
    pub default: Option<Scalar>,
    /// The same in words.
    pub default_text: String,
    /// Smallest value.
    pub min: Option<Scalar>,
    /// Largest value.
    pub max: Option<Scalar>,
    /// What it does.
    pub description: String,
}

/// A setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Of a boolean.
    Boolean(bool),
    /// Of an integer.
    Integer(i64),
    /// Of a number.
    Number(f64),
}

// A whole number is a number too, so that "one of" these would be wrong.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Scalar {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Boolean, Type::Number])).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Scalar {}

/// A change of settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    /// The shop; the deployment if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop_id: Option<i64>,
    /// Settings by name: each a value of its type and within its range, or null, as if nobody had set it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub values: BTreeMap<String, Option<Scalar>>,
    /// Why, for the audit log: 1 to 500 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub reason: String,
}
