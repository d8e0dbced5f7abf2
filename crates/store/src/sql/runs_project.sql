-- runs.project
-- $1: the projection. Returns a row if it was written.
WITH projection AS MATERIALIZED (
  SELECT x.*, x.stage IN ('completed', 'failed') AS ended
  FROM jsonb_to_record($1::jsonb) AS x (shop_id bigint, generation bigint, rev bigint, stage text, mode text,
    total_campaigns int, synced_campaigns int, current_chunk int, total_chunks int, chunks_done int,
    chunks_planned int, units_done bigint, units_planned bigint, failed_chunks int[], error_message text,
    waiting_reason text, waiting_until_ms bigint, jobs uuid[], job_error text, job_result jsonb, receipt jsonb,
    chunk_rows jsonb, claim_seconds int, chunked boolean)
), progress AS (
  UPDATE apishopee_ads_sync_progress p
  SET projection_rev = i.rev, sync_stage = i.stage, is_complete = (i.stage = 'completed'),
    total_campaigns = i.total_campaigns, synced_campaigns = i.synced_campaigns, current_chunk = i.current_chunk,
    total_chunks = i.total_chunks, chunks_done = i.chunks_done, chunks_planned = i.chunks_planned,
    units_done = i.units_done, units_planned = i.units_planned,
    failed_chunks = i.failed_chunks, error_message = i.error_message, waiting_reason = i.waiting_reason,
    waiting_until = ads_from_unix_ms(i.waiting_until_ms),
    last_chunk_at = CASE WHEN i.chunks_done > p.chunks_done OR i.units_done > p.units_done
      OR i.total_campaigns > p.total_campaigns OR i.stage <> p.sync_stage THEN now() ELSE p.last_chunk_at END,
    redrive_count = CASE WHEN i.chunks_done > p.chunks_done OR i.units_done > p.units_done
      OR i.total_campaigns > p.total_campaigns THEN 0 ELSE p.redrive_count END,
    completed_at = CASE WHEN i.ended THEN coalesce(p.completed_at, now()) END,
    updated_at = now()
  FROM projection i
  WHERE p.shop_id = i.shop_id AND p.generation = i.generation AND p.projection_rev < i.rev AND p.sync_stage <> 'idle'
  RETURNING i.*
), status AS (
  UPDATE apishopee_ads_sync_status s
  SET is_syncing = NOT i.ended,
    last_sync_at = CASE WHEN i.stage = 'completed' THEN now() ELSE s.last_sync_at END,
    last_sync_error = CASE i.stage WHEN 'completed' THEN NULL WHEN 'failed' THEN i.error_message
      ELSE s.last_sync_error END,
    sync_progress = jsonb_build_object('generation', i.generation, 'kind', s.sync_progress -> 'kind', 'stage', i.stage,
      'percent', CASE WHEN i.stage = 'completed' THEN 100
        WHEN i.units_planned > 0 THEN least(100, trunc(100.0 * i.units_done / i.units_planned, 1))
        WHEN i.chunks_planned > 0 THEN round(100.0 * i.chunks_done / i.chunks_planned, 1) ELSE 0 END)
      || CASE WHEN i.receipt ? 'account' THEN jsonb_build_object('account', i.receipt -> 'account') ELSE '{}' END,
    total_campaigns = CASE WHEN i.ended THEN i.total_campaigns ELSE s.total_campaigns END,
    listed_empty = CASE WHEN i.total_campaigns > 0 THEN NULL ELSE s.listed_empty END,
    ongoing_campaigns = CASE WHEN i.ended THEN (
      SELECT count(*) FROM apishopee_ads_campaign_data c
      WHERE c.shop_id = i.shop_id AND c.status = 'ongoing' AND c.vanished_at IS NULL) ELSE s.ongoing_campaigns END,
    updated_at = now()
  FROM progress i WHERE s.shop_id = i.shop_id
), jobs AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = CASE WHEN i.ended THEN i.stage ELSE 'processing' END,
    generation = i.generation,
    started_at = coalesce(q.started_at, now()),
    claimed_until = CASE WHEN NOT i.ended THEN now() + make_interval(secs => i.claim_seconds) END,
    completed_at = CASE WHEN i.ended THEN now() END,
    error_message = CASE WHEN i.ended THEN i.job_error ELSE i.waiting_reason END,
    result = CASE WHEN i.ended THEN i.job_result END
  FROM progress i
  WHERE q.id = ANY (i.jobs) AND q.is_chunk IS NOT TRUE AND q.status IN ('pending', 'processing')
), run AS (
  UPDATE apishopee_ads_sync_runs r
  SET mode = coalesce(i.mode, r.mode), receipt = coalesce(i.receipt, r.receipt), error_message = i.error_message,
    total_campaigns = i.total_campaigns, total_chunks = i.total_chunks,
    status = CASE WHEN i.ended THEN i.stage ELSE 'running' END,
    ended_at = CASE WHEN i.ended THEN coalesce(r.ended_at, now()) END
  FROM progress i WHERE r.shop_id = i.shop_id AND r.generation = i.generation
), projected AS MATERIALIZED (
  SELECT i.shop_id, i.generation, i.jobs, c.*, q.id AS row_id
  FROM progress i
  CROSS JOIN jsonb_to_recordset(i.chunk_rows) AS c (stage text, chunk_index int, chunk_size int, status text,
    attempt int, error_message text, result jsonb)
  LEFT JOIN apishopee_ads_sync_queue q ON q.is_chunk AND q.shop_id = i.shop_id AND q.generation = i.generation
    AND q.stage = c.stage AND q.chunk_index = c.chunk_index
  WHERE i.chunked
), free AS MATERIALIZED (
  -- A row locked by another transaction is being deleted by an operator, whose next statement may be about the
  -- progress row: to wait here while holding that row could deadlock.
  SELECT q.id FROM apishopee_ads_sync_queue q JOIN projected d ON d.row_id = q.id FOR UPDATE OF q SKIP LOCKED
), chunks AS (
  INSERT INTO apishopee_ads_sync_queue AS q (shop_id, generation, is_chunk, sync_type, sync_params, priority, trigger,
    stage, chunk_index, chunk_size, status, attempt, retry_count, started_at, completed_at, error_message, result)
  SELECT d.shop_id, d.generation, true, r.kind, r.params,
    coalesce((SELECT max(j.priority) FROM apishopee_ads_sync_queue j WHERE j.id = ANY (d.jobs)), 0), r.trigger,
    d.stage, d.chunk_index, d.chunk_size, d.status, d.attempt, greatest(d.attempt - 1, 0),
    CASE WHEN d.status <> 'pending' THEN now() END, CASE WHEN d.status IN ('completed', 'failed') THEN now() END,
    d.error_message, d.result
  FROM projected d
  JOIN apishopee_ads_sync_runs r ON r.shop_id = d.shop_id AND r.generation = d.generation
  WHERE d.row_id IS NULL OR d.row_id IN (SELECT free.id FROM free)
  ON CONFLICT (shop_id, generation, stage, chunk_index) WHERE is_chunk AND generation IS NOT NULL DO UPDATE
  SET status = EXCLUDED.status, chunk_size = EXCLUDED.chunk_size, attempt = EXCLUDED.attempt,
    retry_count = EXCLUDED.retry_count, started_at = coalesce(q.started_at, EXCLUDED.started_at),
    completed_at = CASE WHEN EXCLUDED.completed_at IS NOT NULL THEN coalesce(q.completed_at, EXCLUDED.completed_at) END,
    error_message = EXCLUDED.error_message, result = coalesce(EXCLUDED.result, q.result)
  -- The row becomes 'completed' together with the data; the object may learn of it later.
  WHERE q.status <> 'completed' OR EXCLUDED.status = 'completed'
)
SELECT 'true' FROM progress
