-- Progress kept by hand. Names, parameters and defaults are what operators' scripts call; what they return may
-- differ from an older installation's, and a return type cannot be replaced in place.
DO $$
DECLARE
  old RECORD;
BEGIN
  FOR old IN
    SELECT p.oid::regprocedure AS signature
    FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
      AND p.proname IN ('init_ads_sync_progress', 'update_chunk_progress', 'complete_sync_progress',
        'process_sync_queue_with_chunks', 'enqueue_all_shops_sync', 'cleanup_old_sync_queue',
        'cleanup_stuck_ads_sync')
  LOOP
    EXECUTE format('DROP FUNCTION %s', old.signature);
  END LOOP;
END
$$;

-- Takes a shop over by hand. The new generation fences off whatever is still running for it.
CREATE FUNCTION init_ads_sync_progress(p_shop_id BIGINT, p_total_campaigns INTEGER)
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
    chunks_done = 0, chunks_planned = chunks, chunk_counts = '{}', failed_chunks = '{}', is_complete = false,
    started_at = now(), last_chunk_at = now(), completed_at = NULL, error_message = NULL, redrive_count = 0,
    waiting_reason = NULL, waiting_until = NULL, updated_at = now()
  WHERE p.shop_id = p_shop_id;
  INSERT INTO apishopee_ads_sync_status AS s (shop_id, generation, is_syncing, total_campaigns)
  VALUES (p_shop_id, next_generation, true, p_total_campaigns)
  ON CONFLICT (shop_id) DO UPDATE
  SET generation = next_generation, is_syncing = true, total_campaigns = p_total_campaigns, updated_at = now();

  RETURN QUERY SELECT p_shop_id, chunks, size;
END
$$;

-- Reports one chunk of a takeover by hand. Saying the same twice changes nothing: counters are derived from the
-- set of reported chunks.
CREATE FUNCTION update_chunk_progress(p_shop_id BIGINT, p_chunk_index INTEGER, p_synced_count INTEGER,
  p_success BOOLEAN DEFAULT true, p_error_message TEXT DEFAULT NULL)
RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  progress apishopee_ads_sync_progress;
  counts JSONB;
  failed INTEGER[];
BEGIN
  SELECT * INTO progress FROM apishopee_ads_sync_progress p WHERE p.shop_id = p_shop_id FOR UPDATE;
  IF NOT FOUND OR progress.sync_stage NOT IN ('syncing_campaigns', 'syncing_performance') THEN
    RAISE EXCEPTION 'shop % has no sync in progress; init_ads_sync_progress begins one', p_shop_id
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF progress.run_kind IS NOT NULL AND progress.run_kind <> 'manual' THEN
    RAISE EXCEPTION 'run % of shop % keeps its own progress; init_ads_sync_progress takes the shop over',
      progress.generation, p_shop_id USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF p_chunk_index IS NULL OR p_chunk_index < 0 OR p_chunk_index >= progress.total_chunks THEN
    RAISE EXCEPTION 'p_chunk_index is %; shop % has % chunks, counted from 0',
      coalesce(p_chunk_index::TEXT, 'NULL'), p_shop_id, progress.total_chunks
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_success AND (p_synced_count IS NULL OR p_synced_count < 0) THEN
    RAISE EXCEPTION 'p_synced_count is %; allowed are 0 and above', coalesce(p_synced_count::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;

  counts := progress.chunk_counts;
  failed := coalesce(progress.failed_chunks, '{}');
  IF p_success THEN
    counts := counts || jsonb_build_object(p_chunk_index::TEXT, p_synced_count);
    failed := array_remove(failed, p_chunk_index);
  ELSIF NOT counts ? p_chunk_index::TEXT AND NOT p_chunk_index = ANY (failed) THEN
    failed := (SELECT array_agg(i ORDER BY i) FROM unnest(failed || p_chunk_index) AS i);
  END IF;
  UPDATE apishopee_ads_sync_progress p
  SET chunk_counts = counts, failed_chunks = failed,
    synced_campaigns = least(progress.total_campaigns, (SELECT coalesce(sum(value::BIGINT), 0) FROM jsonb_each_text(counts))),
    chunks_done = (SELECT count(*) FROM jsonb_object_keys(counts)),
    current_chunk = (SELECT count(*) FROM jsonb_object_keys(counts)) + cardinality(failed),
    error_message = CASE
      WHEN cardinality(failed) = 0 THEN NULL
      WHEN p_chunk_index = ANY (failed) THEN coalesce(p_error_message, progress.error_message)
      ELSE progress.error_message
    END,
    last_chunk_at = now(), updated_at = now()
  WHERE p.shop_id = p_shop_id;
END
$$;

-- Moves a shop's stage by hand. 'completed' is refused for what is not done.
CREATE FUNCTION complete_sync_progress(p_shop_id BIGINT, p_stage TEXT DEFAULT 'completed')
RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  progress apishopee_ads_sync_progress;
  active_run BOOLEAN;
  failed INTEGER;
BEGIN
  IF p_stage IS NULL
    OR p_stage NOT IN ('idle', 'syncing_campaigns', 'syncing_performance', 'completed', 'failed') THEN
    RAISE EXCEPTION 'p_stage is %; allowed are idle, syncing_campaigns, syncing_performance, completed, failed',
      coalesce(p_stage, 'NULL') USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT * INTO progress FROM apishopee_ads_sync_progress p WHERE p.shop_id = p_shop_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'shop % has no progress row; init_ads_sync_progress makes one', p_shop_id
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  active_run := progress.run_kind <> 'manual' AND progress.sync_stage IN ('syncing_campaigns', 'syncing_performance');
  failed := coalesce(cardinality(progress.failed_chunks), 0);
  IF p_stage = 'completed' AND progress.sync_stage <> 'completed' THEN
    IF active_run THEN
      RAISE EXCEPTION 'run % of shop % is still active (% of % chunks); it completes itself',
        progress.generation, p_shop_id, progress.chunks_done, progress.chunks_planned
        USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF progress.sync_stage NOT IN ('syncing_campaigns', 'syncing_performance') THEN
      RAISE EXCEPTION 'shop % is %, nothing is in progress that could complete', p_shop_id, progress.sync_stage
        USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF failed > 0 OR (SELECT count(*) FROM jsonb_object_keys(progress.chunk_counts)) < progress.total_chunks THEN
      RAISE EXCEPTION 'shop % is not done: % of % chunks are done, % failed',
        p_shop_id, progress.chunks_done, progress.total_chunks, failed
        USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
  END IF;

  UPDATE apishopee_ads_sync_progress p
  SET sync_stage = p_stage, is_complete = (p_stage = 'completed'),
    completed_at = CASE WHEN p_stage IN ('completed', 'failed') THEN now() END,
    -- A run that is still active has lost the row, and stops when it notices.
    generation = CASE WHEN coalesce(active_run, false) THEN progress.generation + 1 ELSE progress.generation END,
    run_kind = CASE WHEN coalesce(active_run, false) THEN 'manual' ELSE progress.run_kind END,
    waiting_reason = NULL, waiting_until = NULL, updated_at = now()
  WHERE p.shop_id = p_shop_id;
  UPDATE apishopee_ads_sync_status s
  SET is_syncing = p_stage IN ('syncing_campaigns', 'syncing_performance'),
    generation = greatest(s.generation, progress.generation + coalesce(active_run, false)::INTEGER),
    last_sync_at = CASE WHEN p_stage = 'completed' THEN now() ELSE s.last_sync_at END,
    last_sync_error = CASE p_stage WHEN 'completed' THEN NULL WHEN 'failed' THEN progress.error_message
      ELSE s.last_sync_error END,
    updated_at = now()
  WHERE s.shop_id = p_shop_id;
END
$$;
