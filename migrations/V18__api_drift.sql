-- What in Shopee's answers is not as documented, each kind once. Rows may be deleted by hand: what is met again is then
-- told again.

CREATE TABLE IF NOT EXISTS apishopee_ads_api_drift (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  endpoint TEXT NOT NULL,
  field TEXT NOT NULL,
  problem TEXT NOT NULL,
  campaign_id BIGINT,
  sample TEXT NOT NULL,
  shop_id BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (endpoint, field, problem)
);
COMMENT ON COLUMN apishopee_ads_api_drift.problem IS
  'What is wrong with the field; unknown: nobody knows it. Unknown fields of campaigns are kept in raw_data.';
COMMENT ON COLUMN apishopee_ads_api_drift.shop_id IS 'The shop whose run met it first.';
