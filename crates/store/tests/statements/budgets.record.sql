-- budgets.record
-- $1 shop, $2 fence, $3 seconds, $4 entries.
WITH held AS (
  UPDATE apishopee_ads_budget_leases SET lease_until = now() + make_interval(secs => $3)
  WHERE shop_id = $1 AND fence = $2
  RETURNING 1
), entries AS (
  SELECT e.* FROM jsonb_to_recordset($4::jsonb) AS e (campaign_id bigint, known jsonb, log jsonb, was_read boolean)
  WHERE EXISTS (SELECT FROM held)
), kept AS (
  -- The time is that of the last budget read.
  INSERT INTO apishopee_ads_budget_state AS old (shop_id, campaign_id, known, write, updated_at)
  SELECT $1, e.campaign_id, e.known, NULL, CASE WHEN e.was_read THEN now() ELSE 'epoch' END FROM entries e
  ON CONFLICT (shop_id, campaign_id) DO UPDATE SET
    known = EXCLUDED.known, write = NULL, updated_at = greatest(old.updated_at, EXCLUDED.updated_at)
), given AS (
  SELECT e.campaign_id, l.*
  FROM entries e
  CROSS JOIN LATERAL jsonb_to_record(e.log) AS l (schedule_id uuid, action text, slot_date date, old_budget numeric,
    new_budget numeric, status text, outcome text, error_message text)
  WHERE jsonb_typeof(e.log) = 'object'
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
, audited AS (
  INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before, after)
  SELECT now(), 'schedule of ' || coalesce(created_by, 'sql'), 'budget.' || action, $1, 'campaign ' || campaign_id,
    CASE WHEN old_budget IS NOT NULL THEN jsonb_build_object('budget', old_budget) END,
    jsonb_build_object('budget', new_budget, 'schedule_id', schedule_id, 'slot_date', slot_date, 'outcome', outcome,
      'why', error_message)
  FROM lines
)
SELECT to_jsonb(EXISTS (SELECT FROM held))::text
