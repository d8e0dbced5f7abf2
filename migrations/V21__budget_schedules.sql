-- Schedules that are made over HTTP are admitted beside those that exist, so two that are made at the same time must not
-- both be held against the same picture.

-- What the schedules of some campaigns are. Whoever has read them with this fingerprint knows later whether they are still so.
CREATE OR REPLACE FUNCTION ads_budget_schedules_print(p_shop_id BIGINT, p_campaigns BIGINT[])
RETURNS TEXT LANGUAGE sql STABLE AS $$
  SELECT md5(coalesce(string_agg((to_jsonb(b) - 'created_at' - 'updated_at')::text, ',' ORDER BY b.id), ''))
  FROM apishopee_scheduled_ads_budget b
  WHERE b.shop_id = p_shop_id AND b.campaign_id = ANY (p_campaigns)
$$;

-- A schedule as a document: times as unix milliseconds, money as text. Rows that were written by hand may hold NULL in their
-- lists, and an empty list of days where none were chosen.
CREATE OR REPLACE FUNCTION ads_budget_schedule_json(b apishopee_scheduled_ads_budget) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', b.id, 'shop_id', b.shop_id, 'campaign_id', b.campaign_id,
    'campaign_name', b.campaign_name, 'ad_type', b.ad_type, 'hour_start', coalesce(b.hour_start, 0),
    'minute_start', coalesce(b.minute_start, 0), 'hour_end', coalesce(b.hour_end, 24),
    'minute_end', coalesce(b.minute_end, 0), 'budget', b.budget::text,
    'days_of_week', nullif(array_remove(b.days_of_week, NULL), '{}'),
    'specific_dates', array_remove(b.specific_dates, NULL), 'is_active', coalesce(b.is_active, false),
    'restore', coalesce(b.restore, false), 'created_by', b.created_by, 'created_at_ms', ads_unix_ms(b.created_at),
    'updated_at_ms', ads_unix_ms(b.updated_at))
$$;

-- Stores schedules of one shop, new ones and changed ones, all or none, if those of their campaigns are still what the
-- fingerprint says. Answers with the ids that were stored; NULL: they have changed, and nothing was stored.
-- Each statement of this function sees what was committed before it began, so what the locks have waited for is seen.
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
      days_of_week integer[], specific_dates text[], is_active boolean, restore boolean, created_by text)
  ), before AS (
    SELECT b.* FROM apishopee_scheduled_ads_budget b JOIN wanted w ON w.id = b.id
    WHERE b.shop_id = p_shop_id AND b.campaign_id = w.campaign_id
  ), changed AS (
    UPDATE apishopee_scheduled_ads_budget b SET campaign_name = w.campaign_name, ad_type = w.ad_type,
      hour_start = w.hour_start, minute_start = w.minute_start, hour_end = w.hour_end, minute_end = w.minute_end,
      budget = w.budget, days_of_week = w.days_of_week, specific_dates = w.specific_dates, is_active = w.is_active,
      restore = w.restore, updated_at = now()
    FROM wanted w WHERE w.id = b.id AND b.id IN (SELECT before.id FROM before)
    RETURNING b.*
  ), made AS (
    INSERT INTO apishopee_scheduled_ads_budget (id, shop_id, campaign_id, campaign_name, ad_type, hour_start, minute_start,
      hour_end, minute_end, budget, days_of_week, specific_dates, is_active, restore, created_by, created_at, updated_at)
    SELECT w.id, p_shop_id, w.campaign_id, w.campaign_name, w.ad_type, w.hour_start, w.minute_start, w.hour_end,
      w.minute_end, w.budget, w.days_of_week, w.specific_dates, w.is_active, w.restore, w.created_by, now(), now()
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
