-- stuck.give_up
WITH progress AS (
  UPDATE apishopee_ads_sync_progress p
  SET sync_stage = 'failed', is_complete = false, completed_at = now(), error_message = $3,
    waiting_reason = NULL, waiting_until = NULL, updated_at = now()
  WHERE p.shop_id = $1 AND p.generation = $2 AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  RETURNING p.shop_id, p.generation
), status AS (
  UPDATE apishopee_ads_sync_status s
  SET is_syncing = false, last_sync_error = $3, sync_progress = s.sync_progress || '{"stage": "failed"}',
    updated_at = now()
  FROM progress p WHERE s.shop_id = p.shop_id
), run AS (
  UPDATE apishopee_ads_sync_runs r SET status = 'failed', error_message = $3, ended_at = now()
  FROM progress p WHERE r.shop_id = p.shop_id AND r.generation = p.generation AND r.status = 'running'
), rows AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'failed', error_message = $3, completed_at = now(), claimed_until = NULL
  FROM progress p
  WHERE q.shop_id = p.shop_id AND q.generation = p.generation AND q.status IN ('pending', 'processing')
)
SELECT to_jsonb(EXISTS (SELECT FROM progress))::text
