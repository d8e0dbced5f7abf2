-- Chunks may be cut while a run goes on, so their number may change; the work itself does not. It is counted in
-- units, campaigns times stages and one for the shop's totals, and the percentage is that of the units.

ALTER TABLE apishopee_ads_sync_progress
  ADD COLUMN IF NOT EXISTS units_done BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS units_planned BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN apishopee_ads_sync_progress.units_planned IS
  'Campaigns times stages and one for the shop''s totals; 0 before the plan and in a run kept by hand.';

CREATE OR REPLACE VIEW v_ads_sync_progress_status AS
SELECT
  p.shop_id,
  s.shop_name,
  coalesce(p.sync_stage, 'idle') AS sync_stage,
  coalesce(p.current_chunk, 0) AS current_chunk,
  coalesce(p.total_chunks, 0) AS total_chunks,
  CASE
    WHEN p.sync_stage = 'completed' THEN 100.0
    -- Cut off, not rounded: 100 is said by a completed run alone.
    WHEN p.units_planned > 0 AND p.run_kind IS DISTINCT FROM 'manual'
      THEN least(100.0, trunc(100.0 * p.units_done / p.units_planned, 1))
    WHEN p.chunks_planned > 0 AND p.run_kind IS DISTINCT FROM 'manual'
      THEN round(100.0 * p.chunks_done / p.chunks_planned, 1)
    -- By hand, campaigns are all there is to count.
    WHEN p.total_campaigns > 0 THEN least(100.0, round(100.0 * coalesce(p.synced_campaigns, 0) / p.total_campaigns, 1))
    ELSE 0.0
  END AS progress_percent,
  coalesce(p.synced_campaigns, 0) AS synced_campaigns,
  coalesce(p.total_campaigns, 0) AS total_campaigns,
  round(extract(epoch FROM now() - p.last_chunk_at) / 60, 1) AS minutes_since_last_chunk,
  coalesce(cardinality(p.failed_chunks), 0) AS failed_chunk_count,
  p.error_message,
  p.last_chunk_at,
  p.started_at,
  p.completed_at,
  p.is_complete,
  p.failed_chunks,
  p.generation,
  p.run_kind,
  p.waiting_reason,
  p.waiting_until
FROM apishopee_ads_sync_progress p
LEFT JOIN apishopee_shops s ON s.shop_id = p.shop_id;

-- As before, with the units set back.
CREATE OR REPLACE FUNCTION init_ads_sync_progress(p_shop_id BIGINT, p_total_campaigns INTEGER)
RETURNS TABLE (shop_id BIGINT, total_chunks INTEGER, chunk_size INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  size INTEGER;
  chunks INTEGER;
  next_generation BIGINT;
BEGIN
  IF p_shop_id IS NULL OR p_shop_id <= 0 THEN
    RAISE EXCEPTION 'p_shop_id is %; a shop id is a positive number', coalesce(p_shop_id::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_total_campaigns IS NULL OR p_total_campaigns < 0 THEN
    RAISE EXCEPTION 'p_total_campaigns is %; allowed are 0 and above', coalesce(p_total_campaigns::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  size := coalesce(
    (SELECT s.chunk_size FROM apishopee_ads_sync_settings s WHERE s.shop_id = p_shop_id),
    (SELECT s.chunk_size FROM apishopee_ads_sync_settings s WHERE s.shop_id = 0),
    100);
  chunks := ceil(p_total_campaigns::NUMERIC / size);

  INSERT INTO apishopee_ads_sync_progress (shop_id) VALUES (p_shop_id) ON CONFLICT (shop_id) DO NOTHING;
  PERFORM FROM apishopee_ads_sync_progress p WHERE p.shop_id = p_shop_id FOR UPDATE;
  next_generation := 1 + greatest(
    (SELECT p.generation FROM apishopee_ads_sync_progress p WHERE p.shop_id = p_shop_id),
    (SELECT s.generation FROM apishopee_ads_sync_status s WHERE s.shop_id = p_shop_id),
    (SELECT max(r.generation) FROM apishopee_ads_sync_runs r WHERE r.shop_id = p_shop_id));
  UPDATE apishopee_ads_sync_progress p
  SET generation = next_generation, projection_rev = 0, run_kind = 'manual', sync_stage = 'syncing_campaigns',
    total_campaigns = p_total_campaigns, synced_campaigns = 0, current_chunk = 0, total_chunks = chunks,
    chunks_done = 0, chunks_planned = chunks, units_done = 0, units_planned = 0, chunk_counts = '{}',
    failed_chunks = '{}', is_complete = false, started_at = now(), last_chunk_at = now(), completed_at = NULL,
    error_message = NULL, redrive_count = 0, waiting_reason = NULL, waiting_until = NULL, updated_at = now()
  WHERE p.shop_id = p_shop_id;
  INSERT INTO apishopee_ads_sync_status AS s (shop_id, generation, is_syncing, total_campaigns)
  VALUES (p_shop_id, next_generation, true, p_total_campaigns)
  ON CONFLICT (shop_id) DO UPDATE
  SET generation = next_generation, is_syncing = true, total_campaigns = p_total_campaigns, updated_at = now();

  RETURN QUERY SELECT p_shop_id, chunks, size;
END
$$;
