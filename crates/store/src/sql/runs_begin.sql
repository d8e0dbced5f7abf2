-- runs.begin
-- $1 shop, $2 generation, $3 kind, $4 trigger, $5 params, $6 job. Returns a row if the run is new.
-- A generation is never begun twice: the progress row may be missing because an operator has deleted it.
WITH progress AS (
  INSERT INTO apishopee_ads_sync_progress AS p (shop_id, generation, run_kind, sync_stage, is_complete, failed_chunks,
    started_at, last_chunk_at, updated_at)
  SELECT $1, $2, $3, 'syncing_campaigns', false, '{}', now(), now(), now()
  WHERE NOT EXISTS (SELECT FROM apishopee_ads_sync_status s WHERE s.shop_id = $1 AND s.generation >= $2)
  ON CONFLICT (shop_id) DO UPDATE
  SET generation = EXCLUDED.generation, projection_rev = 0, run_kind = EXCLUDED.run_kind,
    sync_stage = EXCLUDED.sync_stage, is_complete = false, total_campaigns = 0, synced_campaigns = 0,
    current_chunk = 0, total_chunks = 0, chunks_done = 0, chunks_planned = 0, units_done = 0,
    units_planned = 0, chunk_counts = '{}', failed_chunks = '{}', redrive_count = 0, waiting_reason = NULL, waiting_until = NULL, error_message = NULL,
    started_at = now(), last_chunk_at = now(), completed_at = NULL, updated_at = now()
  WHERE p.generation < EXCLUDED.generation
  RETURNING p.shop_id, p.generation
), status AS (
  INSERT INTO apishopee_ads_sync_status AS s (shop_id, generation, is_syncing, sync_progress, updated_at)
  SELECT p.shop_id, p.generation, true,
    jsonb_build_object('generation', p.generation, 'kind', $3, 'stage', 'syncing_campaigns', 'percent', 0), now()
  FROM progress p
  ON CONFLICT (shop_id) DO UPDATE
  SET generation = greatest(s.generation, EXCLUDED.generation), is_syncing = true,
    sync_progress = EXCLUDED.sync_progress, updated_at = now()
), run AS (
  INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, params)
  SELECT p.shop_id, p.generation, $3, $4, $5::jsonb FROM progress p
  ON CONFLICT DO NOTHING
), job AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'processing', generation = p.generation, started_at = coalesce(q.started_at, now()), error_message = NULL
  FROM progress p
  WHERE q.id = $6::uuid AND q.is_chunk IS NOT TRUE AND q.status IN ('pending', 'processing')
)
SELECT 'true' FROM progress
