chunk AS MATERIALIZED (
  SELECT q.id, f.result FROM fence f
  JOIN apishopee_ads_sync_queue q ON q.is_chunk AND q.shop_id = f.shop_id AND q.generation = f.generation
    AND q.stage = f.stage AND q.chunk_index = f.chunk_index
  WHERE f.finish AND q.status <> 'completed'
  -- A row locked by another transaction is being deleted or projected: skip it rather than wait while holding the fence.
  FOR UPDATE OF q SKIP LOCKED
), finished AS (
  UPDATE apishopee_ads_sync_queue q
  SET status = 'completed', completed_at = now(), error_message = NULL, result = chunk.result
  FROM chunk WHERE q.id = chunk.id
)
