-- Runs that nothing works on, and rows that somebody still will.

-- The time of unix milliseconds, 1970 to 9999: a program that means "for ever" may give any large number.
CREATE OR REPLACE FUNCTION ads_from_unix_ms(ms BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_timestamp(least(greatest(ms, 0), 253402300799000) / 1000.0)
$$;

CREATE INDEX IF NOT EXISTS apishopee_ads_sync_runs_running
  ON apishopee_ads_sync_runs (started_at) WHERE status = 'running';

-- Frees what nobody works on any more: jobs go back in line while they have retries left and then fail; chunks
-- without their run fail, as nothing will ever take them. A shop whose run waits for a known time is left alone.
CREATE OR REPLACE FUNCTION cleanup_stuck_ads_sync() RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  freed INTEGER;
BEGIN
  WITH abandoned AS (
    SELECT q.id FROM apishopee_ads_sync_queue q
    WHERE (q.status = 'processing' OR (q.status = 'pending' AND q.is_chunk))
      AND coalesce(q.claimed_until, q.started_at, q.created_at, '-infinity') < now() - interval '30 minutes'
      AND NOT EXISTS (
        SELECT FROM apishopee_ads_sync_progress p
        WHERE p.shop_id = q.shop_id AND (p.generation = q.generation OR p.waiting_until > now())
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
