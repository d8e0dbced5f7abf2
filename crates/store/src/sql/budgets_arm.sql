-- budgets.arm
-- $1 shop, $2 fence, $3 seconds, $4 campaign, $5 known, $6 write, $7 schedule or NULL
WITH held AS (
  UPDATE apishopee_ads_budget_leases SET lease_until = now() + make_interval(secs => $3)
  WHERE shop_id = $1 AND fence = $2
  RETURNING 1
), rules AS (
  SELECT ads_budget_rules($1) AS of_shop
), answer AS (
  SELECT CASE
    WHEN NOT EXISTS (SELECT FROM held) THEN 'lost'
    WHEN rules.of_shop #>> '{deployment,enabled}' = 'false' OR rules.of_shop #>> '{shop,enabled}' = 'false'
      OR rules.of_shop #>> '{deployment,dry_run}' = 'true' OR rules.of_shop #>> '{shop,dry_run}' = 'true' THEN 'stopped'
    WHEN $7::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM apishopee_scheduled_ads_budget b
      WHERE b.id = $7::uuid AND b.shop_id = $1 AND b.is_active) THEN 'withdrawn'
    ELSE 'go' END AS word
  FROM rules
), kept AS (
  INSERT INTO apishopee_ads_budget_state (shop_id, campaign_id, known, write, updated_at)
  SELECT $1, $4, $5::jsonb, nullif($6::jsonb, 'null'), now() FROM answer WHERE word = 'go'
  ON CONFLICT (shop_id, campaign_id) DO UPDATE SET
    known = EXCLUDED.known, write = EXCLUDED.write, updated_at = EXCLUDED.updated_at
)
SELECT to_jsonb(word)::text FROM answer
