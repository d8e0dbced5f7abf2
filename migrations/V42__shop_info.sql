-- What Shopee says of a shop itself (v2.shop.get_shop_info) is asked for before its first run, and daily.

ALTER TABLE apishopee_shops ADD COLUMN IF NOT EXISTS info_at TIMESTAMPTZ;
COMMENT ON COLUMN apishopee_shops.info_at IS
  'When shop_name, region and authorized_until were last read from Shopee; NULL: not since the seller has consented.';
