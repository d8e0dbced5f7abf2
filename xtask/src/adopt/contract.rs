//! What the migrations make, as `tests/store/fixtures/catalog.txt` records it: a test compares that file with a database
//! that they have just made. And what they do about things that are there already.

const CATALOG: &str = include_str!("../../../tests/store/fixtures/catalog.txt");

/// The view that operators read, with its columns in order: one that has others is dropped and made anew.
pub(super) const VIEW: &str = "v_ads_sync_progress_status";
pub(super) const VIEW_COLUMNS: [&str; 16] = [
    "shop_id",
    "shop_name",
    "sync_stage",
    "current_chunk",
    "total_chunks",
    "progress_percent",
    "synced_campaigns",
    "total_campaigns",
    "minutes_since_last_chunk",
    "failed_chunk_count",
    "error_message",
    "last_chunk_at",
    "started_at",
    "completed_at",
    "is_complete",
    "failed_chunks",
];
/// The migration that makes the view, and the one that makes the functions.
pub(super) const VIEW_VERSION: i32 = 7;
pub(super) const FUNCTIONS_VERSION: i32 = 8;
/// Functions that are dropped, whatever their parameters, and made anew.
pub(super) const FUNCTIONS: [&str; 7] = [
    "init_ads_sync_progress",
    "update_chunk_progress",
    "complete_sync_progress",
    "process_sync_queue_with_chunks",
    "enqueue_all_shops_sync",
    "cleanup_old_sync_queue",
    "cleanup_stuck_ads_sync",
];
/// The migration that widens ratios, and the ratios.
pub(super) const WIDENING_VERSION: i32 = 2;
pub(super) const RATIOS: [&str; 3] = ["ctr", "roas", "acos"];
/// Tables of ours alone: an installation has them from us, or has something else of the same name.
pub(super) const OURS: [&str; 7] = [
    "apishopee_ads_sync_runs",
    "apishopee_ads_sync_settings",
    "apishopee_ads_dead_letters",
    "apishopee_ads_shop_balance",
    "apishopee_ads_alerts",
    "apishopee_ads_audit_log",
    "apishopee_ads_campaign_changes",
];
/// Tables whose `id` is used. It is made with its table only, never added.
pub(super) const NEED_ID: [&str; 3] =
    ["apishopee_ads_sync_queue", "apishopee_ads_performance_hourly", "apishopee_ads_shop_performance_hourly"];
/// Keys that upserts rely on, and whether the migrations make one where none serves.
pub(super) const KEYS: [(&str, &[&str], bool); 10] = [
    ("apishopee_shops", &["shop_id"], true),
    ("apishopee_ads_campaign_data", &["shop_id", "campaign_id"], true),
    ("apishopee_ads_performance_daily", &["shop_id", "campaign_id", "performance_date"], true),
    ("apishopee_ads_performance_hourly", &["shop_id", "campaign_id", "performance_date", "hour"], true),
    ("apishopee_ads_shop_performance_daily", &["shop_id", "performance_date"], true),
    ("apishopee_ads_shop_performance_hourly", &["shop_id", "performance_date", "hour"], true),
    ("apishopee_ads_sync_status", &["shop_id"], true),
    ("apishopee_scheduled_ads_budget", &["shop_id", "campaign_id", "hour_start", "minute_start"], true),
    ("apishopee_ads_sync_progress", &["shop_id"], false),
    ("apishopee_ads_sync_queue", &["id"], false),
];
/// The table that we only read: what it asks of a new row is no matter of ours.
pub(super) const ONLY_READ: &str = "apishopee_scheduled_ads_budget";
/// Columns of `apishopee_shops` that are sealed.
pub(super) const SEALED: [&str; 3] = ["access_token", "refresh_token", "partner_key"];

/// A column as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub table: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub not_null: bool,
    /// It has a default.
    pub filled: bool,
}

/// All columns of a kind of relation: `table` or `view`.
pub(super) fn columns(of: &str) -> impl Iterator<Item = Column> {
    CATALOG.lines().filter_map(move |line| {
        let (name, kind) = line.strip_prefix(of)?.strip_prefix(' ')?.split_once(' ')?;
        let (table, name) = name.split_once('.')?;
        let (kind, filled) = kind.split_once(" default ").map_or((kind, false), |(kind, _)| (kind, true));
        let (kind, not_null) = kind.strip_suffix(" not null").map_or((kind, false), |kind| (kind, true));
        Some(Column { table, name, kind, not_null, filled })
    })
}

/// All tables, by name.
pub(super) fn tables() -> Vec<&'static str> {
    let mut tables: Vec<_> = columns("table").map(|column| column.table).collect();
    tables.dedup();
    tables
}

/// All checks: table and text.
pub(super) fn checks() -> impl Iterator<Item = (&'static str, &'static str)> {
    CATALOG.lines().filter_map(|line| line.strip_prefix("check ")?.split_once(' '))
}

/// All functions, as name, parameters and result.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    CATALOG.lines().filter_map(|line| line.strip_prefix("function "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_read() {
        let all: Vec<_> = columns("table").collect();
        let find = |table, name| *all.iter().find(|c| c.table == table && c.name == name).unwrap();
        let found = find("apishopee_ads_performance_daily", "acos");
        assert_eq!((found.kind, found.not_null, found.filled), ("numeric(24,6)", false, true));
        let found = find("apishopee_ads_sync_queue", "shop_id");
        assert_eq!((found.kind, found.not_null, found.filled), ("bigint", true, false));
        let names = tables();
        for name in KEYS.iter().map(|(name, ..)| name).chain(&OURS).chain(&NEED_ID) {
            assert!(names.contains(name), "{name}");
        }
        for name in VIEW_COLUMNS {
            assert!(columns("view").any(|column| column.table == VIEW && column.name == name), "{name}");
        }
        assert!(functions().any(|function| function == "cleanup_old_sync_queue() returns integer"));
        assert!(checks().any(|(table, _)| table == "apishopee_ads_sync_progress"));
    }
}
