//! Errors (RFC 9457).

use serde::{Deserialize, Serialize};

/// The body of a refused or failed request, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:apishopee-ads-sync:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: String,
    /// What is wrong and what is allowed, for people.
    pub detail: String,
    /// The field or parameter that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The stable name of the rule that the field breaks, where rules have names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// After how many seconds to try again; also the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Of a file: what became of its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<crate::budget::csv::Line>>,
}
