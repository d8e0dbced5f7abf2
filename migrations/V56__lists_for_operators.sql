-- Lists of all shops are read newest first, page by page.
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_runs_time ON apishopee_ads_sync_runs (ads_unix_ms(started_at) DESC);
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_queue_time ON apishopee_ads_sync_queue (coalesce(ads_unix_ms(created_at), 0) DESC)
  WHERE is_chunk IS NOT TRUE;

-- Somebody has seen it, or does not want to be told of it for a while. Both end with the alert.
ALTER TABLE apishopee_ads_alerts
  ADD COLUMN IF NOT EXISTS acknowledged_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS acknowledged_by TEXT,
  ADD COLUMN IF NOT EXISTS muted_until TIMESTAMPTZ;

-- Changes some settings of the deployment (shop 0) or of a shop, and says who did it and why. A value of null is inherited again.
-- The answer has both rows; the names and ranges are checked by the caller, and again by the constraints.
CREATE OR REPLACE FUNCTION ads_put_settings(p_shop_id BIGINT, p_values JSONB, p_actor TEXT, p_reason TEXT)
RETURNS JSONB LANGUAGE plpgsql AS $$
DECLARE
  old apishopee_ads_sync_settings;
  new apishopee_ads_sync_settings;
  told JSONB;
BEGIN
  INSERT INTO apishopee_ads_sync_settings (shop_id) VALUES (p_shop_id) ON CONFLICT (shop_id) DO NOTHING;
  SELECT * INTO STRICT old FROM apishopee_ads_sync_settings WHERE shop_id = p_shop_id FOR UPDATE;
  new := jsonb_populate_record(old, p_values);
  new.shop_id := p_shop_id;
  DELETE FROM apishopee_ads_sync_settings WHERE shop_id = p_shop_id;
  INSERT INTO apishopee_ads_sync_settings SELECT (new).*;
  SELECT jsonb_object_agg(key, to_jsonb(old) -> key) INTO told FROM jsonb_object_keys(p_values) AS key;
  INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject, before, after)
  VALUES (p_actor, 'settings.change', nullif(p_shop_id, 0), p_reason, told, p_values);
  RETURN jsonb_build_object('before', told, 'after', p_values);
END
$$;
SELECT ads_close_access(ARRAY['ads_put_settings']);
