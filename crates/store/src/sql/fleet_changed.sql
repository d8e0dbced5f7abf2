-- fleet.changed
-- $1: the version since which, or NULL; $2: as many shops at most.
-- A version is the oldest transaction that was still open: whatever that one and later ones write is newer. So nothing is
-- missed that is committed late, or written by hand; what was told may be told again.
WITH known AS MATERIALIZED (
  SELECT here.version, $1::text::xid8 AS since,
    coalesce($1::text::numeric BETWEEN here.version::text::numeric - 1000000000 AND here.version::text::numeric, false) AS is_known
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS version) here
), changed AS MATERIALIZED (
  SELECT p.shop_id FROM known k
  JOIN apishopee_ads_sync_progress p ON k.is_known AND age(p.xmin) <= age(k.since::xid)
  LIMIT $2 + 1
)
SELECT jsonb_build_object('version', k.version::text, 'shops',
  CASE WHEN k.is_known AND (SELECT count(*) FROM changed) <= $2 THEN coalesce((
    SELECT jsonb_agg(jsonb_build_object('shop_id', v.shop_id, 'progress', to_jsonb(v) || jsonb_build_object(
      'waiting_until_ms', ads_unix_ms(v.waiting_until),
      'started_at_ms', ads_unix_ms(v.started_at),
      'last_chunk_at_ms', ads_unix_ms(v.last_chunk_at),
      'completed_at_ms', ads_unix_ms(v.completed_at))) ORDER BY v.shop_id)
    FROM changed c JOIN v_ads_sync_progress_status v ON v.shop_id = c.shop_id), '[]') END)::text
FROM known k
