-- Shops and their calendars. Every migration may run on an empty database or on one that has these tables
-- already, with data and with more columns: what is missing is added, nothing is taken away.

CREATE TABLE IF NOT EXISTS apishopee_shops (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_shops
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS shop_name TEXT,
  ADD COLUMN IF NOT EXISTS region TEXT,
  ADD COLUMN IF NOT EXISTS access_token TEXT,
  ADD COLUMN IF NOT EXISTS refresh_token TEXT,
  ADD COLUMN IF NOT EXISTS token_expires_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS partner_id BIGINT,
  ADD COLUMN IF NOT EXISTS partner_key TEXT,
  ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at TIMESTAMPTZ DEFAULT now();

-- The calendar in which Shopee counts a shop's days. Indonesia has three zones; Shopee uses that of Jakarta.
CREATE OR REPLACE FUNCTION ads_region_time_zone(region TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE upper(trim(region))
    WHEN 'SG' THEN 'Asia/Singapore'
    WHEN 'MY' THEN 'Asia/Kuala_Lumpur'
    WHEN 'TH' THEN 'Asia/Bangkok'
    WHEN 'VN' THEN 'Asia/Ho_Chi_Minh'
    WHEN 'PH' THEN 'Asia/Manila'
    WHEN 'ID' THEN 'Asia/Jakarta'
    WHEN 'TW' THEN 'Asia/Taipei'
    WHEN 'MX' THEN 'America/Mexico_City'
    WHEN 'CL' THEN 'America/Santiago'
    WHEN 'CO' THEN 'America/Bogota'
    WHEN 'PL' THEN 'Europe/Warsaw'
    WHEN 'BR' THEN 'America/Sao_Paulo'
    ELSE 'Asia/Singapore'
  END
$$;

-- Unix milliseconds; NULL for NULL and for the infinite times that a hand-written row may hold.
CREATE OR REPLACE FUNCTION ads_unix_ms(at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN isfinite(at) THEN floor(extract(epoch FROM at) * 1000)::BIGINT END
$$;
