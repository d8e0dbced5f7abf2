-- A budget without a limit is said by name. Rules have a version. What somebody changes is noted, however it is changed, so that
-- the shop is looked at soon.

ALTER TABLE apishopee_scheduled_ads_budget ADD COLUMN IF NOT EXISTS unlimited BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN apishopee_scheduled_ads_budget.unlimited IS
  'The budget has no limit; it is stored as 0. A budget of 0 without this gives no budget.';

ALTER TABLE apishopee_ads_budget_rules
  ADD COLUMN IF NOT EXISTS allow_unlimited BOOLEAN,
  -- Not counted from 1: a row that is deleted and made again must not have the version that somebody has seen.
  ADD COLUMN IF NOT EXISTS version BIGINT NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
COMMENT ON COLUMN apishopee_ads_budget_rules.allow_unlimited IS
  'true: schedules without a limit are allowed. NULL inherits; false where nobody says anything.';
COMMENT ON COLUMN apishopee_ads_budget_rules.version IS 'Rises with each change, whoever makes it.';

CREATE OR REPLACE FUNCTION ads_count_budget_rules_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS apishopee_ads_budget_rules_version ON apishopee_ads_budget_rules;
CREATE TRIGGER apishopee_ads_budget_rules_version BEFORE UPDATE ON apishopee_ads_budget_rules
  FOR EACH ROW EXECUTE FUNCTION ads_count_budget_rules_version();

-- Shops of which somebody has changed a schedule or a rule. Rows are only added and deleted, so nobody waits for anybody.
CREATE TABLE IF NOT EXISTS apishopee_ads_budget_changes (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop_id BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN apishopee_ads_budget_changes.shop_id IS 'The shop; 0 is every shop.';

-- Whoever may change a schedule need not be allowed to write here.
CREATE OR REPLACE FUNCTION ads_note_budget_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO apishopee_ads_budget_changes (shop_id)
  SELECT DISTINCT changed.shop_id FROM (VALUES (OLD.shop_id), (NEW.shop_id)) AS changed (shop_id)
  WHERE changed.shop_id IS NOT NULL;
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS apishopee_scheduled_ads_budget_noted ON apishopee_scheduled_ads_budget;
CREATE TRIGGER apishopee_scheduled_ads_budget_noted AFTER INSERT OR DELETE ON apishopee_scheduled_ads_budget
  FOR EACH ROW EXECUTE FUNCTION ads_note_budget_change();
DROP TRIGGER IF EXISTS apishopee_scheduled_ads_budget_changed ON apishopee_scheduled_ads_budget;
CREATE TRIGGER apishopee_scheduled_ads_budget_changed AFTER UPDATE ON apishopee_scheduled_ads_budget
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ads_note_budget_change();
DROP TRIGGER IF EXISTS apishopee_ads_budget_rules_noted ON apishopee_ads_budget_rules;
CREATE TRIGGER apishopee_ads_budget_rules_noted AFTER INSERT OR UPDATE OR DELETE ON apishopee_ads_budget_rules
  FOR EACH ROW EXECUTE FUNCTION ads_note_budget_change();

-- As before, with what is said of budgets without a limit. What Shopee calls its largest budget is no ceiling of ours: a
-- budget without a limit may pass it.
CREATE OR REPLACE FUNCTION ads_budget_rules(p_shop_id BIGINT) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'deployment', jsonb_build_object(
      'floor', coalesce(of_region.floor, allowed.min_budget)::text,
      'ceiling', of_region.ceiling::text,
      'largest', allowed.max_budget::text,
      'shop_daily_total', of_region.shop_daily_total::text,
      'change_percent_tick', coalesce(of_region.change_percent_tick, of_all.change_percent_tick),
      'change_percent_day', coalesce(of_region.change_percent_day, of_all.change_percent_day),
      'allow_unlimited', coalesce(of_region.allow_unlimited, of_all.allow_unlimited),
      'enabled', coalesce(of_region.enabled, true) AND coalesce(of_all.enabled, true),
      'dry_run', coalesce(of_region.dry_run, false) OR coalesce(of_all.dry_run, false)),
    'shop', jsonb_build_object(
      'floor', own.floor::text, 'ceiling', own.ceiling::text, 'shop_daily_total', own.shop_daily_total::text,
      'change_percent_tick', own.change_percent_tick, 'change_percent_day', own.change_percent_day,
      'allow_unlimited', own.allow_unlimited,
      'enabled', own.enabled, 'dry_run', own.dry_run))
  FROM (SELECT) AS one
  LEFT JOIN apishopee_shops s ON s.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules own ON own.shop_id = p_shop_id AND own.region = ''
  LEFT JOIN apishopee_ads_budget_rules of_region
    ON of_region.shop_id = 0 AND of_region.region = upper(trim(s.region)) AND of_region.region <> ''
  LEFT JOIN apishopee_ads_budget_limits allowed ON allowed.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules of_all ON of_all.shop_id = 0 AND of_all.region = ''
$$;

-- A schedule as the scheduler reads it. Rows that were written by hand may hold NULL in their lists, and an empty list of days
-- where none were chosen. An older installation may hold NULL where we would not.
CREATE OR REPLACE FUNCTION ads_budget_schedule_row(b apishopee_scheduled_ads_budget) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', b.id, 'shop_id', b.shop_id,
    'campaign_id', b.campaign_id, 'hour_start', coalesce(b.hour_start, 0),
    'minute_start', coalesce(b.minute_start, 0), 'hour_end', coalesce(b.hour_end, 24),
    'minute_end', coalesce(b.minute_end, 0), 'budget', b.budget::text, 'unlimited', coalesce(b.unlimited, false),
    'days_of_week', nullif(array_remove(b.days_of_week, NULL), '{}'),
    'specific_dates', array_remove(b.specific_dates, NULL), 'is_active', b.is_active, 'restore', coalesce(b.restore, false))
$$;

-- As before, with `unlimited`.
CREATE OR REPLACE FUNCTION ads_budget_schedule_json(b apishopee_scheduled_ads_budget) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', b.id, 'shop_id', b.shop_id, 'campaign_id', b.campaign_id,
    'campaign_name', b.campaign_name, 'ad_type', b.ad_type, 'hour_start', coalesce(b.hour_start, 0),
    'minute_start', coalesce(b.minute_start, 0), 'hour_end', coalesce(b.hour_end, 24),
    'minute_end', coalesce(b.minute_end, 0), 'budget', b.budget::text, 'unlimited', coalesce(b.unlimited, false),
    'days_of_week', nullif(array_remove(b.days_of_week, NULL), '{}'),
    'specific_dates', array_remove(b.specific_dates, NULL), 'is_active', coalesce(b.is_active, false),
    'restore', coalesce(b.restore, false), 'created_by', b.created_by, 'created_at_ms', ads_unix_ms(b.created_at),
    'updated_at_ms', ads_unix_ms(b.updated_at))
$$;

-- As before, with `unlimited`.
CREATE OR REPLACE FUNCTION ads_put_budget_schedules(p_shop_id BIGINT, p_campaigns BIGINT[], p_print TEXT, p_rows JSONB, p_actor TEXT)
RETURNS JSONB LANGUAGE plpgsql AS $$
DECLARE
  stored JSONB;
BEGIN
  PERFORM FROM apishopee_shops WHERE shop_id = p_shop_id FOR NO KEY UPDATE;
  -- Rows that somebody is deleting in SQL are waited for too.
  PERFORM FROM apishopee_scheduled_ads_budget
    WHERE shop_id = p_shop_id AND campaign_id = ANY (p_campaigns) ORDER BY id FOR UPDATE;
  IF ads_budget_schedules_print(p_shop_id, p_campaigns) IS DISTINCT FROM p_print THEN
    RETURN NULL;
  END IF;
  WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(p_rows) AS r (id uuid, campaign_id bigint, campaign_name text, ad_type text,
      hour_start integer, minute_start integer, hour_end integer, minute_end integer, budget numeric,
      days_of_week integer[], specific_dates text[], is_active boolean, restore boolean, unlimited boolean, created_by text)
  ), before AS (
    SELECT b.* FROM apishopee_scheduled_ads_budget b JOIN wanted w ON w.id = b.id
    WHERE b.shop_id = p_shop_id AND b.campaign_id = w.campaign_id
  ), changed AS (
    UPDATE apishopee_scheduled_ads_budget b SET campaign_name = w.campaign_name, ad_type = w.ad_type,
      hour_start = w.hour_start, minute_start = w.minute_start, hour_end = w.hour_end, minute_end = w.minute_end,
      budget = w.budget, days_of_week = w.days_of_week, specific_dates = w.specific_dates, is_active = w.is_active,
      restore = w.restore, unlimited = coalesce(w.unlimited, false), updated_at = now()
    FROM wanted w WHERE w.id = b.id AND b.id IN (SELECT before.id FROM before)
    RETURNING b.*
  ), made AS (
    INSERT INTO apishopee_scheduled_ads_budget (id, shop_id, campaign_id, campaign_name, ad_type, hour_start, minute_start,
      hour_end, minute_end, budget, days_of_week, specific_dates, is_active, restore, unlimited, created_by, created_at, updated_at)
    SELECT w.id, p_shop_id, w.campaign_id, w.campaign_name, w.ad_type, w.hour_start, w.minute_start, w.hour_end,
      w.minute_end, w.budget, w.days_of_week, w.specific_dates, w.is_active, w.restore, coalesce(w.unlimited, false), w.created_by,
      now(), now()
    FROM wanted w WHERE w.id NOT IN (SELECT before.id FROM before)
    RETURNING *
  ), audited AS (
    INSERT INTO apishopee_ads_audit_log (at, actor, action, shop_id, subject, before, after)
    SELECT now(), p_actor, 'budget_schedule.create', p_shop_id, m.id::text, NULL, to_jsonb(m) FROM made m
    UNION ALL
    SELECT now(), p_actor, 'budget_schedule.update', p_shop_id, c.id::text, to_jsonb(b), to_jsonb(c)
    FROM changed c JOIN before b ON b.id = c.id
  )
  SELECT coalesce(jsonb_agg(s.id ORDER BY s.id), '[]') INTO stored
  FROM (SELECT id FROM made UNION ALL SELECT id FROM changed) AS s;
  RETURN stored;
END
$$;
