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
  'is_disabled', s.disabled_at IS NOT NULL,
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
    'deployment', coalesce(jsonb_strip_nulls(to_jsonb(deployment)) - 'shop_id', '{}'),
    'shop', coalesce(jsonb_strip_nulls(to_jsonb(own)) - 'shop_id', '{}')))::text
FROM apishopee_shops s
LEFT JOIN apishopee_ads_sync_settings own ON own.shop_id = s.shop_id
LEFT JOIN apishopee_ads_sync_settings deployment ON deployment.shop_id = 0
WHERE s.shop_id = $1
