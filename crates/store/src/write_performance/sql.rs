//! The SQL of the four performance tables, as `&'static str`: made by macros from constant names only.

use super::counters::with_counters;

/// Names with commas between them, each after `$row`: `m.performance_date, m.hour`.
macro_rules! list {
    ($row:literal: $first:ident $($more:ident)*) => {
        concat!($row, stringify!($first) $(, ", ", $row, stringify!($more))*)
    };
}

macro_rules! counter_list {
    ([$row:literal] $($(#[$doc:meta])* $name:ident: $need:ident $type:ty,)+) => { list!($row: $($name)+) };
}

/// All counters, each after `$row`.
macro_rules! counters {
    ($row:literal) => {
        with_counters!(counter_list! $row)
    };
}

macro_rules! zero_list {
    ([] $(#[$doc:meta])* $first:ident: $first_need:ident $first_type:ty,
        $($(#[$more_doc:meta])* $more:ident: $need:ident $type:ty,)*) => {
        concat!("0" $(, zero_list!(@ $more))*)
    };
    (@ $name:ident) => { ", 0" };
}

macro_rules! assignment_list {
    ([] $($(#[$doc:meta])* $name:ident: $need:ident $type:ty,)+) => {
        concat!($("\n    ", stringify!($name), " = EXCLUDED.", stringify!($name), ",",)+)
    };
}

macro_rules! merged_counter {
    (optional $name:ident) => {
        concat!("coalesce(r.", stringify!($name), ", known.", stringify!($name), ") AS ", stringify!($name))
    };
    (required $name:ident) => {
        concat!("r.", stringify!($name))
    };
}

macro_rules! merged_list {
    ([] $(#[$first_doc:meta])* $first:ident: $first_need:ident $first_type:ty,
        $($(#[$doc:meta])* $name:ident: $need:ident $type:ty,)*) => {
        concat!("\n      ", merged_counter!($first_need $first) $(, ",\n      ", merged_counter!($need $name))*)
    };
}

/// A condition of [`upsert`]: no row for a campaign without traffic.
macro_rules! only_with_traffic {
    () => {
        concat!(
            "
    -- A campaign without traffic gets no row, in whatever form Shopee reports it; a row that exists falls to zero.
    AND (m.is_known OR (",
            counters!("m."),
            ") <> (",
            with_counters!(zero_list!),
            "))"
        )
    };
}

/// The CTEs that write one table, after `fence`: `<cte>_input`, the rows of `$rows`; `<cte>_merged`, the same with what is stored;
/// `<cte>`, the rows that were written.
macro_rules! upsert {
    ($cte:literal, $rows:literal as $type:literal into $table:literal by ($($key:ident)+), $condition:expr) => {
        concat!(
            $cte, "_input AS MATERIALIZED (
  -- In the types of the columns, so that what is compared is what would be stored.
  SELECT DISTINCT ON (", list!("r.": $($key)+), ") r.*
  -- In a subquery, or the planner reads all the rows too, for its estimates.
  FROM ROWS FROM (unnest((SELECT ", $rows, "::", $type, "[]))) WITH ORDINALITY AS r
  ORDER BY ", list!("r.": $($key)+), ", r.ordinality DESC
), ", $cte, "_merged AS MATERIALIZED (
  -- A counter that the answer lacks keeps its stored value.
  SELECT ", list!("r.": $($key)+), ", m.*, known.shop_id IS NOT NULL AS is_known,
    (", counters!("known."), ")
    IS DISTINCT FROM (", counters!("m."), ") AS is_changed
  FROM fence f CROSS JOIN ", $cte, "_input r
  LEFT JOIN ", $table, " known ON known.shop_id = f.shop_id",
    $("\n    AND known.", stringify!($key), " = r.", stringify!($key),)+ "
  CROSS JOIN LATERAL (SELECT", with_counters!(merged_list!), ") m
), ", $cte, " AS (
  INSERT INTO ", $table, " AS old (
    shop_id, ", list!("": $($key)+), ",
    ", counters!(""), ",
    ctr, roas, acos, synced_at, generation, fetched_at)
  SELECT
    f.shop_id, ", list!("m.": $($key)+), ",
    ", counters!("m."), ",
    CASE WHEN m.impression <= 0 THEN 0 ELSE round(m.clicks::numeric / m.impression, 6) END,
    CASE WHEN m.expense <= 0 THEN 0 ELSE round(m.broad_gmv::numeric / m.expense::numeric, 6) END,
    CASE WHEN m.broad_gmv <= 0 THEN 0 ELSE round(100 * m.expense::numeric / m.broad_gmv::numeric, 6) END,
    now(), f.generation, f.fetched_at
  FROM fence f CROSS JOIN ", $cte, "_merged m
  -- An unchanged row is not even locked: a lock is a write to its page.
  WHERE (f.touch OR m.is_changed)", $condition, "
  ON CONFLICT (shop_id, ", list!("": $($key)+), ") DO UPDATE
  SET", with_counters!(assignment_list!), "
    ctr = EXCLUDED.ctr, roas = EXCLUDED.roas, acos = EXCLUDED.acos,
    synced_at = EXCLUDED.synced_at, generation = EXCLUDED.generation, fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR (", counters!("old."), ")
      IS DISTINCT FROM (", counters!("EXCLUDED."), "))
  RETURNING 1
)"
        )
    };
}

/// The end of both statements: what was done, of `$written` and `$given` rows.
macro_rules! answer {
    ($written:literal, $given:literal) => {
        concat!(
            include_str!("../sql/finish_chunk.sql"),
            ", counted AS (
  SELECT ",
            $written,
            " AS written,
    ",
            $given,
            " AS given
)
SELECT jsonb_build_object(
  'fenced', EXISTS (SELECT FROM fence),
  'written', c.written,
  'unchanged', CASE WHEN EXISTS (SELECT FROM fence) THEN c.given - c.written ELSE 0 END)::text
FROM counted c"
        )
    };
}

pub(super) const CAMPAIGNS: &str = concat!(
    "-- write_performance.performance
-- $1 fence, $2 days of campaigns, $3 hours of campaigns.
WITH ",
    include_str!("../sql/fence.sql"),
    ", ",
    upsert!(
        "daily", "$2" as "ads_performance_daily" into "apishopee_ads_performance_daily" by (campaign_id performance_date),
        only_with_traffic!()
    ),
    ", ",
    upsert!(
        "hourly", "$3" as "ads_performance_hourly" into "apishopee_ads_performance_hourly" by (campaign_id performance_date hour),
        only_with_traffic!()
    ),
    ", ",
    answer!(
        "(SELECT count(*) FROM daily) + (SELECT count(*) FROM hourly)",
        "(SELECT count(*) FROM daily_input) + (SELECT count(*) FROM hourly_input)"
    )
);

pub(super) const SHOP: &str = concat!(
    "-- write_performance.shop_performance
-- $1 fence, $2 days of the shop, $3 hours of the shop, $4 its balance or null.
WITH ",
    include_str!("../sql/fence.sql"),
    ", ",
    upsert!("daily", "$2" as "ads_shop_performance_daily" into "apishopee_ads_shop_performance_daily" by (performance_date), ""),
    ", ",
    upsert!("hourly", "$3" as "ads_shop_performance_hourly" into "apishopee_ads_shop_performance_hourly" by (performance_date hour), ""),
    ", ",
    include_str!("../sql/write_balance.sql"),
    ", ",
    answer!(
        "(SELECT count(*) FROM daily) + (SELECT count(*) FROM hourly) + (SELECT count(*) FROM balance)",
        "(SELECT count(*) FROM daily_input) + (SELECT count(*) FROM hourly_input) + (SELECT count(*) FROM balance_input)"
    )
);
