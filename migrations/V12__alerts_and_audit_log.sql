-- What needs somebody's attention, who changed what by hand, and who had a dead letter sent again.

CREATE TABLE IF NOT EXISTS apishopee_ads_alerts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  kind TEXT NOT NULL,
  shop_id BIGINT,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  text TEXT NOT NULL,
  first_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  last_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  seen_count INTEGER NOT NULL DEFAULT 1,
  resolved_at TIMESTAMPTZ
);
COMMENT ON COLUMN apishopee_ads_alerts.shop_id IS 'NULL: the whole deployment.';
CREATE UNIQUE INDEX IF NOT EXISTS apishopee_ads_alerts_open
  ON apishopee_ads_alerts (kind, coalesce(shop_id, 0)) WHERE resolved_at IS NULL;
-- Lists are paged by the millisecond.
CREATE INDEX IF NOT EXISTS apishopee_ads_alerts_time ON apishopee_ads_alerts (ads_unix_ms(first_seen_at) DESC);

CREATE TABLE IF NOT EXISTS apishopee_ads_audit_log (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  at TIMESTAMPTZ NOT NULL DEFAULT now(),
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  shop_id BIGINT,
  subject TEXT,
  before JSONB,
  after JSONB
);
COMMENT ON COLUMN apishopee_ads_audit_log.shop_id IS 'NULL: the action was not about one shop.';
CREATE INDEX IF NOT EXISTS apishopee_ads_audit_log_time ON apishopee_ads_audit_log (ads_unix_ms(at) DESC);
CREATE INDEX IF NOT EXISTS apishopee_ads_audit_log_shop ON apishopee_ads_audit_log (shop_id, ads_unix_ms(at) DESC);

ALTER TABLE apishopee_ads_dead_letters ADD COLUMN IF NOT EXISTS replayed_by TEXT;
CREATE INDEX IF NOT EXISTS apishopee_ads_dead_letters_time
  ON apishopee_ads_dead_letters (ads_unix_ms(received_at) DESC);
