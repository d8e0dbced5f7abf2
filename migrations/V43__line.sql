-- The line in which jobs stand: who asked for more stands first, then whoever is not a schedule, then realtime syncs before backfills
-- (one that has waited for six hours waits no longer for that), then what is due longest. The same order is in queue.claim_due.

-- A statement in Postgres cannot run a sync. This makes jobs due that stand first in line, whatever time they were scheduled
-- for; the queue processor takes them as places become free.
CREATE OR REPLACE FUNCTION process_sync_queue_with_chunks(batch_size INTEGER DEFAULT 5)
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
    ORDER BY q.priority DESC NULLS LAST, q.trigger IS NOT DISTINCT FROM 'cron',
      (q.sync_type IS DISTINCT FROM 'realtime' AND q.created_at > now() - interval '6 hours') IS TRUE,
      q.scheduled_at NULLS FIRST, q.created_at, q.id
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

-- Queues a sync for every shop that has a token of use and no job of this kind that waits or runs. Other kinds do not count: a
-- backfill that waits must not cost the shop its realtime syncs, which pass it.
CREATE OR REPLACE FUNCTION enqueue_all_shops_sync(p_sync_type TEXT, p_priority INTEGER, p_trigger TEXT DEFAULT NULL)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  queued INTEGER;
BEGIN
  IF p_sync_type IS NULL OR p_sync_type NOT IN ('realtime', 'backfill_day', 'backfill_full') THEN
    RAISE EXCEPTION 'p_sync_type is %; allowed are realtime, backfill_day, backfill_full',
      coalesce(p_sync_type, 'NULL') USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Two calls at once would both find no job; the second waits here, then sees what the first has queued.
  PERFORM FROM apishopee_shops s
  WHERE (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok'
  ORDER BY s.shop_id FOR NO KEY UPDATE;
  INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, status, scheduled_at, trigger)
  SELECT s.shop_id, p_sync_type, coalesce(p_priority, 0), 'pending', now(), p_trigger
  FROM apishopee_shops s
  WHERE (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok'
    AND NOT EXISTS (
      SELECT FROM apishopee_ads_sync_queue q
      WHERE q.shop_id = s.shop_id AND q.status IN ('pending', 'processing') AND q.is_chunk IS NOT TRUE
        AND q.sync_type = p_sync_type);
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;

-- Queues a realtime sync for every shop with a token of use that is due and has none waiting or running. Ticks come a little
-- early or late, so whoever is due within half of their time is due now. Each is scheduled for when it was due: where more is due
-- than the app has calls for, every shop waits for those only that were due before it.
CREATE OR REPLACE FUNCTION ads_enqueue_due_syncs(p_trigger TEXT DEFAULT NULL) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  queued INTEGER;
BEGIN
  -- Two calls at once would both find no job; the second waits here, then sees what the first has queued.
  PERFORM FROM apishopee_shops s
  WHERE (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok'
  ORDER BY s.shop_id FOR NO KEY UPDATE;
  INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, status, scheduled_at, trigger)
  SELECT f.shop_id, 'realtime', 0, 'pending', least(f.due_at, now()), p_trigger
  FROM v_ads_freshness f
  WHERE f.is_syncable AND (f.due_at IS NULL OR f.due_at <= now() + interval '7 minutes 30 seconds')
    AND NOT EXISTS (
      SELECT FROM apishopee_ads_sync_queue q
      WHERE q.shop_id = f.shop_id AND q.status IN ('pending', 'processing') AND q.is_chunk IS NOT TRUE
        AND q.sync_type = 'realtime');
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;

SELECT ads_close_access(ARRAY['process_sync_queue_with_chunks', 'enqueue_all_shops_sync', 'ads_enqueue_due_syncs']);
