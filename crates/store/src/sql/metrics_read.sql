-- metrics.read
-- $1: most shops that get series of their own. $2, $3: texts and names of waiting reasons. $4, $5: bounds of the histograms of runs
-- and chunks. $6: most apps.
WITH kinds (kind) AS (
  -- Anybody may queue anything, but a label has few values.
  VALUES ('realtime'), ('backfill_day'), ('backfill_full'), ('other')
), stages (stage) AS (
  VALUES ('campaigns'), ('performance'), ('shop_totals')
), reasons AS (
  SELECT r.* FROM unnest(string_to_array($2, '|'), string_to_array($3, '|')) AS r (text, name)
), bounds AS (
  -- A value falls into as many buckets as bounds are not below it. Negative, since width_bucket counts those that are not above.
  SELECT (SELECT array_agg(-b ORDER BY -b) FROM unnest(string_to_array($4, ',')::float8[]) AS b) AS runs,
    (SELECT array_agg(-b ORDER BY -b) FROM unnest(string_to_array($5, ',')::float8[]) AS b) AS chunks,
    -- The quota's day begins at 00:00 UTC+8; whatever began since then runs or has ended within these 24 hours.
    date_trunc('day', now() AT TIME ZONE 'Asia/Singapore') AT TIME ZONE 'Asia/Singapore' AS day
), ended AS MATERIALIZED (
  SELECT coalesce(k.kind, 'other') AS kind, r.status, r.started_at >= (SELECT day FROM bounds) AS is_of_day,
    width_bucket(-extract(epoch FROM r.ended_at - r.started_at)::float8, (SELECT runs FROM bounds)) AS buckets,
    count(*) AS runs, sum(extract(epoch FROM r.ended_at - r.started_at)) AS seconds, max(r.ended_at) AS ended_at,
    sum(x.calls) AS calls, sum(x.retries) AS retries, sum(x.failed_chunks) AS failed_chunks,
    sum(x.rows_written) AS rows_written, sum(x.malformed_rows) AS malformed_rows, sum(x.written) AS written,
    sum(x.unchanged) AS unchanged, sum(x.vanished) AS vanished, sum(x.quarantined) AS quarantined
  FROM apishopee_ads_sync_runs r
  LEFT JOIN kinds k ON k.kind = r.kind
  LEFT JOIN LATERAL jsonb_to_record(CASE WHEN jsonb_typeof(r.receipt) = 'object' THEN r.receipt END) AS x (calls bigint,
    retries bigint, failed_chunks bigint, rows_written bigint, malformed_rows bigint, written bigint, unchanged bigint,
    vanished bigint, quarantined bigint) ON true
  WHERE r.ended_at > now() - interval '24 hours'
  GROUP BY 1, 2, 3, 4
), active AS MATERIALIZED (
  SELECT coalesce(k.kind, 'other') AS kind, r.started_at >= (SELECT day FROM bounds) AS is_of_day,
    (r.receipt ->> 'calls')::bigint AS calls
  FROM apishopee_ads_sync_runs r LEFT JOIN kinds k ON k.kind = r.kind WHERE r.status = 'running'
), chunks AS MATERIALIZED (
  SELECT q.stage, q.status, width_bucket(-(q.result ->> 'duration_ms')::float8 / 1000, (SELECT chunks FROM bounds)) AS buckets,
    count(*) AS chunks, sum((q.result ->> 'duration_ms')::numeric / 1000) AS seconds,
    sum((q.result ->> 'calls')::bigint) AS calls
  FROM apishopee_ads_sync_queue q
  WHERE q.is_chunk AND q.stage IS NOT NULL AND q.status IN ('completed', 'failed')
    AND coalesce(q.completed_at, q.created_at) > now() - interval '1 hour'
  GROUP BY 1, 2, 3
), jobs AS MATERIALIZED (
  SELECT coalesce(k.kind, 'other') AS kind, q.status, coalesce(q.scheduled_at, q.created_at, now()) AS due_at
  FROM apishopee_ads_sync_queue q LEFT JOIN kinds k ON k.kind = q.sync_type
  WHERE (q.status = 'pending' OR q.status = 'processing') AND q.is_chunk IS NOT TRUE
), working AS MATERIALIZED (
  SELECT p.chunks_planned - p.chunks_done AS chunks_open, p.waiting_until > now() IS TRUE AS waits,
    coalesce((SELECT r.name FROM reasons r WHERE r.text = p.waiting_reason), 'other') AS reason,
    extract(epoch FROM now() - coalesce(p.last_chunk_at, p.started_at)) AS silence
  FROM apishopee_ads_sync_progress p WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
), fresh AS MATERIALIZED (
  SELECT f.shop_id, f.is_fresh, f.due_at IS NULL OR f.due_at <= now() AS is_due, f.data_as_of IS NULL AS is_new,
    extract(epoch FROM now() - f.data_as_of) AS age, f.freshness_minutes * 60 AS objective
  FROM v_ads_freshness f WHERE f.is_syncable
), shown AS MATERIALIZED (
  SELECT f.* FROM fresh f
  WHERE (SELECT s.metrics_by_shop FROM apishopee_ads_sync_settings s WHERE s.shop_id = 0)
  ORDER BY f.shop_id LIMIT $1
), samples (name, labels, value, buckets) AS (
  SELECT 'shops', ARRAY[state.name], count(s.state), NULL::bigint[]
  FROM (VALUES ('syncable'), ('without_token'), ('reconsent'), ('disabled')) AS state (name)
  LEFT JOIN (SELECT CASE WHEN disabled_at IS NOT NULL THEN 'disabled' WHEN token_state <> 'ok' THEN 'reconsent'
      WHEN coalesce(access_token, '') = '' AND coalesce(refresh_token, '') = '' THEN 'without_token'
      ELSE 'syncable' END AS state FROM apishopee_shops) s ON s.state = state.name
  GROUP BY state.name
  UNION ALL SELECT v.name, '{}', v.value, NULL
  FROM (SELECT count(*) FILTER (WHERE is_fresh) AS fresh, count(*) FILTER (WHERE NOT is_fresh) AS stale,
      count(*) FILTER (WHERE is_due) AS due, count(*) FILTER (WHERE is_new) AS never, max(age) AS age,
      max(age / objective) AS used FROM fresh) f
  CROSS JOIN LATERAL (VALUES ('shops_fresh', f.fresh::numeric), ('shops_stale', f.stale), ('shops_due', f.due),
    ('shops_never_synced', f.never), ('data_age_max_seconds', f.age::numeric),
    ('freshness_objective_used_ratio', round(f.used::numeric, 6))) AS v (name, value)
  UNION ALL SELECT v.name, ARRAY[s.shop_id::text], v.value, NULL
  FROM shown s CROSS JOIN LATERAL (VALUES ('shop_data_age_seconds', s.age::numeric),
    ('shop_freshness_objective_seconds', s.objective)) AS v (name, value)
  UNION ALL SELECT 'shops_without_series', '{}', (SELECT count(*) FROM fresh) - (SELECT count(*) FROM shown), NULL
  UNION ALL SELECT 'consents_ending', ARRAY[w.name], count(s.shop_id), NULL
  FROM (VALUES ('1d', interval '1 day'), ('7d', interval '7 days'), ('30d', interval '30 days')) AS w (name, span)
  LEFT JOIN apishopee_shops s ON s.token_state = 'ok' AND s.disabled_at IS NULL AND s.authorized_until > now() AND s.authorized_until <= now() + w.span
  GROUP BY w.name
  UNION ALL SELECT 'access_tokens_ending', ARRAY[w.name], count(s.shop_id), NULL
  FROM (VALUES ('0h', interval '0'), ('1h', interval '1 hour')) AS w (name, span)
  LEFT JOIN apishopee_shops s ON s.token_state = 'ok' AND s.disabled_at IS NULL AND s.token_expires_at <= now() + w.span
  GROUP BY w.name
  UNION ALL SELECT 'runs_active', ARRAY[k.kind], count(a.kind), NULL
  FROM kinds k LEFT JOIN active a ON a.kind = k.kind GROUP BY k.kind
  UNION ALL SELECT 'runs_24h', ARRAY[k.kind, s.status], coalesce(sum(e.runs), 0), NULL
  FROM kinds k CROSS JOIN (VALUES ('completed'), ('failed'), ('cancelled')) AS s (status)
  LEFT JOIN ended e ON e.kind = k.kind AND e.status = s.status GROUP BY k.kind, s.status
  UNION ALL SELECT 'run_last_completed_timestamp_seconds', ARRAY[e.kind], extract(epoch FROM max(e.ended_at)), NULL
  FROM ended e WHERE e.status = 'completed' GROUP BY e.kind
  UNION ALL SELECT v.name, ARRAY[k.kind], coalesce(sum(v.value), 0), NULL
  FROM kinds k LEFT JOIN ended e ON e.kind = k.kind
  CROSS JOIN LATERAL (VALUES ('calls_24h', e.calls), ('retries_24h', e.retries), ('failed_chunks_24h', e.failed_chunks),
    ('rows_written_24h', e.rows_written), ('malformed_rows_24h', e.malformed_rows)) AS v (name, value)
  GROUP BY v.name, k.kind
  UNION ALL SELECT 'campaigns_24h', ARRAY[k.kind, v.outcome], coalesce(sum(v.value), 0), NULL
  FROM kinds k LEFT JOIN ended e ON e.kind = k.kind
  CROSS JOIN LATERAL (VALUES ('written', e.written), ('unchanged', e.unchanged), ('vanished', e.vanished),
    ('quarantined', e.quarantined)) AS v (outcome, value)
  GROUP BY k.kind, v.outcome
  UNION ALL SELECT 'calls_quota_day', ARRAY[k.kind], coalesce(sum(t.calls), 0), NULL
  FROM kinds k
  LEFT JOIN (SELECT kind, is_of_day, calls FROM ended UNION ALL SELECT kind, is_of_day, calls FROM active) t
    ON t.kind = k.kind AND t.is_of_day
  GROUP BY k.kind
  UNION ALL SELECT 'run_duration_24h_seconds', ARRAY[b.kind], max(b.seconds), array_agg(b.runs ORDER BY b.n DESC)
  FROM (SELECT k.kind, l.n, coalesce(sum(e.runs), 0)::bigint AS runs, coalesce(sum(e.seconds), 0) AS seconds
    FROM kinds k CROSS JOIN (SELECT generate_subscripts(runs, 1) AS n FROM bounds) l
    LEFT JOIN ended e ON e.kind = k.kind AND e.status = 'completed' AND e.buckets >= l.n
    GROUP BY k.kind, l.n) b GROUP BY b.kind
  UNION ALL SELECT 'chunks_1h', ARRAY[g.stage, s.status], coalesce(sum(c.chunks), 0), NULL
  FROM stages g CROSS JOIN (VALUES ('completed'), ('failed')) AS s (status)
  LEFT JOIN chunks c ON c.stage = g.stage AND c.status = s.status GROUP BY g.stage, s.status
  UNION ALL SELECT 'chunk_calls_1h', ARRAY[g.stage], coalesce(sum(c.calls), 0), NULL
  FROM stages g LEFT JOIN chunks c ON c.stage = g.stage GROUP BY g.stage
  UNION ALL SELECT 'chunk_duration_1h_seconds', ARRAY[b.stage], max(b.seconds), array_agg(b.chunks ORDER BY b.n DESC)
  FROM (SELECT g.stage, l.n, coalesce(sum(c.chunks), 0)::bigint AS chunks, coalesce(sum(c.seconds), 0) AS seconds
    FROM stages g CROSS JOIN (SELECT generate_subscripts(chunks, 1) AS n FROM bounds) l
    LEFT JOIN chunks c ON c.stage = g.stage AND c.status = 'completed' AND c.buckets >= l.n
    GROUP BY g.stage, l.n) b GROUP BY b.stage
  UNION ALL SELECT v.name, '{}', v.value, NULL
  FROM (SELECT coalesce(sum(chunks_open), 0) AS open, coalesce(max(silence) FILTER (WHERE NOT waits), 0) AS silence
    FROM working) w
  CROSS JOIN LATERAL (VALUES ('chunks_open', w.open::numeric), ('run_silence_max_seconds', w.silence::numeric)) AS v (name, value)
  UNION ALL SELECT 'shops_waiting', ARRAY[n.name], count(w.reason), NULL
  FROM (SELECT name FROM reasons UNION SELECT 'other') n
  LEFT JOIN working w ON w.waits AND w.reason = n.name GROUP BY n.name
  UNION ALL SELECT 'queue_jobs', ARRAY[k.kind, s.status], count(j.kind), NULL
  FROM kinds k CROSS JOIN (VALUES ('pending'), ('processing')) AS s (status)
  LEFT JOIN jobs j ON j.kind = k.kind AND j.status = s.status GROUP BY k.kind, s.status
  UNION ALL SELECT v.name, '{}', v.value, NULL
  FROM (SELECT count(*) AS due, coalesce(max(extract(epoch FROM now() - due_at)), 0) AS age FROM jobs
    WHERE status = 'pending' AND due_at <= now()) j
  CROSS JOIN LATERAL (VALUES ('queue_due_jobs', j.due::numeric), ('queue_oldest_due_age_seconds', j.age::numeric)) AS v (name, value)
  UNION ALL SELECT 'alerts_open', ARRAY[a.kind, a.severity], count(*), NULL
  FROM apishopee_ads_alerts a WHERE a.resolved_at IS NULL GROUP BY a.kind, a.severity
  UNION ALL SELECT 'dead_letters', ARRAY[d.queue], count(*), NULL
  FROM apishopee_ads_dead_letters d WHERE d.replayed_at IS NULL GROUP BY d.queue
  UNION ALL SELECT 'budget_writes_24h', ARRAY[s.status], coalesce(l.lines, 0), NULL
  FROM (VALUES ('success'), ('failed'), ('skipped')) AS s (status)
  LEFT JOIN (SELECT status, count(*) AS lines FROM apishopee_ads_budget_logs
    WHERE executed_at > now() - interval '24 hours' GROUP BY status) l ON l.status = s.status
)
SELECT jsonb_build_array(
  (SELECT jsonb_agg(jsonb_build_array(s.name, s.labels, s.value, coalesce(s.buckets, '{}')) ORDER BY s.name, s.labels)
    FROM samples s WHERE s.value IS NOT NULL),
  (SELECT coalesce(jsonb_agg(a.partner_id), '[]') FROM (
    SELECT DISTINCT partner_id FROM apishopee_shops WHERE partner_id IS NOT NULL ORDER BY 1 LIMIT $6) a))::text
