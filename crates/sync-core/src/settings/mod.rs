//! The settings that an operator can change, for the deployment or for one shop.

mod table;
mod value;

pub use table::{Settings, SettingsOverride, TABLE};
pub use value::{Scope, SettingType, SettingValue};

use crate::limits::CHUNK_SIZE_MIN;
use serde::Deserialize;

/// The description of one setting, for people and programs.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The column's name.
    pub name: &'static str,
    /// The heading under which it is shown; empty if it is that of the previous setting.
    pub group: &'static str,
    /// Its type.
    pub kind: SettingType,
    /// Smallest and largest value allowed.
    pub range: fn() -> (SettingValue, SettingValue),
    /// The value if nobody has set one.
    pub default: fn() -> SettingValue,
    /// Its unit; empty for a boolean.
    pub unit: &'static str,
    /// Which rows may set it.
    pub scope: Scope,
    /// What it does.
    pub doc: &'static str,
    /// Reads its value from a row.
    pub stored: fn(&SettingsOverride) -> Option<SettingValue>,
}

/// The rows that apply to a shop. Absent columns are inherited.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SettingsLayers {
    /// The deployment's row.
    pub deployment: SettingsOverride,
    /// The shop's own row.
    pub shop: SettingsOverride,
}

impl SettingsLayers {
    /// The settings that apply to the shop.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub fn resolve(&self) -> Result<Settings, SettingsError> {
        Settings::resolve(&SettingsOverride::merge(&self.deployment, &self.shop))
    }
}

/// A value outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} is {value}; allowed are {min} to {max}")]
pub struct SettingsError {
    /// The setting's name.
    pub field: &'static str,
    /// The value found.
    pub value: f64,
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
}

impl Settings {
    /// The lease in milliseconds.
    #[must_use]
    pub fn lease_ms(&self) -> i64 {
        i64::from(self.lease_seconds) * 1_000
    }

    /// The time after which an unclaimed message counts as lost, in milliseconds.
    #[must_use]
    pub fn queued_ms(&self) -> i64 {
        i64::from(self.queued_seconds) * 1_000
    }

    /// The smallest size to which chunks shrink.
    #[must_use]
    pub fn chunk_size_min(&self) -> u32 {
        if self.dynamic_chunks { CHUNK_SIZE_MIN.min(self.chunk_size) } else { self.chunk_size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_names_its_field() {
        let values = SettingsOverride { chunk_size: Some(-5), ..SettingsOverride::default() };
        let error = Settings::resolve(&values).unwrap_err();
        assert_eq!(error.to_string(), "chunk_size is -5; allowed are 1 to 150");
        let values = SettingsOverride { chunk_size: Some(i64::MAX), ..SettingsOverride::default() };
        assert!(Settings::resolve(&values).is_err());
        let values = SettingsOverride { app_calls_per_second: Some(f64::NAN), ..SettingsOverride::default() };
        assert_eq!(Settings::resolve(&values).unwrap_err().field, "app_calls_per_second");
    }

    #[test]
    fn absent_values_are_inherited() {
        let values = SettingsOverride { chunk_size: Some(50), ..SettingsOverride::default() };
        let settings = Settings::resolve(&values).unwrap();
        assert_eq!(settings, Settings { chunk_size: 50, ..Settings::default() });
    }

    #[test]
    fn a_shop_has_its_own_values_where_it_may() {
        let deployment = SettingsOverride {
            chunk_size: Some(50),
            lease_seconds: Some(90),
            app_calls_per_second: Some(5.0),
            ..SettingsOverride::default()
        };
        let shop = SettingsOverride {
            chunk_size: Some(150),
            app_calls_per_second: Some(100.0),
            ..SettingsOverride::default()
        };
        let settings = SettingsLayers { deployment, shop }.resolve().unwrap();
        assert_eq!((settings.chunk_size, settings.lease_seconds), (150, 90));
        assert_eq!(settings.app_calls_per_second, 5.0, "it is the deployment's alone");
    }

    #[test]
    fn every_default_is_in_its_range_and_has_words() {
        for setting in TABLE {
            assert!(!setting.doc.is_empty(), "{}", setting.name);
            assert_eq!(setting.unit.is_empty(), setting.kind == SettingType::Boolean, "{}", setting.name);
            if let (SettingValue::Integer(value), (SettingValue::Integer(min), SettingValue::Integer(max))) =
                ((setting.default)(), (setting.range)())
            {
                assert!((min..=max).contains(&value), "{}", setting.name);
            }
        }
        assert!(Settings::resolve(&SettingsOverride::default()).is_ok());
    }
}
