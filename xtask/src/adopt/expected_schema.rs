//! The schema that the migrations create, as recorded in `tests/store/fixtures/catalog.txt` (a test compares that file
//! with a freshly migrated database), and how the migrations treat objects that already exist.

const CATALOG: &str = include_str!("../../../tests/store/fixtures/catalog.txt");

/// The operators' view and its columns in order; a view with other columns is dropped and recreated.
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
/// The migration that creates the view, and the one that creates the functions.
pub(super) const VIEW_VERSION: i32 = 7;
pub(super) const FUNCTIONS_VERSION: i32 = 8;
/// Functions that are dropped, whatever their parameters, and recreated.
pub(super) const FUNCTIONS: [&str; 7] = [
    "init_ads_sync_progress",
    "update_chunk_progress",
    "complete_sync_progress",
    "process_sync_queue_with_chunks",
    "enqueue_all_shops_sync",
    "cleanup_old_sync_queue",
    "cleanup_stuck_ads_sync",
];
/// The migration that widens ratio columns, and those columns.
pub(super) const WIDENING_VERSION: i32 = 2;
pub(super) const RATIOS: [&str; 3] = ["ctr", "roas", "acos"];
/// Tables that only the migrations create: a table of that name without our columns is a name clash.
pub(super) const OWN_TABLES: [&str; 7] = [
    "apishopee_ads_sync_runs",
    "apishopee_ads_sync_settings",
    "apishopee_ads_dead_letters",
    "apishopee_ads_shop_balance",
    "apishopee_ads_alerts",
    "apishopee_ads_audit_log",
    "apishopee_ads_campaign_changes",
];
/// Tables whose `id` column is used. Migrations create it with the table and never add it later.
pub(super) const TABLES_USING_ID: [&str; 3] =
    ["apishopee_ads_sync_queue", "apishopee_ads_performance_hourly", "apishopee_ads_shop_performance_hourly"];
/// Unique keys that upserts rely on, and whether the migrations create one where none exists.
pub(super) const UNIQUE_KEYS: [(&str, &[&str], bool); 10] = [
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
/// A table that is only read, so its constraints on new rows do not matter.
pub(super) const READ_ONLY_TABLE: &str = "apishopee_scheduled_ads_budget";
/// Columns of `apishopee_shops` whose values are encrypted.
pub(super) const SEALED_COLUMNS: [&str; 3] = ["access_token", "refresh_token", "partner_key"];

/// A column as the migrations define it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub table: &'static str,
    pub name: &'static str,
    pub data_type: &'static str,
    pub not_null: bool,
    pub has_default: bool,
}

/// All columns of one kind of relation: `table` or `view`.
pub(super) fn columns(relation_kind: &str) -> impl Iterator<Item = Column> {
    CATALOG.lines().filter_map(move |line| {
        let (name, rest) = line.strip_prefix(relation_kind)?.strip_prefix(' ')?.split_once(' ')?;
        let (table, name) = name.split_once('.')?;
        let (rest, has_default) =
            rest.split_once(" default ").map_or((rest, false), |(rest, _)| (rest, true));
        let (data_type, not_null) = rest.strip_suffix(" not null").map_or((rest, false), |rest| (rest, true));
        Some(Column { table, name, data_type, not_null, has_default })
    })
}

/// All table names, sorted.
pub(super) fn tables() -> Vec<&'static str> {
    let mut tables: Vec<_> = columns("table").map(|column| column.table).collect();
    tables.dedup();
    tables
}

/// All check constraints, as table and definition.
pub(super) fn checks() -> impl Iterator<Item = (&'static str, &'static str)> {
    CATALOG.lines().filter_map(|line| line.strip_prefix("check ")?.split_once(' '))
}

/// All functions, as name, parameters and return type.
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
        assert_eq!((found.data_type, found.not_null, found.has_default), ("numeric(24,6)", false, true));
        let found = find("apishopee_ads_sync_queue", "shop_id");
        assert_eq!((found.data_type, found.not_null, found.has_default), ("bigint", true, false));
        let names = tables();
        for name in UNIQUE_KEYS.iter().map(|(name, ..)| name).chain(&OWN_TABLES).chain(&TABLES_USING_ID) {
            assert!(names.contains(name), "{name}");
        }
        for name in VIEW_COLUMNS {
            assert!(columns("view").any(|column| column.table == VIEW && column.name == name), "{name}");
        }
        assert!(functions().any(|function| function == "cleanup_old_sync_queue() returns integer"));
        assert!(checks().any(|(table, _)| table == "apishopee_ads_sync_progress"));
    }
}
