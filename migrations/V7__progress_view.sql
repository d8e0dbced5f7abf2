-- The view that operators and dashboards read. One with other column types cannot be replaced in place, so it
-- goes first; if something is built on it, this stops and Postgres names what.
DO $$
DECLARE
  definition TEXT := $view$
    CREATE OR REPLACE VIEW v_ads_sync_progress_status AS
    SELECT
      p.shop_id,
      s.shop_name,
      coalesce(p.sync_stage, 'idle') AS sync_stage,
      coalesce(p.current_chunk, 0) AS current_chunk,
      coalesce(p.total_chunks, 0) AS total_chunks,
      CASE
        WHEN p.sync_stage = 'completed' THEN 100.0
        -- Chunks of all stages are known once a run is planned; by hand, campaigns are all there is to count.
        WHEN p.chunks_planned > 0 AND p.run_kind IS DISTINCT FROM 'manual'
          THEN round(100.0 * p.chunks_done / p.chunks_planned, 1)
        WHEN p.total_campaigns > 0 THEN least(100.0, round(100.0 * coalesce(p.synced_campaigns, 0) / p.total_campaigns, 1))
        ELSE 0.0
      END AS progress_percent,
      coalesce(p.synced_campaigns, 0) AS synced_campaigns,
      coalesce(p.total_campaigns, 0) AS total_campaigns,
      round(extract(epoch FROM now() - p.last_chunk_at) / 60, 1) AS minutes_since_last_chunk,
      coalesce(cardinality(p.failed_chunks), 0) AS failed_chunk_count,
      p.error_message,
      p.last_chunk_at,
      p.started_at,
      p.completed_at,
      p.is_complete,
      p.failed_chunks,
      p.generation,
      p.run_kind,
      p.waiting_reason,
      p.waiting_until
    FROM apishopee_ads_sync_progress p
    LEFT JOIN apishopee_shops s ON s.shop_id = p.shop_id
  $view$;
BEGIN
  EXECUTE definition;
EXCEPTION WHEN invalid_table_definition THEN
  DROP VIEW v_ads_sync_progress_status;
  EXECUTE definition;
END
$$;
