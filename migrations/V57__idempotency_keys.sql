-- What each Idempotency-Key was sent with, so that one that is sent with something else is refused.

CREATE TABLE IF NOT EXISTS apishopee_ads_idempotency_keys (
  id UUID PRIMARY KEY,
  request_hash TEXT NOT NULL,
  made_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS apishopee_ads_idempotency_keys_made_at ON apishopee_ads_idempotency_keys (made_at);
COMMENT ON COLUMN apishopee_ads_idempotency_keys.id IS 'The id of the row that the request makes, which follows from the shop and the key.';
COMMENT ON COLUMN apishopee_ads_idempotency_keys.request_hash IS 'SHA-256 of the path and the body, in hexadecimal digits.';
COMMENT ON COLUMN apishopee_ads_idempotency_keys.made_at IS 'When it was sent first; it is forgotten a week later.';

SELECT ads_close_access(ARRAY['apishopee_ads_idempotency_keys']);
