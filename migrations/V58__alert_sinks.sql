-- Where alerts are told, what was told to whom, and what is still to be told.

CREATE TABLE IF NOT EXISTS apishopee_ads_alert_sinks (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('slack', 'webhook', 'telegram', 'resend', 'postmark')),
  sealed TEXT NOT NULL,
  sends_to TEXT NOT NULL,
  sender TEXT,
  language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'vi')),
  min_severity TEXT NOT NULL DEFAULT 'warning' CHECK (min_severity IN ('info', 'warning', 'critical')),
  kinds TEXT[],
  shop_ids BIGINT[],
  reminder_minutes INTEGER CHECK (reminder_minutes BETWEEN 30 AND 10080),
  quiet_from_minute INTEGER CHECK (quiet_from_minute BETWEEN 0 AND 1439),
  quiet_to_minute INTEGER CHECK (quiet_to_minute BETWEEN 0 AND 1439),
  digest_minute INTEGER CHECK (digest_minute BETWEEN 0 AND 1439),
  digest_on DATE,
  time_zone TEXT NOT NULL DEFAULT 'Asia/Ho_Chi_Minh',
  enabled BOOLEAN NOT NULL DEFAULT true,
  failing_since TIMESTAMPTZ,
  last_error TEXT,
  last_sent_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT quiet_hours_have_two_ends CHECK ((quiet_from_minute IS NULL) = (quiet_to_minute IS NULL))
);
COMMENT ON COLUMN apishopee_ads_alert_sinks.sealed IS 'Address and secret, sealed with TOKEN_KEYS.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.sends_to IS 'Who receives it, without a secret: a host, a chat, an e-mail address.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.kinds IS 'Only alerts of these kinds; NULL: all.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.shop_ids IS 'Only alerts of these shops, and none of the whole deployment; NULL: all.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.quiet_from_minute IS 'Minute of the day in time_zone; from here to quiet_to_minute only critical alerts are told, the others wait.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.digest_minute IS 'Minute of the day in time_zone at which the daily digest is told; NULL: never.';
COMMENT ON COLUMN apishopee_ads_alert_sinks.digest_on IS 'The day in time_zone of the last digest.';

-- What each sink knows of each alert.
CREATE TABLE IF NOT EXISTS apishopee_ads_alert_told (
  sink_id UUID NOT NULL REFERENCES apishopee_ads_alert_sinks ON DELETE CASCADE,
  alert_id UUID NOT NULL,
  told_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  end_told_at TIMESTAMPTZ,
  PRIMARY KEY (sink_id, alert_id)
);
CREATE INDEX IF NOT EXISTS apishopee_ads_alert_told_open ON apishopee_ads_alert_told (sink_id) WHERE end_told_at IS NULL;

CREATE TABLE IF NOT EXISTS apishopee_ads_alert_messages (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  sink_id UUID NOT NULL REFERENCES apishopee_ads_alert_sinks ON DELETE CASCADE,
  what TEXT NOT NULL CHECK (what IN ('begin', 'end', 'reminder', 'digest')),
  kind TEXT,
  severity TEXT,
  alerts INTEGER NOT NULL DEFAULT 0,
  content JSONB NOT NULL,
  made_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  next_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  attempts INTEGER NOT NULL DEFAULT 0,
  sent_at TIMESTAMPTZ,
  given_up_at TIMESTAMPTZ,
  last_error TEXT
);
COMMENT ON COLUMN apishopee_ads_alert_messages.alerts IS 'How many alerts it tells of; content has the first twenty.';
COMMENT ON COLUMN apishopee_ads_alert_messages.next_at IS 'Not tried before; while it is being sent, when that counts as lost.';
CREATE INDEX IF NOT EXISTS apishopee_ads_alert_messages_waiting ON apishopee_ads_alert_messages (sink_id, made_at)
  WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX IF NOT EXISTS apishopee_ads_alert_messages_time ON apishopee_ads_alert_messages (sink_id, ads_unix_ms(made_at) DESC);

-- Whether a sink is told of an alert at all.
CREATE OR REPLACE FUNCTION ads_sink_wants(s apishopee_ads_alert_sinks, a apishopee_ads_alerts) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
  SELECT array_position(ARRAY['info', 'warning', 'critical'], a.severity)
      >= array_position(ARRAY['info', 'warning', 'critical'], s.min_severity)
    AND (s.kinds IS NULL OR a.kind = ANY (s.kinds))
    AND (s.shop_ids IS NULL OR a.shop_id = ANY (s.shop_ids))
    -- It would learn of its own failure once it is over.
    AND NOT (a.kind = 'sink_failing' AND s.failing_since IS NOT NULL)
$$;

-- Whether only critical alerts are told now.
CREATE OR REPLACE FUNCTION ads_sink_is_quiet(s apishopee_ads_alert_sinks) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN s.quiet_from_minute <= s.quiet_to_minute
      THEN t.minute >= s.quiet_from_minute AND t.minute < s.quiet_to_minute
      ELSE t.minute >= s.quiet_from_minute OR t.minute < s.quiet_to_minute END, false)
  FROM (SELECT extract(hour FROM l)::int * 60 + extract(minute FROM l)::int AS minute
    FROM (SELECT now() AT TIME ZONE s.time_zone AS l) AS l) AS t
$$;

-- Makes one message a kind of what a sink is to be told of some alerts. The first message of a kind leaves at once; what follows
-- within ten minutes is put together, so that twenty shops with one cause are not twenty messages.
CREATE OR REPLACE FUNCTION ads_tell_sink(s apishopee_ads_alert_sinks, p_what TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
  quiet CONSTANT BOOLEAN := ads_sink_is_quiet(s);
  made INTEGER;
BEGIN
  WITH candidate AS (
    SELECT a.* FROM apishopee_ads_alerts a
    WHERE p_what = 'begin' AND a.resolved_at IS NULL AND ads_sink_wants(s, a)
      AND NOT EXISTS (SELECT FROM apishopee_ads_alert_told t WHERE t.sink_id = s.id AND t.alert_id = a.id)
    UNION ALL
    SELECT a.* FROM apishopee_ads_alert_told t JOIN apishopee_ads_alerts a ON a.id = t.alert_id
    WHERE p_what <> 'begin' AND t.sink_id = s.id AND t.end_told_at IS NULL
      AND CASE p_what WHEN 'end' THEN a.resolved_at IS NOT NULL
        ELSE a.resolved_at IS NULL AND t.told_at <= now() - make_interval(mins => s.reminder_minutes) END
  ), due AS MATERIALIZED (
    SELECT c.* FROM candidate c
    WHERE (p_what = 'end' OR (c.acknowledged_at IS NULL AND coalesce(c.muted_until, '-infinity') <= now()))
      AND (c.severity = 'critical' OR NOT quiet)
      AND NOT EXISTS (SELECT FROM apishopee_ads_alert_messages m WHERE m.sink_id = s.id AND m.what = p_what
        AND m.kind = c.kind AND m.made_at > now() - interval '10 minutes')
    ORDER BY c.first_seen_at LIMIT 5000
  ), told AS (
    INSERT INTO apishopee_ads_alert_told AS t (sink_id, alert_id) SELECT s.id, d.id FROM due d
    ON CONFLICT (sink_id, alert_id) DO UPDATE
    SET told_at = now(), end_told_at = CASE WHEN p_what = 'end' THEN now() END
  ), listed AS (
    SELECT d.*, p.shop_name, row_number() OVER (PARTITION BY d.kind ORDER BY d.first_seen_at, d.id) AS place
    FROM due d LEFT JOIN apishopee_shops p ON p.shop_id = d.shop_id
  )
  INSERT INTO apishopee_ads_alert_messages (sink_id, what, kind, severity, alerts, content)
  SELECT s.id, p_what, l.kind,
    (ARRAY['info', 'warning', 'critical'])[max(array_position(ARRAY['info', 'warning', 'critical'], l.severity))], count(*),
    jsonb_agg(jsonb_build_object('id', l.id, 'shop_id', l.shop_id, 'shop_name', l.shop_name, 'severity', l.severity,
      'text', left(l.text, 300), 'first_seen_at_ms', ads_unix_ms(l.first_seen_at), 'resolved_at_ms', ads_unix_ms(l.resolved_at))
      ORDER BY l.place) FILTER (WHERE l.place <= 20)
  FROM listed l GROUP BY l.kind;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END
$$;

-- What the daily digest tells: numbers of shops, runs, alerts and dead letters, then a line a region for yesterday's spend and the
-- budgets of the campaigns that run (without those that have no limit).
CREATE OR REPLACE FUNCTION ads_alert_digest(p_shop_ids BIGINT[]) RETURNS JSONB LANGUAGE sql STABLE AS $$
  WITH shop AS MATERIALIZED (
    SELECT s.shop_id, upper(trim(s.region)) AS region, s.token_state <> 'ok' AS is_unauthorized, f.is_syncable, f.is_fresh
    FROM apishopee_shops s JOIN v_ads_freshness f ON f.shop_id = s.shop_id
    WHERE p_shop_ids IS NULL OR s.shop_id = ANY (p_shop_ids)
  ), run AS (
    SELECT count(*) FILTER (WHERE r.status = 'completed') AS completed, count(*) FILTER (WHERE r.status = 'failed') AS failed
    FROM apishopee_ads_sync_runs r JOIN shop USING (shop_id) WHERE r.ended_at > now() - interval '24 hours'
  ), region AS (
    SELECT shop.region, coalesce(sum(spend.expense), 0) AS spend, coalesce(sum(budget.budget), 0) AS budget
    FROM shop
    LEFT JOIN LATERAL (SELECT sum(d.expense) AS expense FROM apishopee_ads_shop_performance_daily d
      WHERE d.shop_id = shop.shop_id
        AND d.performance_date = (now() AT TIME ZONE ads_region_time_zone(shop.region))::date - 1) spend ON true
    LEFT JOIN LATERAL (SELECT sum(c.campaign_budget) AS budget FROM apishopee_ads_campaign_data c
      WHERE c.shop_id = shop.shop_id AND c.status = 'ongoing' AND c.vanished_at IS NULL) budget ON true
    WHERE shop.region <> ''
    GROUP BY shop.region
  )
  SELECT jsonb_build_object(
    'shops', (SELECT count(*) FROM shop),
    'fresh', (SELECT count(*) FROM shop WHERE is_syncable AND is_fresh),
    'stale', (SELECT count(*) FROM shop WHERE is_syncable AND NOT is_fresh),
    'unauthorized', (SELECT count(*) FROM shop WHERE is_unauthorized),
    'runs_completed', run.completed,
    'runs_failed', run.failed,
    'alerts_open', (SELECT count(*) FROM apishopee_ads_alerts a
      WHERE a.resolved_at IS NULL AND (p_shop_ids IS NULL OR a.shop_id = ANY (p_shop_ids))),
    'dead_letters', (SELECT count(*) FROM apishopee_ads_dead_letters d WHERE d.replayed_at IS NULL),
    'regions', (SELECT coalesce(jsonb_agg(jsonb_build_object('region', r.region, 'spend', r.spend, 'budget', r.budget)
      ORDER BY r.region), '[]') FROM region r))
  FROM run
$$;

-- Makes the messages that are due, and says how many. A sink of which another call takes care, or for which a hundred messages
-- wait, has its turn later: what happens meanwhile is told together.
CREATE OR REPLACE FUNCTION ads_plan_alert_messages() RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  s apishopee_ads_alert_sinks;
  today DATE;
  made INTEGER := 0;
BEGIN
  FOR s IN SELECT * FROM apishopee_ads_alert_sinks WHERE enabled ORDER BY id FOR UPDATE SKIP LOCKED LOOP
    CONTINUE WHEN (SELECT count(*) FROM apishopee_ads_alert_messages m
      WHERE m.sink_id = s.id AND m.sent_at IS NULL AND m.given_up_at IS NULL) >= 100;
    made := made + ads_tell_sink(s, 'begin') + ads_tell_sink(s, 'end');
    IF s.reminder_minutes IS NOT NULL THEN
      made := made + ads_tell_sink(s, 'reminder');
    END IF;
    today := (now() AT TIME ZONE s.time_zone)::date;
    IF s.digest_on IS DISTINCT FROM today
      AND now() AT TIME ZONE s.time_zone >= today + make_interval(mins => s.digest_minute) THEN
      INSERT INTO apishopee_ads_alert_messages (sink_id, what, content) VALUES (s.id, 'digest', ads_alert_digest(s.shop_ids));
      UPDATE apishopee_ads_alert_sinks SET digest_on = today WHERE id = s.id;
      made := made + 1;
    END IF;
  END LOOP;
  DELETE FROM apishopee_ads_alert_told t WHERE t.end_told_at < now() - interval '30 days'
    OR (t.told_at < now() - interval '30 days' AND NOT EXISTS (SELECT FROM apishopee_ads_alerts a WHERE a.id = t.alert_id));
  DELETE FROM apishopee_ads_alert_messages WHERE id IN (
    SELECT id FROM apishopee_ads_alert_messages WHERE made_at < now() - interval '30 days' LIMIT 1000 FOR UPDATE SKIP LOCKED);
  RETURN made;
END
$$;

INSERT INTO apishopee_ads_cron_ticks (cron, watched_since) VALUES ('ads-alert-sinks', now()) ON CONFLICT DO NOTHING;

SELECT ads_close_access(ARRAY['apishopee_ads_alert_sinks', 'apishopee_ads_alert_told', 'apishopee_ads_alert_messages',
  'ads_sink_wants', 'ads_sink_is_quiet', 'ads_tell_sink', 'ads_alert_digest', 'ads_plan_alert_messages']);
