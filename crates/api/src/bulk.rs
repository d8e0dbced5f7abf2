//! Verbs for many things at once.

use serde::{Deserialize, Serialize};

/// Which runs a verb is for. At least one field must be there; 50 runs at most may match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunFilter {
    /// Of this shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4_294_967_295_i64))]
    pub shop_id: Option<i64>,
    /// `realtime`, `backfill_day` or `backfill_full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Begun not before this time, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Begun before this time, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
}

/// Which dead letters a verb is for. Those that were replayed do not match; 50 at most may match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LetterFilter {
    /// Of this queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Kept not before this time, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Kept before this time, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
}

/// What became of each thing that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reports {
    /// Things for which it was done.
    pub done: usize,
    /// Things for which it was not.
    pub refused: usize,
    /// One for each, the newest first.
    pub items: Vec<Report>,
}

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The run, or the letter.
    pub id: String,
    /// Whether it was done.
    pub done: bool,
    /// The new run, if one was begun.
    pub run_id: Option<String>,
    /// Of a refusal: the code that the verb for one thing answers with.
    pub code: Option<String>,
    /// Of a refusal: why.
    pub detail: Option<String>,
}
