-- Budgets are written for what holds at the moment of sending: schedules and rules are looked at once more when an edit is
-- stored, after everything that the statement may have waited for.

-- A schedule as the scheduler reads it. Rows that were written by hand may hold NULL in their lists, and an empty list of days
-- where none were chosen. An older installation may hold NULL where we would not.
CREATE OR REPLACE FUNCTION ads_budget_schedule_row(b apishopee_scheduled_ads_budget) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', b.id, 'shop_id', b.shop_id,
    'campaign_id', b.campaign_id, 'hour_start', coalesce(b.hour_start, 0),
    'minute_start', coalesce(b.minute_start, 0), 'hour_end', coalesce(b.hour_end, 24),
    'minute_end', coalesce(b.minute_end, 0), 'budget', b.budget::text,
    'days_of_week', nullif(array_remove(b.days_of_week, NULL), '{}'),
    'specific_dates', array_remove(b.specific_dates, NULL), 'is_active', b.is_active, 'restore', coalesce(b.restore, false))
$$;

-- Stores what must be known before an edit is sent, if nothing that it was decided by has changed: p_schedules are the active
-- schedules of the campaign and p_rules the rules of the shop, as they were read. Answers `go`, or why not: `lost` (somebody
-- else has the shop), `stopped` (writing is switched off), `changed`; then nothing is stored.
-- Each statement of this function sees what was committed before it began, so a stop that was answered while a lock was
-- waited for is seen. Nothing is waited for after that look.
CREATE OR REPLACE FUNCTION ads_budget_arm(p_shop_id BIGINT, p_fence BIGINT, p_seconds DOUBLE PRECISION, p_campaign_id BIGINT,
  p_known JSONB, p_write JSONB, p_schedules JSONB, p_rules JSONB) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
  rules JSONB;
  schedules JSONB;
BEGIN
  UPDATE apishopee_ads_budget_leases SET lease_until = now() + make_interval(secs => p_seconds)
    WHERE shop_id = p_shop_id AND fence = p_fence;
  IF NOT FOUND THEN
    RETURN 'lost';
  END IF;
  PERFORM FROM apishopee_ads_budget_state WHERE shop_id = p_shop_id AND campaign_id = p_campaign_id FOR UPDATE;
  SELECT coalesce(jsonb_agg(ads_budget_schedule_row(b) ORDER BY b.id), '[]') INTO schedules
    FROM apishopee_scheduled_ads_budget b
    WHERE b.shop_id = p_shop_id AND b.campaign_id = p_campaign_id AND b.is_active;
  rules := ads_budget_rules(p_shop_id);
  IF rules #>> '{deployment,enabled}' = 'false' OR rules #>> '{shop,enabled}' = 'false'
    OR rules #>> '{deployment,dry_run}' = 'true' OR rules #>> '{shop,dry_run}' = 'true' THEN
    RETURN 'stopped';
  END IF;
  IF rules IS DISTINCT FROM p_rules OR schedules IS DISTINCT FROM p_schedules THEN
    RETURN 'changed';
  END IF;
  INSERT INTO apishopee_ads_budget_state (shop_id, campaign_id, known, write, updated_at)
    VALUES (p_shop_id, p_campaign_id, p_known, nullif(p_write, 'null'), now())
    ON CONFLICT (shop_id, campaign_id) DO UPDATE SET
      known = EXCLUDED.known, write = EXCLUDED.write, updated_at = EXCLUDED.updated_at;
  RETURN 'go';
END
$$;
