//! The settings that apply to a shop's run.

use store::shops::ShopRow;
use sync_core::{Settings, SettingsError, SettingsOverride};

/// The shop's settings; `chunk_size`, from the queue row, takes precedence.
///
/// # Errors
/// A value is out of range.
pub fn settings(shop: &ShopRow, chunk_size: Option<i32>) -> Result<Settings, SettingsError> {
    let merged = SettingsOverride::merge(&shop.settings.deployment, &shop.settings.shop);
    let chunk_size = chunk_size.map(i64::from).or(merged.chunk_size);
    Settings::resolve(&SettingsOverride { chunk_size, ..merged })
}
