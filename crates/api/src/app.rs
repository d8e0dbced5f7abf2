//! Partner apps.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The governor of a partner app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct App {
    /// The app's `partner_id` at Shopee.
    pub app: i64,
    /// What keeps its calls back; null if nothing does.
    pub hold: Option<Hold>,
    /// The governor's state, for people: its fields may change with any release.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub governor: Value,
}

/// Why no call may be made now, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// Unix milliseconds.
    pub until_ms: i64,
    /// `shop_rate`, `app_rate`, `shop_throttled`, `app_throttled`, `daily_quota` or `paused`; or an object `endpoint_quota` with
    /// the endpoint whose calls of the day are used up.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub reason: Value,
}
