-- The queue, by hand and on schedule.

-- A statement in Postgres cannot run a sync. This puts jobs at the head of the line, whatever time they were
-- scheduled for; the next tick of the queue processor, or POST /v1/queue/process, runs them.
CREATE FUNCTION process_sync_queue_with_chunks(batch_size INTEGER DEFAULT 5)
RETURNS JSONB LANGUAGE plpgsql AS $$
DECLARE
  chosen JSONB;
BEGIN
  IF batch_size IS NULL OR batch_size NOT BETWEEN 1 AND 500 THEN
    RAISE EXCEPTION 'batch_size is %; allowed are 1 to 500', coalesce(batch_size::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  WITH next AS (
    SELECT q.id FROM apishopee_ads_sync_queue q
    WHERE q.status = 'pending' AND q.is_chunk IS NOT TRUE
    -- The order in which jobs are claimed. As no job of a higher priority is left out, due is all they need to be.
    ORDER BY q.priority DESC NULLS LAST, q.scheduled_at NULLS FIRST, q.created_at, q.id
    LIMIT batch_size FOR UPDATE SKIP LOCKED
  ), due AS (
    UPDATE apishopee_ads_sync_queue q SET scheduled_at = least(q.scheduled_at, now())
    FROM next WHERE q.id = next.id
    RETURNING q.id, q.shop_id, q.sync_type, q.priority
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('job_id', due.id, 'shop_id', due.shop_id, 'sync_type', due.sync_type,
    'status', 'due') ORDER BY due.priority DESC NULLS LAST, due.id), '[]')
  INTO chosen FROM due;
  RETURN jsonb_build_object('processed', jsonb_array_length(chosen), 'success', jsonb_array_length(chosen),
    'errors', 0, 'details', chosen,
    'message', 'These jobs are due now; the next tick of the queue processor, or POST /v1/queue/process, runs them.');
END
$$;

-- Queues a sync for every shop that has a token. A realtime sync is left out where any job waits or runs; a
-- backfill where one of its own kind does, so that a long realtime sync never costs a day's backfill.
CREATE FUNCTION enqueue_all_shops_sync(p_sync_type TEXT, p_priority INTEGER, p_trigger TEXT DEFAULT NULL)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  queued INTEGER;
BEGIN
  IF p_sync_type IS NULL OR p_sync_type NOT IN ('realtime', 'backfill_day', 'backfill_full') THEN
    RAISE EXCEPTION 'p_sync_type is %; allowed are realtime, backfill_day, backfill_full',
      coalesce(p_sync_type, 'NULL') USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Two calls at once would both find no job; the second waits here, then sees what the first has queued.
  PERFORM FROM apishopee_shops s WHERE coalesce(s.access_token, '') <> '' ORDER BY s.shop_id FOR NO KEY UPDATE;
  INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, status, scheduled_at, trigger)
  SELECT s.shop_id, p_sync_type, coalesce(p_priority, 0), 'pending', now(), p_trigger
  FROM apishopee_shops s
  WHERE coalesce(s.access_token, '') <> '' AND NOT EXISTS (
    SELECT FROM apishopee_ads_sync_queue q
    WHERE q.shop_id = s.shop_id AND q.status IN ('pending', 'processing') AND q.is_chunk IS NOT TRUE
      AND (p_sync_type = 'realtime' OR q.sync_type = p_sync_type));
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;

-- Deletes jobs and chunks that ended over 7 days ago, at most 50,000 a call.
CREATE FUNCTION cleanup_old_sync_queue() RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  deleted INTEGER;
BEGIN
  DELETE FROM apishopee_ads_sync_queue q WHERE q.id IN (
    SELECT old.id FROM apishopee_ads_sync_queue old
    WHERE old.status IN ('completed', 'failed')
      AND coalesce(old.completed_at, old.created_at) < now() - interval '7 days'
    LIMIT 50000 FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END
$$;

-- Frees what nobody works on any more: jobs go back in line while they have retries left and then fail; chunks
-- without their run fail, as nothing will ever take them.
CREATE FUNCTION cleanup_stuck_ads_sync() RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  freed INTEGER;
BEGIN
  WITH abandoned AS (
    SELECT q.id FROM apishopee_ads_sync_queue q
    WHERE (q.status = 'processing' OR (q.status = 'pending' AND q.is_chunk))
      AND coalesce(q.claimed_until, q.started_at, q.created_at, '-infinity') < now() - interval '30 minutes'
      AND NOT EXISTS (
        SELECT FROM apishopee_ads_sync_progress p
        WHERE p.shop_id = q.shop_id AND p.generation = q.generation
          AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance'))
    LIMIT 5000 FOR UPDATE SKIP LOCKED
  ), decided AS (
    SELECT q.id, q.is_chunk IS NOT TRUE AND coalesce(q.retry_count, 0) < coalesce(q.max_retries, 3) AS again
    FROM apishopee_ads_sync_queue q JOIN abandoned USING (id)
  )
  UPDATE apishopee_ads_sync_queue q
  SET status = CASE WHEN d.again THEN 'pending' ELSE 'failed' END,
    retry_count = coalesce(q.retry_count, 0) + d.again::INTEGER,
    scheduled_at = CASE WHEN d.again THEN now() ELSE q.scheduled_at END,
    claimed_until = NULL,
    completed_at = CASE WHEN d.again THEN NULL ELSE now() END,
    error_message = CASE
      WHEN d.again THEN 'stopped without an end; waits for another try'
      WHEN q.is_chunk THEN 'the run of this chunk is no longer active'
      ELSE format('stopped without an end %s times; no retries are left', coalesce(q.retry_count, 0) + 1)
    END
  FROM decided d WHERE q.id = d.id;
  GET DIAGNOSTICS freed = ROW_COUNT;
  RETURN freed;
END
$$;
