//! What in Shopee's answers is not as documented.

use serde::{Deserialize, Serialize};

/// A kind of drift, as it was met first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownDrift {
    /// Increases with time.
    pub id: i64,
    /// The endpoint's name.
    pub endpoint: String,
    /// The field's path inside its row.
    pub field: String,
    /// What is wrong with the field; empty if the field is unknown.
    pub problem: String,
    /// The campaign in which it was found, if any.
    pub campaign_id: Option<i64>,
    /// The beginning of the value, or of the malformed row.
    pub sample: String,
    /// The first shop in which it was found.
    pub shop_id: i64,
    /// That shop's run.
    pub generation: i64,
    /// When, unix milliseconds.
    pub at_ms: i64,
}
