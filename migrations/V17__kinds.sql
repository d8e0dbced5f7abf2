-- What each kind of run fetches. NULL inherits the program's default, which stands behind each column.

ALTER TABLE apishopee_ads_sync_settings
  ADD COLUMN IF NOT EXISTS realtime_days INTEGER CHECK (realtime_days BETWEEN 1 AND 8),
  ADD COLUMN IF NOT EXISTS realtime_hourly_days INTEGER CHECK (realtime_hourly_days BETWEEN 0 AND 8),
  ADD COLUMN IF NOT EXISTS realtime_all_campaigns BOOLEAN,
  ADD COLUMN IF NOT EXISTS backfill_days INTEGER CHECK (backfill_days BETWEEN 1 AND 30),
  ADD COLUMN IF NOT EXISTS backfill_hourly_days INTEGER CHECK (backfill_hourly_days BETWEEN 0 AND 30),
  ADD COLUMN IF NOT EXISTS backfill_day_hourly BOOLEAN,
  ADD COLUMN IF NOT EXISTS backfill_settings BOOLEAN;
COMMENT ON COLUMN apishopee_ads_sync_settings.realtime_days IS
  'Days of performance of a realtime run, today included (2).';
COMMENT ON COLUMN apishopee_ads_sync_settings.realtime_hourly_days IS
  'Days of hourly performance of a realtime run, today included (1).';
COMMENT ON COLUMN apishopee_ads_sync_settings.realtime_all_campaigns IS
  'Whether a realtime run fetches the performance of campaigns too that cannot have spent (no).';
COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_days IS
  'Days of performance of a full backfill, today included (7).';
COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_hourly_days IS
  'Days of hourly performance of a full backfill that does not say its days (7).';
COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_day_hourly IS
  'Whether a backfill of one day fetches its hours (yes).';
COMMENT ON COLUMN apishopee_ads_sync_settings.backfill_settings IS
  'Whether backfills fetch the settings of campaigns too (no).';

-- A campaign that was stopped is followed until the days of a run lie behind that. Of older rows nobody knows when it
-- was: for them it begins now.
ALTER TABLE apishopee_ads_campaign_data ADD COLUMN IF NOT EXISTS status_since TIMESTAMPTZ DEFAULT now();
COMMENT ON COLUMN apishopee_ads_campaign_data.status_since IS 'When a sync first saw the campaign in its status.';

-- Calls to Shopee by shop, day and kind of run; the days are those of Shopee's quota (UTC+8).
CREATE OR REPLACE VIEW v_ads_calls_daily AS
SELECT r.shop_id, (r.started_at AT TIME ZONE 'Asia/Singapore')::date AS quota_day, r.kind,
  count(*) AS runs, coalesce(sum((r.receipt ->> 'calls')::bigint), 0)::bigint AS calls
FROM apishopee_ads_sync_runs r
GROUP BY 1, 2, 3;

-- What the shop's totals have beyond the sum of its campaigns: campaigns that Shopee does not list (GMV Max of the whole
-- shop), deleted ones, and figures that no run has fetched yet.
CREATE OR REPLACE VIEW v_ads_unlisted_daily AS
SELECT sides.shop_id, sides.performance_date,
  sum(sides.shop_expense) AS shop_expense, sum(sides.campaigns_expense) AS campaigns_expense,
  sum(sides.shop_expense - sides.campaigns_expense) AS unlisted_expense,
  sum(sides.unlisted_gmv) AS unlisted_broad_gmv, sum(sides.unlisted_order)::bigint AS unlisted_broad_order,
  coalesce(round(sum(sides.shop_expense - sides.campaigns_expense) / nullif(sum(sides.shop_expense), 0), 4), 0)
    AS unlisted_share
FROM (
  SELECT s.shop_id, s.performance_date, 1 AS of_shop, s.expense AS shop_expense, 0 AS campaigns_expense,
    s.broad_gmv AS unlisted_gmv, s.broad_order AS unlisted_order
  FROM apishopee_ads_shop_performance_daily s
  UNION ALL
  SELECT d.shop_id, d.performance_date, 0, 0, d.expense, -d.broad_gmv, -d.broad_order
  FROM apishopee_ads_performance_daily d
) AS sides
GROUP BY sides.shop_id, sides.performance_date
HAVING sum(sides.of_shop) > 0;
