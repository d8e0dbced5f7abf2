-- shops.load
SELECT jsonb_build_object(
  'shop_id', s.shop_id,
  'shop_name', s.shop_name,
  'region', s.region,
  'access_token', nullif(s.access_token, ''),
  'refresh_token', nullif(s.refresh_token, ''),
  'partner_id', s.partner_id,
  'partner_key', nullif(s.partner_key, ''),
  'token_expires_at_ms', ads_unix_ms(s.token_expires_at),
  'token_state', s.token_state,
  'token_error', s.token_error,
  'info_is_old', coalesce(s.info_at < now() - interval '1 day', true),
  'today', (now() AT TIME ZONE ads_region_time_zone(s.region))::date,
  'time_zone', ads_region_time_zone(s.region),
  'generation_floor', greatest(0,
    (SELECT p.generation FROM apishopee_ads_sync_progress p WHERE p.shop_id = s.shop_id),
    (SELECT y.generation FROM apishopee_ads_sync_status y WHERE y.shop_id = s.shop_id),
    (SELECT max(r.generation) FROM apishopee_ads_sync_runs r WHERE r.shop_id = s.shop_id)),
  'settings', jsonb_build_object(
    'chunk_size', coalesce(own.chunk_size, deployment.chunk_size),
    'direct_threshold', coalesce(own.direct_threshold, deployment.direct_threshold),
    'window_chunks', coalesce(own.window_chunks, deployment.window_chunks),
    'list_page_size', coalesce(own.list_page_size, deployment.list_page_size),
    'lease_seconds', coalesce(own.lease_seconds, deployment.lease_seconds),
    'max_attempts', coalesce(own.max_attempts, deployment.max_attempts),
    'dynamic_chunks', coalesce(own.dynamic_chunks, deployment.dynamic_chunks),
    'shop_calls_per_second', coalesce(own.shop_calls_per_second, deployment.shop_calls_per_second),
    'queued_seconds', coalesce(own.queued_seconds, deployment.queued_seconds),
    'realtime_days', coalesce(own.realtime_days, deployment.realtime_days),
    'realtime_hourly_days', coalesce(own.realtime_hourly_days, deployment.realtime_hourly_days),
    'realtime_all_campaigns', coalesce(own.realtime_all_campaigns, deployment.realtime_all_campaigns),
    'backfill_days', coalesce(own.backfill_days, deployment.backfill_days),
    'backfill_hourly_days', coalesce(own.backfill_hourly_days, deployment.backfill_hourly_days),
    'backfill_day_hourly', coalesce(own.backfill_day_hourly, deployment.backfill_day_hourly),
    'backfill_settings', coalesce(own.backfill_settings, deployment.backfill_settings),
    'queue_batch', deployment.queue_batch,
    'app_calls_per_second', deployment.app_calls_per_second,
    'breaker_seconds', deployment.breaker_seconds))::text
FROM apishopee_shops s
LEFT JOIN apishopee_ads_sync_settings own ON own.shop_id = s.shop_id
LEFT JOIN apishopee_ads_sync_settings deployment ON deployment.shop_id = 0
WHERE s.shop_id = $1
