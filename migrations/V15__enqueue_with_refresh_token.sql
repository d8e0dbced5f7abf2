-- A shop whose access token has ended but that can get a new one is synced too: after the consent of a main account,
-- that is how a shop begins.
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
        AND (p_sync_type = 'realtime' OR q.sync_type = p_sync_type));
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;
