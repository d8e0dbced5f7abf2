-- schedules.admission
-- $1 shop, $2 campaigns, $3 ids of schedules. What new or changed schedules of these campaigns are validated against, in one snapshot.
WITH asked AS (
  SELECT ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb) AS c (value)) AS campaigns,
    ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($3::jsonb) AS i (value)) AS ids
)
SELECT jsonb_build_object(
  'local', to_char(now() AT TIME ZONE ads_region_time_zone(s.region), 'YYYY-MM-DD"T"HH24:MI:SS'),
  'region', coalesce(upper(trim(s.region)), ''),
  'rules', ads_budget_rules(s.shop_id),
  'print', ads_budget_schedules_print(s.shop_id, asked.campaigns),
  'of_shop', (SELECT count(*) FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id),
  'campaigns', coalesce((SELECT jsonb_agg(jsonb_build_object('campaign_id', c.campaign_id, 'name', c.name,
      'ad_type', c.ad_type, 'status', c.status, 'is_gone', c.vanished_at IS NOT NULL) ORDER BY c.campaign_id)
    FROM apishopee_ads_campaign_data c
    WHERE c.shop_id = s.shop_id AND c.campaign_id = ANY (asked.campaigns)), '[]'),
  -- Only searched where a campaign is unknown: there is no index for it.
  'elsewhere', CASE WHEN EXISTS (SELECT FROM unnest(asked.campaigns) AS u (id) WHERE NOT EXISTS (
      SELECT FROM apishopee_ads_campaign_data c WHERE c.shop_id = s.shop_id AND c.campaign_id = u.id))
    THEN coalesce((SELECT jsonb_agg(DISTINCT c.campaign_id) FROM apishopee_ads_campaign_data c
      WHERE c.shop_id <> s.shop_id AND c.campaign_id = ANY (asked.campaigns)), '[]')
    ELSE '[]' END,
  'schedules', coalesce((SELECT jsonb_agg(ads_budget_schedule_json(b) ORDER BY b.campaign_id, b.id)
    FROM apishopee_scheduled_ads_budget b
    WHERE b.shop_id = s.shop_id AND b.campaign_id = ANY (asked.campaigns)), '[]'),
  'made', coalesce((SELECT jsonb_agg(ads_budget_schedule_json(b) ORDER BY b.id)
    FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id AND b.id = ANY (asked.ids)), '[]'))::text
FROM apishopee_shops s CROSS JOIN asked
WHERE s.shop_id = $1
