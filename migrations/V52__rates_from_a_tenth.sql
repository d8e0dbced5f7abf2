-- The program takes no rate below 0.1 calls a second: a smaller one was stored, and every run of the shop failed with it. Those
-- that are there become the smallest that works.

UPDATE apishopee_ads_sync_settings SET shop_calls_per_second = 0.1 WHERE shop_calls_per_second < 0.1;
UPDATE apishopee_ads_sync_settings SET app_calls_per_second = 0.1 WHERE app_calls_per_second < 0.1;

ALTER TABLE apishopee_ads_sync_settings
  DROP CONSTRAINT IF EXISTS apishopee_ads_sync_settings_shop_calls_per_second_check,
  DROP CONSTRAINT IF EXISTS apishopee_ads_sync_settings_app_calls_per_second_check;
ALTER TABLE apishopee_ads_sync_settings
  ADD CONSTRAINT apishopee_ads_sync_settings_shop_calls_per_second_check CHECK (shop_calls_per_second BETWEEN 0.1 AND 1000),
  ADD CONSTRAINT apishopee_ads_sync_settings_app_calls_per_second_check CHECK (app_calls_per_second BETWEEN 0.1 AND 5000);

COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_days IS
  'Days of performance that a full backfill fetches, today included; 8 by default.';
COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_hourly_days IS
  'Days of hourly performance that a full backfill fetches, today included; 8 by default.';
