-- Settings of the pace of calls and of chunks that change their size. NULL inherits, as in the columns before.

ALTER TABLE apishopee_ads_sync_settings
  ADD COLUMN IF NOT EXISTS dynamic_chunks BOOLEAN,
  ADD COLUMN IF NOT EXISTS shop_calls_per_second NUMERIC(8,3) CHECK (shop_calls_per_second BETWEEN 0.01 AND 1000),
  ADD COLUMN IF NOT EXISTS app_calls_per_second NUMERIC(8,3) CHECK (app_calls_per_second BETWEEN 0.01 AND 5000),
  ADD COLUMN IF NOT EXISTS breaker_seconds INTEGER CHECK (breaker_seconds BETWEEN 1 AND 3600),
  ADD COLUMN IF NOT EXISTS queued_seconds INTEGER CHECK (queued_seconds BETWEEN 5 AND 3600);

-- All shops share the app, so no shop has a word in it.
ALTER TABLE apishopee_ads_sync_settings
  DROP CONSTRAINT IF EXISTS app_calls_per_second_is_of_the_deployment,
  DROP CONSTRAINT IF EXISTS breaker_seconds_is_of_the_deployment;
ALTER TABLE apishopee_ads_sync_settings
  ADD CONSTRAINT app_calls_per_second_is_of_the_deployment CHECK (shop_id = 0 OR app_calls_per_second IS NULL),
  ADD CONSTRAINT breaker_seconds_is_of_the_deployment CHECK (shop_id = 0 OR breaker_seconds IS NULL);

COMMENT ON COLUMN apishopee_ads_sync_settings.dynamic_chunks IS
  'Whether chunks shrink when they are slow or fail, and grow back.';
COMMENT ON COLUMN apishopee_ads_sync_settings.breaker_seconds IS
  'The first pause of all calls after the platform has refused the app; it doubles while the refusals go on.';
COMMENT ON COLUMN apishopee_ads_sync_settings.queued_seconds IS
  'How long a chunk message may be under way before the chunk is sent again.';
