-- dead_letters.insert
-- $1 queue, $2 message, $3 body, $4 reason, $5 and $6 the job of a start message and when it was handed out, unix ms
WITH kept AS (
  INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) VALUES ($1, $2, $3, $4)
  ON CONFLICT (message_id) DO NOTHING
  RETURNING 1
), freed AS (
  -- No message is left for this claim. A newer claim has its own message (clocks may differ by a minute), and an active run
  -- needs none.
  UPDATE apishopee_ads_sync_queue q
  SET status = 'pending', claimed_until = NULL, started_at = NULL, scheduled_at = least(q.scheduled_at, now()),
    retry_count = coalesce(q.retry_count, 0) + 1, error_message = $4
  WHERE q.id = $5::uuid AND EXISTS (SELECT FROM kept)
    AND q.is_chunk IS NOT TRUE AND q.status = 'processing' AND coalesce(q.retry_count, 0) < coalesce(q.max_retries, 3)
    AND q.started_at <= ads_from_unix_ms($6) + interval '1 minute'
    AND NOT EXISTS (SELECT FROM apishopee_ads_sync_progress p
      WHERE p.shop_id = q.shop_id AND p.generation = q.generation
        AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance'))
)
SELECT to_jsonb(count(*))::text FROM kept
