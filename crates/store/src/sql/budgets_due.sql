-- budgets.due
-- $1 seconds to look ahead, $2 only these shops, or NULL. Slots are in the shop's local time; a run now that restores ends at an
-- absolute time.
SELECT jsonb_build_object('shop_id', due.shop_id, 'after_seconds', coalesce((
  SELECT jsonb_agg(DISTINCT ahead.seconds ORDER BY ahead.seconds)
  FROM (
    SELECT (edge.minute * 60 - floor(extract(epoch FROM due.local::time))::integer + 86400) % 86400 AS seconds
    FROM apishopee_scheduled_ads_budget b
    CROSS JOIN LATERAL (VALUES
      (coalesce(b.hour_start, 0) * 60 + coalesce(b.minute_start, 0)),
      (least(coalesce(b.hour_end, 24) * 60 + coalesce(b.minute_end, 0), 24 * 60))) AS edge (minute)
    WHERE b.shop_id = due.shop_id AND b.is_active
    UNION ALL
    SELECT ceil(extract(epoch FROM ads_from_unix_ms((t.known #>> '{applied,until_ms}')::bigint) - now()))::bigint
    FROM apishopee_ads_budget_state t
    WHERE t.shop_id = due.shop_id AND t.known #>> '{applied,before}' IS NOT NULL) AS ahead
  WHERE ahead.seconds BETWEEN 1 AND $1), '[]'))::text
FROM (
  SELECT s.shop_id, now() AT TIME ZONE ads_region_time_zone(s.region) AS local
  FROM apishopee_shops s
  WHERE s.disabled_at IS NULL AND (EXISTS (SELECT FROM apishopee_scheduled_ads_budget b WHERE b.shop_id = s.shop_id AND b.is_active)
    OR EXISTS (SELECT FROM apishopee_ads_budget_state t WHERE t.shop_id = s.shop_id
      AND (t.write IS NOT NULL OR t.known -> 'applied' ->> 'before' IS NOT NULL)))
    AND ($2 IS NULL OR s.shop_id IN (SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb) AS c (value)))
) due
ORDER BY due.shop_id
