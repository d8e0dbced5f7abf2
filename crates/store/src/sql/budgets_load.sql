-- budgets.load
-- Elsewhere an unknown region means Singapore's clock; here it means none. A budget read or written here since the last sync
-- is newer than the sync's (a sync does not write unchanged rows).
SELECT jsonb_build_object(
  'local', CASE WHEN upper(trim(s.region)) = 'SG' OR ads_region_time_zone(s.region) <> ads_region_time_zone('SG')
    THEN to_char(now() AT TIME ZONE ads_region_time_zone(s.region), 'YYYY-MM-DD"T"HH24:MI:SS') END,
  'at_ms', ads_unix_ms(now()),
  'looked', (SELECT to_char(l.looked_at AT TIME ZONE ads_region_time_zone(s.region), 'YYYY-MM-DD"T"HH24:MI:SS')
    FROM apishopee_ads_budget_leases l WHERE l.shop_id = s.shop_id),
  'changed', coalesce((SELECT jsonb_object_agg(b.id,
      to_char(b.updated_at AT TIME ZONE ads_region_time_zone(s.region), 'YYYY-MM-DD"T"HH24:MI:SS'))
    FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id AND b.is_active AND b.updated_at IS NOT NULL), '{}'),
  'region', coalesce(upper(trim(s.region)), ''),
  'rules', ads_budget_rules(s.shop_id),
  'knows_limits', EXISTS (SELECT FROM apishopee_ads_budget_limits l
    WHERE l.shop_id = s.shop_id AND l.fetched_at > now() - interval '1 day'),
  'schedules', coalesce((SELECT jsonb_agg(ads_budget_schedule_row(b) ORDER BY b.campaign_id, b.id)
    FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id AND b.is_active), '[]'),
  'states', coalesce((SELECT jsonb_agg(jsonb_build_object('campaign_id', t.campaign_id, 'known', t.known,
      'write', t.write) ORDER BY t.campaign_id)
    FROM apishopee_ads_budget_state t WHERE t.shop_id = s.shop_id
      AND (t.write IS NOT NULL OR t.known -> 'applied' ->> 'before' IS NOT NULL
        OR EXISTS (SELECT FROM apishopee_scheduled_ads_budget b
          WHERE b.shop_id = t.shop_id AND b.campaign_id = t.campaign_id AND b.is_active))), '[]'),
  'budgets', coalesce((SELECT jsonb_agg(jsonb_build_object('campaign_id', campaign_id, 'budget', CASE
      WHEN is_newer THEN seen ELSE c.campaign_budget::text END) ORDER BY campaign_id)
    FROM (SELECT * FROM apishopee_ads_campaign_data WHERE shop_id = s.shop_id) c
    FULL JOIN (SELECT campaign_id, known ->> 'seen' AS seen, updated_at FROM apishopee_ads_budget_state
      WHERE shop_id = s.shop_id AND known ->> 'seen' IS NOT NULL) t USING (campaign_id)
    LEFT JOIN (SELECT max(started_at) AS at FROM apishopee_ads_sync_runs
      WHERE shop_id = s.shop_id AND kind = 'realtime' AND status = 'completed') synced ON true
    CROSS JOIN LATERAL (
      SELECT coalesce(t.updated_at >= coalesce(greatest(c.fetched_at, synced.at), '-infinity'), false)) AS n (is_newer)
    WHERE is_newer OR (c.status IN ('ongoing', 'scheduled') AND c.vanished_at IS NULL)), '[]'),
  'day_starts', coalesce((SELECT jsonb_agg(jsonb_build_object('campaign_id', l.campaign_id,
      'budget', l.old_budget::text) ORDER BY l.campaign_id)
    FROM (
      SELECT DISTINCT ON (o.campaign_id) o.campaign_id, o.old_budget FROM apishopee_ads_budget_logs o
      WHERE o.shop_id = s.shop_id AND o.status <> 'skipped' AND o.old_budget IS NOT NULL
        AND o.executed_at >= date_trunc('day', now() AT TIME ZONE ads_region_time_zone(s.region))
          AT TIME ZONE ads_region_time_zone(s.region)
      ORDER BY o.campaign_id, o.executed_at
    ) l), '[]'))::text
FROM apishopee_shops s
WHERE s.shop_id = $1
