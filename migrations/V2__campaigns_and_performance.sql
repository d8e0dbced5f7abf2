-- What a sync stores. `generation` and `fetched_at` say which run wrote a row last, and how old its answer is.

CREATE TABLE IF NOT EXISTS apishopee_ads_campaign_data (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_ads_campaign_data
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS campaign_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS ad_type TEXT,
  ADD COLUMN IF NOT EXISTS name TEXT,
  ADD COLUMN IF NOT EXISTS status TEXT,
  ADD COLUMN IF NOT EXISTS campaign_placement TEXT,
  ADD COLUMN IF NOT EXISTS bidding_method TEXT,
  ADD COLUMN IF NOT EXISTS campaign_budget NUMERIC(15,2),
  ADD COLUMN IF NOT EXISTS start_time BIGINT,
  ADD COLUMN IF NOT EXISTS end_time BIGINT,
  ADD COLUMN IF NOT EXISTS item_count INTEGER,
  ADD COLUMN IF NOT EXISTS roas_target NUMERIC(12,4),
  ADD COLUMN IF NOT EXISTS raw_data JSONB,
  ADD COLUMN IF NOT EXISTS synced_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS cached_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS generation BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS fetched_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS vanished_at TIMESTAMPTZ;

CREATE TABLE IF NOT EXISTS apishopee_ads_performance_daily (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE IF NOT EXISTS apishopee_ads_performance_hourly (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE IF NOT EXISTS apishopee_ads_shop_performance_daily (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE IF NOT EXISTS apishopee_ads_shop_performance_hourly (id UUID PRIMARY KEY DEFAULT gen_random_uuid());

DO $$
DECLARE
  performance TEXT;
BEGIN
  FOREACH performance IN ARRAY ARRAY['apishopee_ads_performance_daily', 'apishopee_ads_performance_hourly',
    'apishopee_ads_shop_performance_daily', 'apishopee_ads_shop_performance_hourly']
  LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL', performance);
    IF performance NOT LIKE '%shop\_performance%' THEN
      EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS campaign_id BIGINT NOT NULL', performance);
    END IF;
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS performance_date DATE NOT NULL', performance);
    IF performance LIKE '%hourly' THEN
      EXECUTE format(
        'ALTER TABLE %I ADD COLUMN IF NOT EXISTS hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23)', performance);
    END IF;
    EXECUTE format($add$
      ALTER TABLE %I
        ADD COLUMN IF NOT EXISTS impression BIGINT DEFAULT 0,
        ADD COLUMN IF NOT EXISTS clicks BIGINT DEFAULT 0,
        ADD COLUMN IF NOT EXISTS ctr NUMERIC(24,6) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS expense NUMERIC(15,2) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS direct_order INTEGER DEFAULT 0,
        ADD COLUMN IF NOT EXISTS direct_gmv NUMERIC(15,2) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS broad_order INTEGER DEFAULT 0,
        ADD COLUMN IF NOT EXISTS broad_gmv NUMERIC(15,2) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS direct_item_sold INTEGER DEFAULT 0,
        ADD COLUMN IF NOT EXISTS broad_item_sold INTEGER DEFAULT 0,
        ADD COLUMN IF NOT EXISTS roas NUMERIC(24,6) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS acos NUMERIC(24,6) DEFAULT 0,
        ADD COLUMN IF NOT EXISTS synced_at TIMESTAMPTZ DEFAULT now(),
        ADD COLUMN IF NOT EXISTS generation BIGINT NOT NULL DEFAULT 0,
        ADD COLUMN IF NOT EXISTS fetched_at TIMESTAMPTZ
    $add$, performance);
  END LOOP;
END
$$;

-- A ratio can be far larger than the columns of an older installation hold (a sale of a thousand for a cent of
-- advertising), and one row that does not fit would fail its whole chunk.
DO $$
DECLARE
  narrow RECORD;
BEGIN
  FOR narrow IN
    SELECT c.table_name, c.column_name
    FROM information_schema.columns c
    WHERE c.table_schema = current_schema() AND c.column_name IN ('ctr', 'roas', 'acos')
      AND c.table_name IN ('apishopee_ads_performance_daily', 'apishopee_ads_performance_hourly',
        'apishopee_ads_shop_performance_daily', 'apishopee_ads_shop_performance_hourly')
      AND c.data_type = 'numeric' AND c.numeric_precision - c.numeric_scale < 18
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE NUMERIC(24,6)', narrow.table_name, narrow.column_name);
    EXCEPTION WHEN feature_not_supported THEN
      RAISE NOTICE '%.% keeps its narrow type because a view uses it', narrow.table_name, narrow.column_name;
    END;
  END LOOP;
END
$$;

-- Free and paid advertising credit of a shop (Shopee: v2.ads.get_total_balance).
CREATE TABLE IF NOT EXISTS apishopee_ads_shop_balance (
  shop_id BIGINT PRIMARY KEY,
  balance NUMERIC(15,2) NOT NULL,
  data_timestamp BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  fetched_at TIMESTAMPTZ NOT NULL
);
