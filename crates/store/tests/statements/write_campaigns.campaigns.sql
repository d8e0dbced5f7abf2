-- write_campaigns.campaigns
-- $1 fence, $2 campaigns, $3 ids that have vanished, $4 the listing's part, or null.
WITH fence AS MATERIALIZED (
  SELECT f.*, to_timestamp(f.fetched_at_ms / 1000.0) AS fetched_at
  FROM jsonb_to_record($1::jsonb) AS f (shop_id bigint, generation bigint, fetched_at_ms bigint, touch boolean,
    stage text, chunk_index int, finish boolean, result jsonb)
  JOIN apishopee_ads_sync_progress p ON p.shop_id = f.shop_id AND p.generation = f.generation
  WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  FOR SHARE OF p
)
, input AS MATERIALIZED (
  -- In the types of the columns, so that what is compared is what would be stored.
  SELECT DISTINCT ON (r.campaign_id) r.*
  FROM ROWS FROM (jsonb_populate_recordset(NULL::apishopee_ads_campaign_data, $2::jsonb)) WITH ORDINALITY AS r
  ORDER BY r.campaign_id, r.ordinality DESC
), written AS (
  INSERT INTO apishopee_ads_campaign_data AS old (shop_id, campaign_id, ad_type, name, status, campaign_placement,
    bidding_method, campaign_budget, start_time, end_time, item_count, roas_target, raw_data, synced_at, cached_at,
    generation, fetched_at, status_since)
  SELECT f.shop_id, r.campaign_id, r.ad_type, r.name, r.status, r.campaign_placement, r.bidding_method,
    r.campaign_budget, r.start_time, r.end_time, r.item_count, r.roas_target, r.raw_data, now(), now(), f.generation,
    f.fetched_at, f.fetched_at
  FROM fence f CROSS JOIN input r
  -- An unchanged row is not even locked: a lock is a write to its page.
  LEFT JOIN apishopee_ads_campaign_data known ON known.shop_id = f.shop_id AND known.campaign_id = r.campaign_id
  WHERE f.touch OR known.vanished_at IS NOT NULL
    OR (known.ad_type, known.name, known.status, known.campaign_placement, known.bidding_method, known.campaign_budget,
      known.start_time, known.end_time, known.item_count, known.roas_target, known.raw_data)
    IS DISTINCT FROM (r.ad_type, r.name, r.status, r.campaign_placement, r.bidding_method, r.campaign_budget,
      r.start_time, r.end_time, r.item_count, r.roas_target, r.raw_data)
  ON CONFLICT (shop_id, campaign_id) DO UPDATE
  SET ad_type = EXCLUDED.ad_type, name = EXCLUDED.name, status = EXCLUDED.status,
    campaign_placement = EXCLUDED.campaign_placement, bidding_method = EXCLUDED.bidding_method,
    campaign_budget = EXCLUDED.campaign_budget, start_time = EXCLUDED.start_time, end_time = EXCLUDED.end_time,
    item_count = EXCLUDED.item_count, roas_target = EXCLUDED.roas_target, raw_data = EXCLUDED.raw_data,
    synced_at = EXCLUDED.synced_at, cached_at = EXCLUDED.cached_at, generation = EXCLUDED.generation,
    fetched_at = EXCLUDED.fetched_at, vanished_at = NULL,
    status_since = CASE WHEN old.status IS DISTINCT FROM EXCLUDED.status OR old.vanished_at IS NOT NULL
      THEN EXCLUDED.status_since ELSE old.status_since END
  WHERE (old.generation, coalesce(old.fetched_at, '-infinity')) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence) OR old.vanished_at IS NOT NULL
      OR (old.ad_type, old.name, old.status, old.campaign_placement, old.bidding_method, old.campaign_budget,
        old.start_time, old.end_time, old.item_count, old.roas_target, old.raw_data)
      IS DISTINCT FROM (EXCLUDED.ad_type, EXCLUDED.name, EXCLUDED.status, EXCLUDED.campaign_placement,
        EXCLUDED.bidding_method, EXCLUDED.campaign_budget, EXCLUDED.start_time, EXCLUDED.end_time,
        EXCLUDED.item_count, EXCLUDED.roas_target, EXCLUDED.raw_data))
  RETURNING old.campaign_id, old.status_since
), since AS (
  SELECT r.campaign_id, coalesce(w.status_since, c.status_since) AS at
  FROM fence f CROSS JOIN input r
  LEFT JOIN written w ON w.campaign_id = r.campaign_id
  LEFT JOIN apishopee_ads_campaign_data c ON c.shop_id = f.shop_id AND c.campaign_id = r.campaign_id
  WHERE r.status IS DISTINCT FROM 'ongoing'
), listed AS MATERIALIZED (
  SELECT l.first, l.last, l.ids FROM jsonb_to_record(nullif($4::jsonb, 'null')) AS l (first bigint, last bigint, ids bigint[])
  WHERE l.first IS NOT NULL
), gone AS MATERIALIZED (
  SELECT v.id::bigint AS campaign_id FROM jsonb_array_elements_text($3::jsonb) AS v (id)
  UNION
  SELECT c.campaign_id FROM fence f CROSS JOIN listed l
  JOIN apishopee_ads_campaign_data c ON c.shop_id = f.shop_id AND c.campaign_id BETWEEN l.first AND l.last
  WHERE c.vanished_at IS NULL AND c.campaign_id <> ALL (l.ids)
), vanished AS (
  UPDATE apishopee_ads_campaign_data old
  SET vanished_at = coalesce(old.vanished_at, now()), status = 'deleted', generation = f.generation,
    fetched_at = f.fetched_at,
    status_since = CASE WHEN old.status IS DISTINCT FROM 'deleted' THEN f.fetched_at ELSE old.status_since END
  FROM fence f CROSS JOIN gone g
  WHERE old.shop_id = f.shop_id AND old.campaign_id = g.campaign_id
    AND NOT EXISTS (SELECT FROM input r WHERE r.campaign_id = old.campaign_id)
    AND (old.generation, coalesce(old.fetched_at, '-infinity')) <= (f.generation, f.fetched_at)
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
SELECT jsonb_build_object(
  'rows', jsonb_build_object(
    'fenced', EXISTS (SELECT FROM fence),
    'written', (SELECT count(*) FROM written),
    'unchanged', CASE WHEN EXISTS (SELECT FROM fence)
      THEN (SELECT count(*) FROM input) - (SELECT count(*) FROM written) ELSE 0 END),
  'status_since_ms', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.campaign_id, ads_unix_ms(s.at))
    ORDER BY s.campaign_id), '[]') FROM since s WHERE s.at IS NOT NULL))::text
