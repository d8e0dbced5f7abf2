-- The older scheduler brought back what a slot owed whatever a person had set meanwhile. Who wants that says so.
ALTER TABLE apishopee_ads_budget_rules ADD COLUMN IF NOT EXISTS restore_over_hands BOOLEAN;

COMMENT ON COLUMN apishopee_ads_budget_rules.restore_over_hands IS
  'true: what a slot owes is brought back also over a budget that a person has set since; null: as in the next wider row, false in the end';

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
      'enabled', own.enabled, 'dry_run', own.dry_run))
  FROM (SELECT) AS one
  LEFT JOIN apishopee_shops s ON s.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules own ON own.shop_id = p_shop_id AND own.region = ''
  LEFT JOIN apishopee_ads_budget_rules of_region
    ON of_region.shop_id = 0 AND of_region.region = upper(trim(s.region)) AND of_region.region <> ''
  LEFT JOIN apishopee_ads_budget_limits allowed ON allowed.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules of_all ON of_all.shop_id = 0 AND of_all.region = ''
$$;

SELECT ads_close_access(ARRAY['ads_budget_rules']);
