-- write_performance.shop_performance
-- $1 fence, $2 days of the shop, $3 hours of the shop, $4 its balance or null.
WITH fence AS MATERIALIZED (
  SELECT f.*, to_timestamp(f.fetched_at_ms / 1000.0) AS fetched_at
  FROM jsonb_to_record($1::jsonb) AS f (shop_id bigint, generation bigint, fetched_at_ms bigint, touch boolean,
    stage text, chunk_index int, finish boolean, result jsonb)
  JOIN apishopee_ads_sync_progress p ON p.shop_id = f.shop_id AND p.generation = f.generation
  WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  FOR SHARE OF p
)
, daily_input AS MATERIALIZED (
  -- In the types of the columns, so that what is compared is what would be stored.
  SELECT DISTINCT ON (r.performance_date) r.*
  -- In a subquery, or the planner reads all the rows too, for its estimates.
  FROM ROWS FROM (unnest((SELECT $2::ads_shop_performance_daily[]))) WITH ORDINALITY AS r
  ORDER BY r.performance_date, r.ordinality DESC
), daily_merged AS MATERIALIZED (
  -- A counter that the answer lacks keeps its stored value.
  SELECT r.performance_date, m.*, known.shop_id IS NOT NULL AS is_known,
    (known.impression, known.clicks, known.expense, known.direct_order, known.direct_gmv, known.broad_order, known.broad_gmv, known.direct_item_sold, known.broad_item_sold)
    IS DISTINCT FROM (m.impression, m.clicks, m.expense, m.direct_order, m.direct_gmv, m.broad_order, m.broad_gmv, m.direct_item_sold, m.broad_item_sold) AS is_changed
  FROM fence f CROSS JOIN daily_input r
  LEFT JOIN apishopee_ads_shop_performance_daily known ON known.shop_id = f.shop_id
    AND known.performance_date = r.performance_date
  CROSS JOIN LATERAL (SELECT
      coalesce(r.impression, known.impression) AS impression,
      coalesce(r.clicks, known.clicks) AS clicks,
      r.expense,
      coalesce(r.direct_order, known.direct_order) AS direct_order,
      coalesce(r.direct_gmv, known.direct_gmv) AS direct_gmv,
      coalesce(r.broad_order, known.broad_order) AS broad_order,
      coalesce(r.broad_gmv, known.broad_gmv) AS broad_gmv,
      coalesce(r.direct_item_sold, known.direct_item_sold) AS direct_item_sold,
      coalesce(r.broad_item_sold, known.broad_item_sold) AS broad_item_sold) m
), daily AS (
  INSERT INTO apishopee_ads_shop_performance_daily AS old (
    shop_id, performance_date,
    impression, clicks, expense, direct_order, direct_gmv, broad_order, broad_gmv, direct_item_sold, broad_item_sold,
    ctr, roas, acos, synced_at, generation, fetched_at)
  SELECT
    f.shop_id, m.performance_date,
    m.impression, m.clicks, m.expense, m.direct_order, m.direct_gmv, m.broad_order, m.broad_gmv, m.direct_item_sold, m.broad_item_sold,
    CASE WHEN m.impression <= 0 THEN 0 ELSE round(m.clicks::numeric / m.impression, 6) END,
    CASE WHEN m.expense <= 0 THEN 0 ELSE round(m.broad_gmv::numeric / m.expense::numeric, 6) END,
    CASE WHEN m.broad_gmv <= 0 THEN 0 ELSE round(100 * m.expense::numeric / m.broad_gmv::numeric, 6) END,
    now(), f.generation, f.fetched_at
  FROM fence f CROSS JOIN daily_merged m
  -- An unchanged row is not even locked: a lock is a write to its page.
  WHERE (f.touch OR m.is_changed)
  ON CONFLICT (shop_id, performance_date) DO UPDATE
  SET
    impression = EXCLUDED.impression,
    clicks = EXCLUDED.clicks,
    expense = EXCLUDED.expense,
    direct_order = EXCLUDED.direct_order,
    direct_gmv = EXCLUDED.direct_gmv,
    broad_order = EXCLUDED.broad_order,
    broad_gmv = EXCLUDED.broad_gmv,
    direct_item_sold = EXCLUDED.direct_item_sold,
    broad_item_sold = EXCLUDED.broad_item_sold,
    ctr = EXCLUDED.ctr, roas = EXCLUDED.roas, acos = EXCLUDED.acos,
    synced_at = EXCLUDED.synced_at, generation = EXCLUDED.generation, fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR (old.impression, old.clicks, old.expense, old.direct_order, old.direct_gmv, old.broad_order, old.broad_gmv, old.direct_item_sold, old.broad_item_sold)
      IS DISTINCT FROM (EXCLUDED.impression, EXCLUDED.clicks, EXCLUDED.expense, EXCLUDED.direct_order, EXCLUDED.direct_gmv, EXCLUDED.broad_order, EXCLUDED.broad_gmv, EXCLUDED.direct_item_sold, EXCLUDED.broad_item_sold))
  RETURNING 1
), hourly_input AS MATERIALIZED (
  -- In the types of the columns, so that what is compared is what would be stored.
  SELECT DISTINCT ON (r.performance_date, r.hour) r.*
  -- In a subquery, or the planner reads all the rows too, for its estimates.
  FROM ROWS FROM (unnest((SELECT $3::ads_shop_performance_hourly[]))) WITH ORDINALITY AS r
  ORDER BY r.performance_date, r.hour, r.ordinality DESC
), hourly_merged AS MATERIALIZED (
  -- A counter that the answer lacks keeps its stored value.
  SELECT r.performance_date, r.hour, m.*, known.shop_id IS NOT NULL AS is_known,
    (known.impression, known.clicks, known.expense, known.direct_order, known.direct_gmv, known.broad_order, known.broad_gmv, known.direct_item_sold, known.broad_item_sold)
    IS DISTINCT FROM (m.impression, m.clicks, m.expense, m.direct_order, m.direct_gmv, m.broad_order, m.broad_gmv, m.direct_item_sold, m.broad_item_sold) AS is_changed
  FROM fence f CROSS JOIN hourly_input r
  LEFT JOIN apishopee_ads_shop_performance_hourly known ON known.shop_id = f.shop_id
    AND known.performance_date = r.performance_date
    AND known.hour = r.hour
  CROSS JOIN LATERAL (SELECT
      coalesce(r.impression, known.impression) AS impression,
      coalesce(r.clicks, known.clicks) AS clicks,
      r.expense,
      coalesce(r.direct_order, known.direct_order) AS direct_order,
      coalesce(r.direct_gmv, known.direct_gmv) AS direct_gmv,
      coalesce(r.broad_order, known.broad_order) AS broad_order,
      coalesce(r.broad_gmv, known.broad_gmv) AS broad_gmv,
      coalesce(r.direct_item_sold, known.direct_item_sold) AS direct_item_sold,
      coalesce(r.broad_item_sold, known.broad_item_sold) AS broad_item_sold) m
), hourly AS (
  INSERT INTO apishopee_ads_shop_performance_hourly AS old (
    shop_id, performance_date, hour,
    impression, clicks, expense, direct_order, direct_gmv, broad_order, broad_gmv, direct_item_sold, broad_item_sold,
    ctr, roas, acos, synced_at, generation, fetched_at)
  SELECT
    f.shop_id, m.performance_date, m.hour,
    m.impression, m.clicks, m.expense, m.direct_order, m.direct_gmv, m.broad_order, m.broad_gmv, m.direct_item_sold, m.broad_item_sold,
    CASE WHEN m.impression <= 0 THEN 0 ELSE round(m.clicks::numeric / m.impression, 6) END,
    CASE WHEN m.expense <= 0 THEN 0 ELSE round(m.broad_gmv::numeric / m.expense::numeric, 6) END,
    CASE WHEN m.broad_gmv <= 0 THEN 0 ELSE round(100 * m.expense::numeric / m.broad_gmv::numeric, 6) END,
    now(), f.generation, f.fetched_at
  FROM fence f CROSS JOIN hourly_merged m
  -- An unchanged row is not even locked: a lock is a write to its page.
  WHERE (f.touch OR m.is_changed)
  ON CONFLICT (shop_id, performance_date, hour) DO UPDATE
  SET
    impression = EXCLUDED.impression,
    clicks = EXCLUDED.clicks,
    expense = EXCLUDED.expense,
    direct_order = EXCLUDED.direct_order,
    direct_gmv = EXCLUDED.direct_gmv,
    broad_order = EXCLUDED.broad_order,
    broad_gmv = EXCLUDED.broad_gmv,
    direct_item_sold = EXCLUDED.direct_item_sold,
    broad_item_sold = EXCLUDED.broad_item_sold,
    ctr = EXCLUDED.ctr, roas = EXCLUDED.roas, acos = EXCLUDED.acos,
    synced_at = EXCLUDED.synced_at, generation = EXCLUDED.generation, fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR (old.impression, old.clicks, old.expense, old.direct_order, old.direct_gmv, old.broad_order, old.broad_gmv, old.direct_item_sold, old.broad_item_sold)
      IS DISTINCT FROM (EXCLUDED.impression, EXCLUDED.clicks, EXCLUDED.expense, EXCLUDED.direct_order, EXCLUDED.direct_gmv, EXCLUDED.broad_order, EXCLUDED.broad_gmv, EXCLUDED.direct_item_sold, EXCLUDED.broad_item_sold))
  RETURNING 1
), balance_input AS MATERIALIZED (
  SELECT r.balance, r.data_timestamp
  FROM jsonb_populate_record(NULL::apishopee_ads_shop_balance, nullif($4::jsonb, 'null')) AS r
  WHERE r.balance IS NOT NULL
), balance AS (
  INSERT INTO apishopee_ads_shop_balance AS old (shop_id, balance, data_timestamp, generation, fetched_at)
  SELECT f.shop_id, r.balance, r.data_timestamp, f.generation, f.fetched_at
  FROM fence f CROSS JOIN balance_input r LEFT JOIN apishopee_ads_shop_balance had ON had.shop_id = f.shop_id
  WHERE f.touch OR (had.balance, had.data_timestamp) IS DISTINCT FROM (r.balance, r.data_timestamp)
  ON CONFLICT (shop_id) DO UPDATE
  SET balance = EXCLUDED.balance, data_timestamp = EXCLUDED.data_timestamp, generation = EXCLUDED.generation,
    fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, old.fetched_at) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence)
      OR (old.balance, old.data_timestamp) IS DISTINCT FROM (EXCLUDED.balance, EXCLUDED.data_timestamp))
  RETURNING 1
)
, chunk AS MATERIALIZED (
  SELECT q.id, f.result FROM fence f
  JOIN apishopee_ads_sync_queue q ON q.is_chunk AND q.shop_id = f.shop_id AND q.generation = f.generation
    AND q.stage = f.stage AND q.chunk_index = f.chunk_index
  WHERE f.finish AND q.status <> 'completed'
  -- A row locked by another transaction is being deleted or projected: skip it rather than wait while holding the fence.
  FOR UPDATE OF q SKIP LOCKED
), finished AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'completed', completed_at = now(), error_message = NULL, result = chunk.result
  FROM chunk WHERE q.id = chunk.id
)
, counted AS (
  SELECT (SELECT count(*) FROM daily) + (SELECT count(*) FROM hourly) + (SELECT count(*) FROM balance) AS written,
    (SELECT count(*) FROM daily_input) + (SELECT count(*) FROM hourly_input) + (SELECT count(*) FROM balance_input) AS given
)
SELECT jsonb_build_object(
  'fenced', EXISTS (SELECT FROM fence),
  'written', c.written,
  'unchanged', CASE WHEN EXISTS (SELECT FROM fence) THEN c.given - c.written ELSE 0 END)::text
FROM counted c
