//! Alerts: what needs somebody's attention.

use serde::{Deserialize, Serialize};

/// An alert. At most one is open per kind and shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// The row's UUID.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// The shop; null: the whole deployment.
    pub shop_id: Option<i64>,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// The latest text, for people.
    pub text: String,
    /// When it was first raised, unix milliseconds.
    pub first_seen_at_ms: i64,
    /// When it was last raised, unix milliseconds.
    pub last_seen_at_ms: i64,
    /// How often it was raised.
    pub seen_count: i32,
    /// When it was resolved, unix milliseconds; null: it is open.
    pub resolved_at_ms: Option<i64>,
    /// When somebody said to have seen it, unix milliseconds.
    pub acknowledged_at_ms: Option<i64>,
    /// Who that was.
    pub acknowledged_by: Option<String>,
    /// Until when nobody is told of it, unix milliseconds.
    pub muted_until_ms: Option<i64>,
}

/// For how long nobody is told of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mute {
    /// From now on, 0 to 43,200 (30 days); 0: people are told again.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 43_200))]
    pub minutes: i64,
}
