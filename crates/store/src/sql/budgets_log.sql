lines AS (
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
