-- What GET /metrics reads of the last day is found by its time, whatever the shop.

CREATE INDEX IF NOT EXISTS apishopee_ads_sync_runs_ended ON apishopee_ads_sync_runs (ended_at) WHERE ended_at IS NOT NULL;
-- The log of budgets only grows, in the order of time.
CREATE INDEX IF NOT EXISTS apishopee_ads_budget_logs_executed ON apishopee_ads_budget_logs
  USING brin (executed_at) WITH (autosummarize = on);

ALTER TABLE apishopee_ads_sync_settings ADD COLUMN IF NOT EXISTS metrics_by_shop BOOLEAN;
COMMENT ON COLUMN apishopee_ads_sync_settings.metrics_by_shop IS
  'GET /metrics has series of each shop too (false). Up to 500 shops have them.';
ALTER TABLE apishopee_ads_sync_settings DROP CONSTRAINT IF EXISTS metrics_by_shop_is_of_the_deployment;
ALTER TABLE apishopee_ads_sync_settings
  ADD CONSTRAINT metrics_by_shop_is_of_the_deployment CHECK (shop_id = 0 OR metrics_by_shop IS NULL);
