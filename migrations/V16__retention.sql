-- How long things are kept, in days. NULL inherits the default that stands in cleanup_old_sync_data.

ALTER TABLE apishopee_ads_sync_settings
  ADD COLUMN IF NOT EXISTS keep_queue_days INTEGER CHECK (keep_queue_days BETWEEN 1 AND 3650),
  -- A backfill brings a week back; what it has just fetched must not go at once.
  ADD COLUMN IF NOT EXISTS keep_hourly_days INTEGER CHECK (keep_hourly_days BETWEEN 31 AND 3650),
  ADD COLUMN IF NOT EXISTS keep_runs_days INTEGER CHECK (keep_runs_days BETWEEN 1 AND 3650),
  ADD COLUMN IF NOT EXISTS keep_changes_days INTEGER CHECK (keep_changes_days BETWEEN 1 AND 3650),
  ADD COLUMN IF NOT EXISTS keep_dead_letters_days INTEGER CHECK (keep_dead_letters_days BETWEEN 1 AND 3650),
  ADD COLUMN IF NOT EXISTS keep_alerts_days INTEGER CHECK (keep_alerts_days BETWEEN 1 AND 3650),
  ADD COLUMN IF NOT EXISTS keep_audit_log_days INTEGER CHECK (keep_audit_log_days BETWEEN 1 AND 3650);
ALTER TABLE apishopee_ads_sync_settings
  DROP CONSTRAINT IF EXISTS retention_is_of_the_deployment;
ALTER TABLE apishopee_ads_sync_settings
  ADD CONSTRAINT retention_is_of_the_deployment CHECK (shop_id = 0 OR num_nonnulls(keep_queue_days, keep_hourly_days,
    keep_runs_days, keep_changes_days, keep_dead_letters_days, keep_alerts_days, keep_audit_log_days) = 0);

-- Rows come in the order of their days, so that a summary of blocks finds the oldest at next to no cost for writers.
CREATE INDEX IF NOT EXISTS apishopee_ads_performance_hourly_day
  ON apishopee_ads_performance_hourly USING brin (performance_date) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS apishopee_ads_campaign_changes_time
  ON apishopee_ads_campaign_changes USING brin (at) WITH (autosummarize = on);

-- Deletes jobs and chunks that ended over keep_queue_days ago, at most 50,000 a call.
CREATE OR REPLACE FUNCTION cleanup_old_sync_queue() RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  kept INTERVAL := make_interval(days => coalesce(
    (SELECT s.keep_queue_days FROM apishopee_ads_sync_settings s WHERE s.shop_id = 0), 7));
  deleted INTEGER;
BEGIN
  DELETE FROM apishopee_ads_sync_queue q WHERE q.id IN (
    SELECT old.id FROM apishopee_ads_sync_queue old
    WHERE old.status IN ('completed', 'failed') AND coalesce(old.completed_at, old.created_at) < now() - kept
    LIMIT 50000 FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END
$$;

-- Deletes what is older than the settings keep it, at most p_limit rows of each table; the answer counts them. Called
-- again until all counts are 0. A shop's newest run and open alerts stay, however old they are.
CREATE OR REPLACE FUNCTION cleanup_old_sync_data(p_limit INTEGER DEFAULT 20000) RETURNS JSONB LANGUAGE plpgsql AS $$
DECLARE
  keep RECORD;
  deleted INTEGER;
  done JSONB := '{}';
BEGIN
  IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 100000 THEN
    RAISE EXCEPTION 'p_limit is %; allowed are 1 to 100000', coalesce(p_limit::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT (now() AT TIME ZONE 'UTC')::date - coalesce(s.keep_hourly_days, 90) AS hourly,
    now() - make_interval(days => coalesce(s.keep_runs_days, 90)) AS runs,
    now() - make_interval(days => coalesce(s.keep_changes_days, 365)) AS changes,
    now() - make_interval(days => coalesce(s.keep_dead_letters_days, 30)) AS dead_letters,
    now() - make_interval(days => coalesce(s.keep_alerts_days, 90)) AS alerts,
    now() - make_interval(days => coalesce(s.keep_audit_log_days, 730)) AS audit_log
  INTO keep FROM (SELECT) AS one LEFT JOIN apishopee_ads_sync_settings s ON s.shop_id = 0;

  done := done || jsonb_build_object('queue', cleanup_old_sync_queue());

  DELETE FROM apishopee_ads_performance_hourly WHERE id IN (
    SELECT id FROM apishopee_ads_performance_hourly WHERE performance_date < keep.hourly
    LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('hourly', deleted);

  DELETE FROM apishopee_ads_shop_performance_hourly WHERE id IN (
    SELECT id FROM apishopee_ads_shop_performance_hourly WHERE performance_date < keep.hourly
    LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('shop_hourly', deleted);

  DELETE FROM apishopee_ads_sync_runs WHERE (shop_id, generation) IN (
    SELECT old.shop_id, old.generation FROM apishopee_ads_sync_runs old
    WHERE old.ended_at < keep.runs AND EXISTS (SELECT FROM apishopee_ads_sync_runs newer
      WHERE newer.shop_id = old.shop_id AND newer.generation > old.generation)
    LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('runs', deleted);

  DELETE FROM apishopee_ads_campaign_changes WHERE id IN (
    SELECT id FROM apishopee_ads_campaign_changes WHERE at < keep.changes LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('changes', deleted);

  DELETE FROM apishopee_ads_dead_letters WHERE id IN (
    SELECT id FROM apishopee_ads_dead_letters WHERE received_at < keep.dead_letters
    LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('dead_letters', deleted);

  DELETE FROM apishopee_ads_alerts WHERE id IN (
    SELECT id FROM apishopee_ads_alerts WHERE resolved_at < keep.alerts LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  done := done || jsonb_build_object('alerts', deleted);

  DELETE FROM apishopee_ads_audit_log WHERE id IN (
    SELECT id FROM apishopee_ads_audit_log WHERE at < keep.audit_log LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN done || jsonb_build_object('audit_log', deleted);
END
$$;
