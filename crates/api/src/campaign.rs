//! Campaigns.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field of one campaign's settings that has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Increases with time.
    pub id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// The column of `apishopee_ads_campaign_data`; `vanished_at` when it left the platform or came back.
    pub field: String,
    /// The old value, or null.
    pub old_value: Value,
    /// The new value, or null.
    pub new_value: Value,
    /// When it was written, unix milliseconds.
    pub at_ms: i64,
    /// The run that wrote it.
    pub generation: i64,
}
