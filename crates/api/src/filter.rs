//! The words that the filters of lists take.

/// `status` of a run.
pub const RUN_STATUSES: [&str; 4] = ["running", "completed", "failed", "cancelled"];
/// `status` of a row of the queue.
pub const ROW_STATUSES: [&str; 4] = ["pending", "processing", "completed", "failed"];
/// `status` of an attempt to set a budget.
pub const BUDGET_STATUSES: [&str; 3] = ["success", "failed", "skipped"];
/// `kind` of a sync.
pub const KINDS: [&str; 3] = ["realtime", "backfill_day", "backfill_full"];
/// `severity` of an alert.
pub const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];
/// `sort` of campaigns: the first is the default.
pub const CAMPAIGN_SORTS: [&str; 8] =
    ["expense", "roas", "gmv", "orders", "clicks", "impressions", "budget", "campaign_id"];
/// `order` of campaigns: the first is the default.
pub const ORDERS: [&str; 2] = ["desc", "asc"];
/// `by` of figures: the first is the default.
pub const GRAINS: [&str; 2] = ["day", "hour"];
