-- dead_letters.settle
-- $1 the alert's kind, $2 the queue of start messages, $3 of chunks, $4 of budgets. A letter is settled when
-- its job or its run has ended, or its shop's budgets were checked since. One with an unreadable body never is.
WITH letters AS (
  SELECT l.queue, l.received_at,
    substring(l.body FROM '"job_id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')::uuid AS job_id,
    substring(l.body FROM '"shop_id":([0-9]{1,18})[,}]')::bigint AS shop_id,
    substring(l.body FROM '"generation":([0-9]{1,18})[,}]')::bigint AS generation
  FROM apishopee_ads_dead_letters l WHERE l.replayed_at IS NULL
), resolved AS (
  UPDATE apishopee_ads_alerts SET resolved_at = now()
  WHERE kind = $1 AND shop_id IS NULL AND resolved_at IS NULL AND NOT EXISTS (
    SELECT FROM letters l WHERE CASE
      WHEN l.queue = $2 AND l.job_id IS NOT NULL THEN EXISTS (
        SELECT FROM apishopee_ads_sync_queue q WHERE q.id = l.job_id AND q.status IN ('pending', 'processing'))
      WHEN l.queue = $3 AND l.generation IS NOT NULL THEN EXISTS (
        SELECT FROM apishopee_ads_sync_runs r
        WHERE r.shop_id = l.shop_id AND r.generation = l.generation AND r.status = 'running')
      WHEN l.queue = $4 AND l.shop_id IS NOT NULL THEN EXISTS (
        SELECT FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = l.shop_id AND b.is_active)
        AND NOT EXISTS (SELECT FROM apishopee_ads_budget_leases b
          WHERE b.shop_id = l.shop_id AND b.looked_at > l.received_at)
      ELSE true END)
  RETURNING 1
)
SELECT to_jsonb(EXISTS (SELECT FROM resolved))::text
