//! The settings that hold for a shop's run.

use store::shops::ShopRow;
use sync_core::{Settings, SettingsError, SettingsOverride};

/// The shop's settings, with the row's own chunk size above them.
///
/// # Errors
/// A value that is out of its range.
pub fn settings(shop: &ShopRow, chunk_size: Option<i32>) -> Result<Settings, SettingsError> {
    let merged = SettingsOverride::merge(&shop.settings.deployment, &shop.settings.shop);
    let chunk_size = chunk_size.map(i64::from).or(merged.chunk_size);
    Settings::resolve(&SettingsOverride { chunk_size, ..merged })
}
