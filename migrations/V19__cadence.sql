-- How often shops are synced, how fresh they are to be, and how long a sync takes. NULL inherits the default that stands
-- in v_ads_freshness.

ALTER TABLE apishopee_ads_sync_settings
  ADD COLUMN IF NOT EXISTS sync_minutes INTEGER CHECK (sync_minutes BETWEEN 15 AND 1440),
  ADD COLUMN IF NOT EXISTS idle_sync_minutes INTEGER CHECK (idle_sync_minutes BETWEEN 15 AND 1440),
  ADD COLUMN IF NOT EXISTS freshness_minutes INTEGER CHECK (freshness_minutes BETWEEN 15 AND 10080);
COMMENT ON COLUMN apishopee_ads_sync_settings.sync_minutes IS
  'A shop that spends is synced this often (15). ads-sync-job looks every 15 minutes.';
COMMENT ON COLUMN apishopee_ads_sync_settings.idle_sync_minutes IS
  'A shop that has not spent today or yesterday is synced this often, and never more often than others (120).';
COMMENT ON COLUMN apishopee_ads_sync_settings.freshness_minutes IS
  'The objective: the data are never older (twice the time between two syncs, and 15 minutes for the sync itself).';

-- A row a shop. The data are as old as the beginning of the last realtime run that was completed.
CREATE OR REPLACE VIEW v_ads_freshness AS
SELECT s.shop_id, s.shop_name,
  (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok' AS is_syncable,
  shop.spends, times.cadence_minutes, objective.freshness_minutes,
  last.started_at AS last_begun_at,
  last.started_at + make_interval(mins => times.cadence_minutes) AS due_at,
  done.started_at AS data_as_of,
  round(extract(epoch FROM now() - done.started_at) / 60, 1) AS age_minutes,
  coalesce(done.started_at, s.created_at, '-infinity') > now() - make_interval(mins => objective.freshness_minutes)
    AS is_fresh
FROM apishopee_shops s
LEFT JOIN apishopee_ads_sync_settings own ON own.shop_id = s.shop_id
LEFT JOIN apishopee_ads_sync_settings deployment ON deployment.shop_id = 0
LEFT JOIN LATERAL (
  SELECT r.started_at, r.status FROM apishopee_ads_sync_runs r
  WHERE r.shop_id = s.shop_id AND r.kind = 'realtime' ORDER BY r.generation DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (
  SELECT r.started_at FROM apishopee_ads_sync_runs r
  WHERE r.shop_id = s.shop_id AND r.kind = 'realtime' AND r.status = 'completed'
  ORDER BY r.generation DESC LIMIT 1) done ON true
CROSS JOIN LATERAL (
  SELECT done.started_at IS NULL OR EXISTS (
    SELECT FROM apishopee_ads_shop_performance_daily d
    WHERE d.shop_id = s.shop_id AND d.expense > 0
      AND d.performance_date >= (now() AT TIME ZONE ads_region_time_zone(s.region))::date - 1) AS spends) shop
CROSS JOIN LATERAL (
  SELECT coalesce(own.sync_minutes, deployment.sync_minutes, 15) AS busy,
    coalesce(own.idle_sync_minutes, deployment.idle_sync_minutes, 120) AS idle) setting
CROSS JOIN LATERAL (
  -- What has failed is tried again as if the shop spent: nobody knows.
  SELECT CASE WHEN shop.spends OR last.status = 'failed' THEN setting.busy ELSE greatest(setting.busy, setting.idle) END
    AS cadence_minutes) times
CROSS JOIN LATERAL (
  SELECT coalesce(own.freshness_minutes, deployment.freshness_minutes, 2 * times.cadence_minutes + 15)
    AS freshness_minutes) objective;

-- How long realtime runs and backfills take, by the size of the shop; the last seven days.
CREATE OR REPLACE VIEW v_ads_sync_time_by_size AS
SELECT r.kind, size.campaigns_from, size.campaigns_to, count(*) AS runs,
  round(avg(extract(epoch FROM r.ended_at - r.started_at)), 1) AS average_seconds,
  round((percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM r.ended_at - r.started_at)))::numeric, 1)
    AS p95_seconds
FROM apishopee_ads_sync_runs r
JOIN (VALUES (0, 200), (201, 1000), (1001, 5000), (5001, 200000)) AS size (campaigns_from, campaigns_to)
  ON r.total_campaigns BETWEEN size.campaigns_from AND size.campaigns_to
WHERE r.status = 'completed' AND r.ended_at > now() - interval '7 days'
GROUP BY 1, 2, 3;

-- When running runs are likely to end: as the shop's last five of the same kind did, else as far as this one has come.
-- Never before what the run waits for; NULL while there is nothing to go by.
CREATE OR REPLACE VIEW v_ads_sync_eta AS
SELECT p.shop_id, p.generation, p.started_at, before.runs AS runs_before,
  round(before.seconds::numeric, 1) AS usual_seconds,
  greatest(now(), p.waiting_until, p.started_at + make_interval(secs => coalesce(before.seconds,
    extract(epoch FROM now() - p.started_at) * p.units_planned / nullif(p.units_done, 0))::double precision)) AS eta_at
FROM apishopee_ads_sync_progress p
CROSS JOIN LATERAL (
  SELECT count(*) AS runs, avg(extract(epoch FROM r.ended_at - r.started_at)) AS seconds
  FROM (
    SELECT r.started_at, r.ended_at FROM apishopee_ads_sync_runs r
    WHERE r.shop_id = p.shop_id AND r.kind = p.run_kind AND r.status = 'completed' AND r.generation < p.generation
    ORDER BY r.generation DESC LIMIT 5) r) before
WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  AND (before.runs > 0 OR (p.units_done > 0 AND p.units_planned > 0));

-- Queues a realtime sync for every shop with a token of use that is due and has no job waiting or running. Ticks come
-- a little early or late, so whoever is due within half of their time is due now.
CREATE OR REPLACE FUNCTION ads_enqueue_due_syncs(p_trigger TEXT DEFAULT NULL) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  queued INTEGER;
BEGIN
  -- Two calls at once would both find no job; the second waits here, then sees what the first has queued.
  PERFORM FROM apishopee_shops s
  WHERE (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok'
  ORDER BY s.shop_id FOR NO KEY UPDATE;
  INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, status, scheduled_at, trigger)
  SELECT f.shop_id, 'realtime', 0, 'pending', now(), p_trigger
  FROM v_ads_freshness f
  WHERE f.is_syncable AND (f.due_at IS NULL OR f.due_at <= now() + interval '7 minutes 30 seconds')
    AND NOT EXISTS (
      SELECT FROM apishopee_ads_sync_queue q
      WHERE q.shop_id = f.shop_id AND q.status IN ('pending', 'processing') AND q.is_chunk IS NOT TRUE);
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;
