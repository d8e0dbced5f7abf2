-- runs.cancel
-- $1 shop, $2 generation, $3 reason, $4 the receipt, or NULL.
WITH progress AS (
  UPDATE apishopee_ads_sync_progress
  SET sync_stage = 'idle', is_complete = false, error_message = $3, waiting_reason = NULL, waiting_until = NULL,
    completed_at = NULL, updated_at = now()
  WHERE shop_id = $1 AND generation = $2 AND sync_stage IN ('syncing_campaigns', 'syncing_performance')
  RETURNING 1
), first AS (
  -- Lock rows in the same order as a projection: first the progress row, if there is one.
  SELECT count(*) FROM progress
), run AS (
  UPDATE apishopee_ads_sync_runs SET status = 'cancelled', error_message = $3, ended_at = now(),
    receipt = coalesce($4::jsonb, receipt)
  FROM first WHERE shop_id = $1 AND generation = $2 AND status = 'running'
), rows AS (
  UPDATE apishopee_ads_sync_queue
  SET status = 'failed', error_message = $3, completed_at = now(), claimed_until = NULL
  FROM first WHERE shop_id = $1 AND generation = $2 AND status IN ('pending', 'processing')
), status AS (
  UPDATE apishopee_ads_sync_status
  SET is_syncing = false, sync_progress = sync_progress || '{"stage": "idle"}', updated_at = now()
  FROM first WHERE shop_id = $1 AND generation = $2
)
SELECT 'true'
