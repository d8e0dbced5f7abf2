-- campaigns.list
-- $1 shop, $2 search, $3 status, $4 first day, $5 last day, $6 sort, $7 ascending, $8 and $9 sort key and id of the last one of the
-- page before, $10 maximum number of rows
WITH shop AS (
  SELECT s.shop_id, coalesce($5::date, (now() AT TIME ZONE ads_region_time_zone(s.region))::date) AS last_day
  FROM apishopee_shops s WHERE s.shop_id = $1
), span AS (
  SELECT shop_id, coalesce($4::date, last_day - 6) AS first_day, last_day FROM shop
), figures AS (
  SELECT d.campaign_id, sum(d.expense) AS expense, sum(d.broad_gmv) AS gmv, sum(d.broad_order) AS orders,
    sum(d.clicks) AS clicks, sum(d.impression) AS impressions
  FROM apishopee_ads_performance_daily d, span
  WHERE d.shop_id = $1 AND d.performance_date BETWEEN span.first_day AND span.last_day
  GROUP BY d.campaign_id
), found AS (
  SELECT c.campaign_id, c.name, c.ad_type, c.status, c.campaign_placement, c.bidding_method, c.campaign_budget, c.roas_target,
    c.item_count, c.fetched_at, c.vanished_at, coalesce(f.expense, 0) AS expense, coalesce(f.gmv, 0) AS gmv,
    coalesce(f.orders, 0) AS orders, coalesce(f.clicks, 0) AS clicks, coalesce(f.impressions, 0) AS impressions,
    round(f.gmv / nullif(f.expense, 0), 4) AS roas
  FROM apishopee_ads_campaign_data c LEFT JOIN figures f USING (campaign_id)
  WHERE c.shop_id = $1 AND ($3 IS NULL OR c.status = $3)
    AND ($2 IS NULL OR strpos(lower(c.name), lower($2)) > 0 OR c.campaign_id::text = $2)
), sorted AS (
  SELECT found.*, CASE WHEN $7 THEN -1 ELSE 1 END * coalesce(CASE $6
    WHEN 'expense' THEN expense WHEN 'roas' THEN roas WHEN 'gmv' THEN gmv WHEN 'orders' THEN orders WHEN 'clicks' THEN clicks
    WHEN 'impressions' THEN impressions WHEN 'budget' THEN campaign_budget ELSE campaign_id END, -1) AS sort_key
  FROM found
), page AS (
  SELECT * FROM sorted
  WHERE $8 IS NULL OR (sort_key, campaign_id) < ($8::numeric, $9)
  ORDER BY sort_key DESC, campaign_id DESC LIMIT $10
)
SELECT jsonb_build_object('from', span.first_day, 'to', span.last_day, 'items', coalesce((
    SELECT jsonb_agg(jsonb_build_object('campaign_id', p.campaign_id, 'name', p.name, 'ad_type', p.ad_type, 'status', p.status,
      'placement', p.campaign_placement, 'bidding_method', p.bidding_method, 'budget', p.campaign_budget::text,
      'roas_target', p.roas_target::text, 'item_count', p.item_count, 'fetched_at_ms', ads_unix_ms(p.fetched_at),
      'vanished_at_ms', ads_unix_ms(p.vanished_at), 'expense', p.expense::text, 'gmv', p.gmv::text, 'orders', p.orders,
      'clicks', p.clicks, 'impressions', p.impressions, 'roas', p.roas::text, 'sort_key', p.sort_key::text)
      ORDER BY p.sort_key DESC, p.campaign_id DESC)
    FROM page p), '[]'))::text
FROM span
