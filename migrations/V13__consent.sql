-- Whether a shop's tokens are of use. A shop in 'reconsent' needs its seller to authorize the app again; until then
-- it is not synced. Whoever writes new tokens by SQL writes token_state = 'ok' with them.

ALTER TABLE apishopee_shops
  ADD COLUMN IF NOT EXISTS token_state TEXT NOT NULL DEFAULT 'ok' CHECK (token_state IN ('ok', 'reconsent')),
  ADD COLUMN IF NOT EXISTS token_error TEXT,
  ADD COLUMN IF NOT EXISTS authorized_until TIMESTAMPTZ;
COMMENT ON COLUMN apishopee_shops.token_state IS
  'ok, or reconsent: the platform refuses the tokens for good. Who writes new tokens sets it to ok with them.';
COMMENT ON COLUMN apishopee_shops.token_error IS 'Why token_state is reconsent.';
COMMENT ON COLUMN apishopee_shops.authorized_until IS 'The end of the seller''s consent, if it is known.';

-- Queues a sync for every shop that has a token of use. A realtime sync is left out where any job waits or runs; a
-- backfill where one of its own kind does, so that a long realtime sync never costs a day's backfill.
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
