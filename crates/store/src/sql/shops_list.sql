-- shops.list
-- $1: only ids above this one. $2: only this id, or NULL. $3: maximum number of rows.
SELECT jsonb_build_object(
  'shop_id', s.shop_id,
  'shop_name', s.shop_name,
  'region', s.region,
  'disabled_at_ms', ads_unix_ms(s.disabled_at),
  'has_token', coalesce(s.access_token, '') <> '',
  'token_state', s.token_state,
  'progress', CASE WHEN v.shop_id IS NOT NULL THEN to_jsonb(v) || jsonb_build_object(
    'waiting_until_ms', ads_unix_ms(v.waiting_until),
    'started_at_ms', ads_unix_ms(v.started_at),
    'last_chunk_at_ms', ads_unix_ms(v.last_chunk_at),
    'completed_at_ms', ads_unix_ms(v.completed_at)) END,
  'sync', CASE WHEN y.shop_id IS NOT NULL THEN jsonb_build_object(
    'is_syncing', y.is_syncing,
    'last_sync_at_ms', ads_unix_ms(y.last_sync_at),
    'last_sync_error', y.last_sync_error,
    'sync_progress', y.sync_progress,
    'total_campaigns', y.total_campaigns,
    'ongoing_campaigns', y.ongoing_campaigns,
    'generation', y.generation) END,
  'balance', CASE WHEN b.shop_id IS NOT NULL THEN jsonb_build_object('balance', b.balance,
    'data_timestamp', b.data_timestamp) END,
  'freshness', jsonb_build_object(
    'spends', f.spends,
    'cadence_minutes', f.cadence_minutes,
    'freshness_minutes', f.freshness_minutes,
    'age_minutes', f.age_minutes,
    'is_fresh', f.is_fresh,
    'due_at_ms', ads_unix_ms(f.due_at),
    'eta_ms', ads_unix_ms(e.eta_at)))::text
FROM apishopee_shops s
LEFT JOIN v_ads_sync_progress_status v ON v.shop_id = s.shop_id
LEFT JOIN apishopee_ads_sync_status y ON y.shop_id = s.shop_id
LEFT JOIN apishopee_ads_shop_balance b ON b.shop_id = s.shop_id
LEFT JOIN v_ads_freshness f ON f.shop_id = s.shop_id
LEFT JOIN v_ads_sync_eta e ON e.shop_id = s.shop_id
WHERE s.shop_id > $1 AND ($2 IS NULL OR s.shop_id = $2)
ORDER BY s.shop_id
LIMIT $3
