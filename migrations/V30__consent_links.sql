-- Links that ask a seller's consent, so that each works once and it is known who asked. A link is kept for a while after its end.

CREATE TABLE IF NOT EXISTS apishopee_ads_consent_links (
  nonce TEXT PRIMARY KEY,
  actor TEXT NOT NULL,
  shop_id BIGINT,
  expires_at TIMESTAMPTZ NOT NULL,
  code_hash TEXT,
  used_at TIMESTAMPTZ
);
COMMENT ON COLUMN apishopee_ads_consent_links.actor IS 'Who asked for the link.';
COMMENT ON COLUMN apishopee_ads_consent_links.shop_id IS 'The shop that is expected; NULL if any may come.';
COMMENT ON COLUMN apishopee_ads_consent_links.code_hash IS 'The one code that came back with the link; no other is taken.';
COMMENT ON COLUMN apishopee_ads_consent_links.used_at IS 'When the consent was taken on; the link is of no use any more.';
