//! Who did what.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLogEntry {
    /// The row's UUID.
    pub id: String,
    /// When, unix milliseconds.
    pub at_ms: i64,
    /// Who: a role with the beginning of the token's hash, or `system`.
    pub actor: String,
    /// What, for example `run.cancel`.
    pub action: String,
    /// The shop, if it was about one.
    pub shop_id: Option<i64>,
    /// What it was done to, for example a run or a dead letter.
    pub subject: Option<String>,
    /// The state before, or null.
    pub before: Value,
    /// The state afterwards, or null.
    pub after: Value,
}
