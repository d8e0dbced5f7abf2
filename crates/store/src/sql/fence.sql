fence AS MATERIALIZED (
  SELECT f.*, to_timestamp(f.fetched_at_ms / 1000.0) AS fetched_at
  FROM jsonb_to_record($1::jsonb) AS f (shop_id bigint, generation bigint, fetched_at_ms bigint, touch boolean,
    stage text, chunk_index int, finish boolean, result jsonb)
  JOIN apishopee_ads_sync_progress p ON p.shop_id = f.shop_id AND p.generation = f.generation
  WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
  FOR SHARE OF p
)
