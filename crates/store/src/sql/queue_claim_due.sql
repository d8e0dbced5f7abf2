-- queue.claim_due
-- $1: maximum number of jobs; $2: seconds of the claim; $3: places per app; $4: waiting reasons that concern the shop alone
-- A job in progress whose claim has expired has lost its start message, unless its run is active: the sweep for stuck runs
-- takes care of that one.
WITH line AS MATERIALIZED (
  SELECT q.id, q.shop_id, s.partner_id AS app, q.sync_type IS DISTINCT FROM 'realtime' AS is_backfill,
    -- As in process_sync_queue_with_chunks().
    row_number() OVER (ORDER BY q.priority DESC NULLS LAST, q.trigger IS NOT DISTINCT FROM 'cron',
      (q.sync_type IS DISTINCT FROM 'realtime' AND q.created_at > now() - interval '6 hours') IS TRUE,
      q.scheduled_at NULLS FIRST, q.created_at, q.id) AS turn
  FROM apishopee_ads_sync_queue q LEFT JOIN apishopee_shops s ON s.shop_id = q.shop_id
  WHERE q.is_chunk IS NOT TRUE AND (
    (q.status = 'pending' AND (q.scheduled_at IS NULL OR q.scheduled_at <= now()))
    OR (q.status = 'processing' AND q.claimed_until < now()
      AND coalesce(q.retry_count, 0) < coalesce(q.max_retries, 3)
      AND NOT EXISTS (SELECT FROM apishopee_ads_sync_progress p
        WHERE p.shop_id = q.shop_id AND p.generation = q.generation
          AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance'))))
), work AS MATERIALIZED (
  SELECT q.shop_id, s.partner_id AS app, bool_and(q.sync_type IS DISTINCT FROM 'realtime') AS is_backfill,
    bool_or(p.waiting_until > now() AND $4::jsonb ? p.waiting_reason) IS TRUE AS waits
  FROM apishopee_ads_sync_queue q LEFT JOIN apishopee_shops s ON s.shop_id = q.shop_id
  LEFT JOIN apishopee_ads_sync_progress p ON p.shop_id = q.shop_id AND p.generation = q.generation
  WHERE q.is_chunk IS NOT TRUE AND q.status = 'processing' AND q.claimed_until >= now()
  GROUP BY q.shop_id, s.partner_id
), places AS MATERIALIZED (
  SELECT w.app, count(*) AS taken, count(*) FILTER (WHERE w.is_backfill) AS backfills
  FROM work w WHERE NOT w.waits GROUP BY w.app
), ready AS MATERIALIZED (
  -- A backfill follows its shop's realtime sync if that is claimed or ahead of it in line. While that sync waits for a reason
  -- of the shop's own, the backfill is left out altogether.
  SELECT l.*, l.is_backfill AND (l.shop_id IN (SELECT w.shop_id FROM work w WHERE NOT w.is_backfill)
    OR coalesce(min(l.turn) FILTER (WHERE NOT l.is_backfill) OVER (PARTITION BY l.shop_id) < l.turn, false)) AS follows
  FROM line l
  WHERE NOT l.is_backfill OR l.shop_id NOT IN (SELECT w.shop_id FROM work w WHERE w.waits AND NOT w.is_backfill)
), numbered AS (
  SELECT r.*, row_number() OVER (PARTITION BY r.app, r.is_backfill ORDER BY r.turn) AS nth_of_kind
  FROM ready r WHERE NOT r.follows
), seated AS (
  -- Backfills are long, so they get at most half of the places.
  SELECT n.id, n.turn, coalesce(p.taken, 0) + row_number() OVER (PARTITION BY n.app ORDER BY n.turn) AS place
  FROM numbered n LEFT JOIN places p ON p.app IS NOT DISTINCT FROM n.app
  WHERE NOT n.is_backfill OR coalesce(p.backfills, 0) + n.nth_of_kind <= greatest($3 / 2, 1)
), due AS (
  SELECT q.id, s.turn FROM apishopee_ads_sync_queue q JOIN seated s ON s.id = q.id
  -- Checked again on the row as it is once locked.
  WHERE s.place <= $3 AND (q.status = 'pending' OR (q.status = 'processing' AND q.claimed_until < now()))
  ORDER BY s.turn LIMIT $1 FOR UPDATE OF q SKIP LOCKED
), q AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'processing', started_at = now(), completed_at = NULL, error_message = NULL,
    claimed_until = now() + make_interval(secs => $2),
    retry_count = coalesce(q.retry_count, 0) + (q.status = 'processing')::int
  FROM due WHERE q.id = due.id
  RETURNING q.*, due.turn
)
