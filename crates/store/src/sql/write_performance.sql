-- write_performance.performance
-- $1 fence, $2 days of campaigns, $3 hours of campaigns.
WITH fence AS MATERIALIZED (
  SELECT f.*, to_timestamp(f.fetched_at_ms / 1000.0) AS fetched_at
  FROM jsonb_to_record($1::jsonb) AS f (shop_id bigint, generation bigint, fetched_at_ms bigint, touch boolean,
    stage text, chunk_index int, finish boolean, result jsonb)
  JOIN apishopee_ads_sync_progress p ON p.shop_id = f.shop_id AND p.generation = f.generation
  WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  FOR SHARE OF p
), daily_input AS MATERIALIZED (
  SELECT DISTINCT ON (r.campaign_id, r.performance_date) r.*
  FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (
    campaign_id bigint, performance_date date, impression bigint, clicks bigint, expense numeric, direct_order int,
    direct_gmv numeric, broad_order int, broad_gmv numeric, direct_item_sold int, broad_item_sold int)) WITH ORDINALITY AS r (
    campaign_id, performance_date, impression, clicks, expense, direct_order, direct_gmv, broad_order, broad_gmv,
    direct_item_sold, broad_item_sold, place)
  ORDER BY r.campaign_id, r.performance_date, r.place DESC
), daily AS (
  INSERT INTO apishopee_ads_performance_daily AS old (
    shop_id, campaign_id, performance_date, impression, clicks, ctr, expense, direct_order, direct_gmv, broad_order,
    broad_gmv, direct_item_sold, broad_item_sold, roas, acos, synced_at, generation, fetched_at)
  SELECT
    f.shop_id, r.campaign_id, r.performance_date, r.impression, r.clicks,
    CASE WHEN r.impression > 0 THEN round(r.clicks::numeric / r.impression, 6) ELSE 0 END, r.expense,
    r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold, r.broad_item_sold,
    CASE WHEN r.expense > 0 THEN round(r.broad_gmv / r.expense, 6) ELSE 0 END,
    CASE WHEN r.broad_gmv > 0 THEN round(100 * r.expense / r.broad_gmv, 6) ELSE 0 END, now(), f.generation,
    f.fetched_at
  FROM fence f CROSS JOIN daily_input r
  -- A row that is as it was is not even locked: a lock is a write to its page.
  LEFT JOIN apishopee_ads_performance_daily known ON known.shop_id = f.shop_id AND known.campaign_id = r.campaign_id
    AND known.performance_date = r.performance_date
  WHERE (f.touch OR (
    known.impression, known.clicks, known.expense, known.direct_order, known.direct_gmv, known.broad_order,
    known.broad_gmv, known.direct_item_sold, known.broad_item_sold)
  IS DISTINCT FROM (
    r.impression, r.clicks, r.expense, r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold,
    r.broad_item_sold))
  -- A campaign without traffic gets no row, however that was told; one that is there falls to zero.
  AND (known.shop_id IS NOT NULL OR (
    r.impression, r.clicks, r.expense, r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold,
    r.broad_item_sold)
  <> (0, 0, 0, 0, 0, 0, 0, 0, 0))
  ON CONFLICT (shop_id, campaign_id, performance_date) DO UPDATE
  SET
    impression = EXCLUDED.impression, clicks = EXCLUDED.clicks, ctr = EXCLUDED.ctr, expense = EXCLUDED.expense,
    direct_order = EXCLUDED.direct_order, direct_gmv = EXCLUDED.direct_gmv, broad_order = EXCLUDED.broad_order,
    broad_gmv = EXCLUDED.broad_gmv, direct_item_sold = EXCLUDED.direct_item_sold,
    broad_item_sold = EXCLUDED.broad_item_sold, roas = EXCLUDED.roas, acos = EXCLUDED.acos,
    synced_at = EXCLUDED.synced_at, generation = EXCLUDED.generation, fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR (
      old.impression, old.clicks, old.expense, old.direct_order, old.direct_gmv, old.broad_order, old.broad_gmv,
      old.direct_item_sold, old.broad_item_sold)
    IS DISTINCT FROM (
      EXCLUDED.impression, EXCLUDED.clicks, EXCLUDED.expense, EXCLUDED.direct_order, EXCLUDED.direct_gmv,
      EXCLUDED.broad_order, EXCLUDED.broad_gmv, EXCLUDED.direct_item_sold, EXCLUDED.broad_item_sold))
  RETURNING 1
), hourly_input AS MATERIALIZED (
  SELECT DISTINCT ON (r.campaign_id, r.performance_date, r.hour) r.*
  FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (
    campaign_id bigint, performance_date date, hour int, impression bigint, clicks bigint, expense numeric,
    direct_order int, direct_gmv numeric, broad_order int, broad_gmv numeric, direct_item_sold int,
    broad_item_sold int)) WITH ORDINALITY AS r (
    campaign_id, performance_date, hour, impression, clicks, expense, direct_order, direct_gmv, broad_order,
    broad_gmv, direct_item_sold, broad_item_sold, place)
  ORDER BY r.campaign_id, r.performance_date, r.hour, r.place DESC
), hourly AS (
  INSERT INTO apishopee_ads_performance_hourly AS old (
    shop_id, campaign_id, performance_date, hour, impression, clicks, ctr, expense, direct_order, direct_gmv,
    broad_order, broad_gmv, direct_item_sold, broad_item_sold, roas, acos, synced_at, generation, fetched_at)
  SELECT
    f.shop_id, r.campaign_id, r.performance_date, r.hour, r.impression, r.clicks,
    CASE WHEN r.impression > 0 THEN round(r.clicks::numeric / r.impression, 6) ELSE 0 END, r.expense,
    r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold, r.broad_item_sold,
    CASE WHEN r.expense > 0 THEN round(r.broad_gmv / r.expense, 6) ELSE 0 END,
    CASE WHEN r.broad_gmv > 0 THEN round(100 * r.expense / r.broad_gmv, 6) ELSE 0 END, now(), f.generation,
    f.fetched_at
  FROM fence f CROSS JOIN hourly_input r
  LEFT JOIN apishopee_ads_performance_hourly known ON known.shop_id = f.shop_id AND known.campaign_id = r.campaign_id
    AND known.performance_date = r.performance_date AND known.hour = r.hour
  WHERE (f.touch OR (
    known.impression, known.clicks, known.expense, known.direct_order, known.direct_gmv, known.broad_order,
    known.broad_gmv, known.direct_item_sold, known.broad_item_sold)
  IS DISTINCT FROM (
    r.impression, r.clicks, r.expense, r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold,
    r.broad_item_sold))
  AND (known.shop_id IS NOT NULL OR (
    r.impression, r.clicks, r.expense, r.direct_order, r.direct_gmv, r.broad_order, r.broad_gmv, r.direct_item_sold,
    r.broad_item_sold)
  <> (0, 0, 0, 0, 0, 0, 0, 0, 0))
  ON CONFLICT (shop_id, campaign_id, performance_date, hour) DO UPDATE
  SET
    impression = EXCLUDED.impression, clicks = EXCLUDED.clicks, ctr = EXCLUDED.ctr, expense = EXCLUDED.expense,
    direct_order = EXCLUDED.direct_order, direct_gmv = EXCLUDED.direct_gmv, broad_order = EXCLUDED.broad_order,
    broad_gmv = EXCLUDED.broad_gmv, direct_item_sold = EXCLUDED.direct_item_sold,
    broad_item_sold = EXCLUDED.broad_item_sold, roas = EXCLUDED.roas, acos = EXCLUDED.acos,
    synced_at = EXCLUDED.synced_at, generation = EXCLUDED.generation, fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR (
      old.impression, old.clicks, old.expense, old.direct_order, old.direct_gmv, old.broad_order, old.broad_gmv,
      old.direct_item_sold, old.broad_item_sold)
    IS DISTINCT FROM (
      EXCLUDED.impression, EXCLUDED.clicks, EXCLUDED.expense, EXCLUDED.direct_order, EXCLUDED.direct_gmv,
      EXCLUDED.broad_order, EXCLUDED.broad_gmv, EXCLUDED.direct_item_sold, EXCLUDED.broad_item_sold))
  RETURNING 1
), chunk AS MATERIALIZED (
  SELECT q.id, f.result FROM fence f
  JOIN apishopee_ads_sync_queue q ON q.is_chunk AND q.shop_id = f.shop_id AND q.generation = f.generation
    AND q.stage = f.stage AND q.chunk_index = f.chunk_index
  WHERE f.finish AND q.status <> 'completed'
  -- A row that somebody else holds is being deleted, or drawn: nobody waits for it behind the fence.
  FOR UPDATE OF q SKIP LOCKED
), finished AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'completed', completed_at = now(), error_message = NULL, result = chunk.result
  FROM chunk WHERE q.id = chunk.id
), counted AS (
  SELECT (SELECT count(*) FROM daily) + (SELECT count(*) FROM hourly) AS written,
    (SELECT count(*) FROM daily_input) + (SELECT count(*) FROM hourly_input) AS given
)
SELECT jsonb_build_object(
  'fenced', EXISTS (SELECT FROM fence),
  'written', c.written,
  'unchanged', CASE WHEN EXISTS (SELECT FROM fence) THEN c.given - c.written ELSE 0 END)::text
FROM counted c
