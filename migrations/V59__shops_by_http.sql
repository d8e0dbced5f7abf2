-- A shop can be switched off, which keeps its rows and tokens, and deleted.

ALTER TABLE apishopee_shops ADD COLUMN IF NOT EXISTS disabled_at TIMESTAMPTZ;
COMMENT ON COLUMN apishopee_shops.disabled_at IS
  'Since when nothing is asked of Shopee for the shop: no syncs, no budgets, no refresh of its tokens; NULL: it is on.';

CREATE OR REPLACE VIEW v_ads_freshness AS
SELECT s.shop_id, s.shop_name,
  (coalesce(s.access_token, '') <> '' OR coalesce(s.refresh_token, '') <> '') AND s.token_state = 'ok'
    AND s.disabled_at IS NULL AS is_syncable,
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

-- Queues a sync for every shop that is on, has a token of use and no job of this kind that waits or runs. Other kinds do not count:
-- a backfill that waits must not cost the shop its realtime syncs, which pass it.
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
    AND s.disabled_at IS NULL
    AND NOT EXISTS (
      SELECT FROM apishopee_ads_sync_queue q
      WHERE q.shop_id = s.shop_id AND q.status IN ('pending', 'processing') AND q.is_chunk IS NOT TRUE
        AND q.sync_type = p_sync_type);
  GET DIAGNOSTICS queued = ROW_COUNT;
  RETURN queued;
END
$$;

-- Nothing is written for a shop that is off, as if its kill switch were used.
CREATE OR REPLACE FUNCTION ads_budget_rules(p_shop_id BIGINT) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'region', coalesce(upper(trim(s.region)), ''),
    'deployment', jsonb_build_object(
      'floor', coalesce(of_region.floor, allowed.min_budget)::text,
      'ceiling', of_region.ceiling::text,
      'largest', allowed.max_budget::text,
      'shop_daily_total', of_region.shop_daily_total::text,
      'change_percent_tick', coalesce(of_region.change_percent_tick, of_all.change_percent_tick),
      'change_percent_day', coalesce(of_region.change_percent_day, of_all.change_percent_day),
      'allow_unlimited', coalesce(of_region.allow_unlimited, of_all.allow_unlimited),
      'restore_over_hands', coalesce(of_region.restore_over_hands, of_all.restore_over_hands),
      'enabled', coalesce(of_region.enabled, true) AND coalesce(of_all.enabled, true),
      'dry_run', coalesce(of_region.dry_run, false) OR coalesce(of_all.dry_run, false)),
    'shop', jsonb_build_object(
      'floor', own.floor::text, 'ceiling', own.ceiling::text, 'shop_daily_total', own.shop_daily_total::text,
      'change_percent_tick', own.change_percent_tick, 'change_percent_day', own.change_percent_day,
      'allow_unlimited', own.allow_unlimited, 'restore_over_hands', own.restore_over_hands,
      'enabled', CASE WHEN s.disabled_at IS NULL THEN own.enabled ELSE false END, 'dry_run', own.dry_run))
  FROM (SELECT) AS one
  LEFT JOIN apishopee_shops s ON s.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules own ON own.shop_id = p_shop_id AND own.region = ''
  LEFT JOIN apishopee_ads_budget_rules of_region
    ON of_region.shop_id = 0 AND of_region.region = upper(trim(s.region)) AND of_region.region <> ''
  LEFT JOIN apishopee_ads_budget_limits allowed ON allowed.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules of_all ON of_all.shop_id = 0 AND of_all.region = ''
$$;

-- Deletes a shop, at most p_limit rows of each table a call: first what steers it, with p_data also what was fetched and done. The
-- answer counts the rows; is_gone says that nothing is left. The audit log stays. NULL: there is no such shop.
CREATE OR REPLACE FUNCTION ads_delete_shop(p_shop_id BIGINT, p_data BOOLEAN, p_limit INTEGER, p_actor TEXT) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
  steering CONSTANT TEXT[] := ARRAY['apishopee_ads_sync_queue', 'apishopee_ads_sync_progress', 'apishopee_ads_sync_status',
    'apishopee_ads_sync_settings', 'apishopee_scheduled_ads_budget', 'apishopee_ads_budget_state', 'apishopee_ads_budget_leases',
    'apishopee_ads_budget_limits', 'apishopee_ads_budget_changes', 'apishopee_ads_budget_rules', 'apishopee_ads_consent_links',
    'apishopee_ads_alerts'];
  fetched CONSTANT TEXT[] := ARRAY['apishopee_ads_campaign_data', 'apishopee_ads_campaign_changes', 'apishopee_ads_performance_daily',
    'apishopee_ads_performance_hourly', 'apishopee_ads_shop_performance_daily', 'apishopee_ads_shop_performance_hourly',
    'apishopee_ads_shop_balance', 'apishopee_ads_sync_runs', 'apishopee_ads_budget_logs'];
  name TEXT;
  rows INTEGER;
  deleted JSONB := '{}';
  is_gone BOOLEAN := true;
BEGIN
  IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 100000 THEN
    RAISE EXCEPTION 'p_limit is %; allowed are 1 to 100000', coalesce(p_limit::TEXT, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE apishopee_shops SET disabled_at = coalesce(disabled_at, now()) WHERE shop_id = p_shop_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  FOREACH name IN ARRAY steering || CASE WHEN p_data THEN fetched ELSE '{}' END LOOP
    EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE shop_id = $1 LIMIT $2))', name)
      USING p_shop_id, p_limit;
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_gone := is_gone AND rows < p_limit;
    deleted := deleted || jsonb_build_object(name, rows);
  END LOOP;
  IF is_gone THEN
    DELETE FROM apishopee_shops WHERE shop_id = p_shop_id;
    INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, after)
    VALUES (p_actor, 'shop.delete', p_shop_id, jsonb_build_object('data', p_data));
  END IF;
  RETURN jsonb_build_object('rows', deleted, 'is_gone', is_gone);
END
$$;

SELECT ads_close_access(ARRAY['v_ads_freshness', 'enqueue_all_shops_sync', 'ads_budget_rules', 'ads_delete_shop']);
