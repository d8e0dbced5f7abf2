-- When each schedule has done its work last, so that one that has stopped is found: a tick that does not come leaves no other trace.

CREATE TABLE IF NOT EXISTS apishopee_ads_cron_ticks (
  cron TEXT PRIMARY KEY,
  watched_since TIMESTAMPTZ NOT NULL,
  last_at TIMESTAMPTZ,
  last_error TEXT,
  last_error_at TIMESTAMPTZ
);
COMMENT ON COLUMN apishopee_ads_cron_ticks.cron IS 'The name of the schedule.';
COMMENT ON COLUMN apishopee_ads_cron_ticks.watched_since IS 'From when on a tick is missed that does not come.';
COMMENT ON COLUMN apishopee_ads_cron_ticks.last_at IS 'The end of the last tick that succeeded.';
COMMENT ON COLUMN apishopee_ads_cron_ticks.last_error IS 'Why the last tick failed that did; older than last_at if it is over.';

-- A schedule that has never come is missed too.
INSERT INTO apishopee_ads_cron_ticks (cron, watched_since)
SELECT name, now() FROM unnest(ARRAY['ads-sync-queue-processor-chunked', 'ads-sync-stuck-cleanup', 'ads-sync-job',
  'ads-backfill-job', 'ads-budget-scheduler', 'ads-sync-queue-cleanup']) AS name
ON CONFLICT DO NOTHING;

SELECT ads_close_access(ARRAY['apishopee_ads_cron_ticks']);
