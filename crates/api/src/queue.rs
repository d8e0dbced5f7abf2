//! The queue's processor.

use serde::{Deserialize, Serialize};

/// What a tick of the queue's processor has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Processed {
    /// Jobs that were handed to the consumers.
    pub claimed: usize,
    /// Jobs that still wait for a place.
    pub waiting: i64,
    /// Of schedules and rules that were changed in SQL; null if none was.
    pub budgets: Option<BudgetsHandedOver>,
}

/// Shops whose budgets are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetsHandedOver {
    /// Shops with something to do.
    pub shops: usize,
    /// Messages that were sent for them.
    pub messages: usize,
}
