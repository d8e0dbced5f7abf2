-- budgets.looked
-- $1 shop, $2 fence, $3 when, unix ms, $4 log lines of missed slots. A late repetition changes nothing.
WITH held AS (
  UPDATE apishopee_ads_budget_leases SET looked_at = ads_from_unix_ms($3)
  WHERE shop_id = $1 AND fence = $2 AND (looked_at IS NULL OR looked_at < ads_from_unix_ms($3))
  RETURNING 1
), given AS (
  SELECT l.*
  FROM jsonb_to_recordset($4::jsonb) AS l (campaign_id bigint, schedule_id uuid, action text, slot_date date,
    old_budget numeric, new_budget numeric, status text, error_message text)
  WHERE EXISTS (SELECT FROM held)
), lines AS (
  -- The log may have a foreign key on schedules: a line of one that is gone names none.
  SELECT g.*, b.id AS present_id, b.created_by, coalesce(nullif(b.campaign_name, ''), c.name) AS campaign_name
  FROM given g
  LEFT JOIN apishopee_scheduled_ads_budget b ON b.id = g.schedule_id
  LEFT JOIN apishopee_ads_campaign_data c ON c.shop_id = $1 AND c.campaign_id = g.campaign_id
), logged AS (
  INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, campaign_name, schedule_id, old_budget, new_budget, status,
    error_message, executed_at, action, slot_date)
  SELECT $1, campaign_id, campaign_name, present_id, old_budget, new_budget, status, error_message, now(), action, slot_date
  FROM lines
)
, over AS (
  UPDATE apishopee_ads_alerts SET resolved_at = now()
  WHERE kind = 'budget_missed' AND shop_id = $1 AND resolved_at IS NULL AND last_seen_at < now() - interval '1 day'
    AND EXISTS (SELECT FROM held)
)
SELECT to_jsonb(EXISTS (SELECT FROM held))::text
