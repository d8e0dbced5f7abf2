balance_input AS MATERIALIZED (
  SELECT r.balance, r.data_timestamp
  FROM jsonb_populate_record(NULL::apishopee_ads_shop_balance, nullif($4::jsonb, 'null')) AS r
  WHERE r.balance IS NOT NULL
), balance AS (
  INSERT INTO apishopee_ads_shop_balance AS old (shop_id, balance, data_timestamp, generation, fetched_at)
  SELECT f.shop_id, r.balance, r.data_timestamp, f.generation, f.fetched_at
  FROM fence f CROSS JOIN balance_input r LEFT JOIN apishopee_ads_shop_balance had ON had.shop_id = f.shop_id
  WHERE f.touch OR (had.balance, had.data_timestamp) IS DISTINCT FROM (r.balance, r.data_timestamp)
  ON CONFLICT (shop_id) DO UPDATE
  SET balance = EXCLUDED.balance, data_timestamp = EXCLUDED.data_timestamp, generation = EXCLUDED.generation,
    fetched_at = EXCLUDED.fetched_at
  WHERE (old.generation, old.fetched_at) <= (EXCLUDED.generation, EXCLUDED.fetched_at)
    AND ((SELECT touch FROM fence)
      OR (old.balance, old.data_timestamp) IS DISTINCT FROM (EXCLUDED.balance, EXCLUDED.data_timestamp))
  RETURNING 1
)
