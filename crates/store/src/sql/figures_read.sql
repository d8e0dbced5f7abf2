-- figures.read
-- $1 shop, $2 campaign, $3 by hour, $4 first day, $5 last day
WITH shop AS (
  SELECT s.shop_id, coalesce($5::date, (now() AT TIME ZONE ads_region_time_zone(s.region))::date) AS last_day
  FROM apishopee_shops s WHERE s.shop_id = $1
), span AS (
  SELECT shop_id, coalesce($4::date, last_day - 6) AS first_day, last_day FROM shop
), rows AS (
  SELECT performance_date, NULL::integer AS hour, impression, clicks, expense, broad_order, broad_gmv, broad_item_sold, direct_order, direct_gmv, direct_item_sold, fetched_at
  FROM apishopee_ads_performance_daily, span
  WHERE NOT $3 AND campaign_id = $2 AND apishopee_ads_performance_daily.shop_id = $1 AND performance_date BETWEEN first_day AND last_day
  UNION ALL
  SELECT performance_date, hour, impression, clicks, expense, broad_order, broad_gmv, broad_item_sold, direct_order, direct_gmv, direct_item_sold, fetched_at
  FROM apishopee_ads_performance_hourly, span
  WHERE $3 AND campaign_id = $2 AND apishopee_ads_performance_hourly.shop_id = $1 AND performance_date BETWEEN first_day AND last_day
  UNION ALL
  SELECT performance_date, NULL, impression, clicks, expense, broad_order, broad_gmv, broad_item_sold, direct_order, direct_gmv, direct_item_sold, fetched_at
  FROM apishopee_ads_shop_performance_daily, span
  WHERE NOT $3 AND $2 IS NULL AND apishopee_ads_shop_performance_daily.shop_id = $1 AND performance_date BETWEEN first_day AND last_day
  UNION ALL
  SELECT performance_date, hour, impression, clicks, expense, broad_order, broad_gmv, broad_item_sold, direct_order, direct_gmv, direct_item_sold, fetched_at
  FROM apishopee_ads_shop_performance_hourly, span
  WHERE $3 AND $2 IS NULL AND apishopee_ads_shop_performance_hourly.shop_id = $1 AND performance_date BETWEEN first_day AND last_day
)
SELECT jsonb_build_object('from', span.first_day, 'to', span.last_day, 'items', coalesce((
    SELECT jsonb_agg(jsonb_build_object('date', r.performance_date, 'hour', r.hour, 'impressions', coalesce(r.impression, 0),
      'clicks', coalesce(r.clicks, 0), 'expense', coalesce(r.expense, 0)::text, 'orders', coalesce(r.broad_order, 0),
      'gmv', coalesce(r.broad_gmv, 0)::text, 'items_sold', coalesce(r.broad_item_sold, 0),
      'direct_orders', coalesce(r.direct_order, 0), 'direct_gmv', coalesce(r.direct_gmv, 0)::text,
      'direct_items_sold', coalesce(r.direct_item_sold, 0), 'fetched_at_ms', ads_unix_ms(r.fetched_at))
      ORDER BY r.performance_date, r.hour)
    FROM rows r), '[]'))::text
FROM span
