-- What the budget scheduler needs beside schedules and logs: who made a schedule, guard rails, and what is known of the
-- campaigns whose budgets it writes.

ALTER TABLE apishopee_scheduled_ads_budget
  ADD COLUMN IF NOT EXISTS restore BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS created_by TEXT;
COMMENT ON COLUMN apishopee_scheduled_ads_budget.restore IS
  'Whether the budget from before comes back when a slot ends.';
COMMENT ON COLUMN apishopee_scheduled_ads_budget.created_by IS 'Who made it over HTTP. NULL: it was made in SQL.';
CREATE INDEX IF NOT EXISTS apishopee_scheduled_ads_budget_active
  ON apishopee_scheduled_ads_budget (shop_id) WHERE is_active;

ALTER TABLE apishopee_ads_budget_logs
  ADD COLUMN IF NOT EXISTS action TEXT,
  ADD COLUMN IF NOT EXISTS slot_date DATE;
COMMENT ON COLUMN apishopee_ads_budget_logs.action IS
  'apply: a slot has begun. restore: one has ended. now: somebody asked for it.';
COMMENT ON COLUMN apishopee_ads_budget_logs.slot_date IS 'The date of the slot in the shop''s time zone.';
CREATE INDEX IF NOT EXISTS apishopee_ads_budget_logs_time
  ON apishopee_ads_budget_logs (shop_id, ads_unix_ms(executed_at) DESC);

-- Row (0, '') is of the whole deployment, (0, region) of the shops of a region, (shop_id, '') of one shop. NULL inherits.
-- Amounts are in the currency of the region, so the whole deployment has none.
CREATE TABLE IF NOT EXISTS apishopee_ads_budget_rules (
  shop_id BIGINT NOT NULL DEFAULT 0 CHECK (shop_id >= 0),
  region TEXT NOT NULL DEFAULT '' CHECK (region = upper(region)),
  floor NUMERIC(15,2) CHECK (floor > 0),
  ceiling NUMERIC(15,2) CHECK (ceiling > 0),
  change_percent_tick INTEGER CHECK (change_percent_tick BETWEEN 1 AND 100000),
  change_percent_day INTEGER CHECK (change_percent_day BETWEEN 1 AND 100000),
  shop_daily_total NUMERIC(15,2) CHECK (shop_daily_total > 0),
  enabled BOOLEAN,
  dry_run BOOLEAN,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_by TEXT,
  PRIMARY KEY (shop_id, region),
  CONSTRAINT a_shop_has_its_region CHECK (shop_id = 0 OR region = ''),
  CONSTRAINT amounts_have_a_currency CHECK (shop_id <> 0 OR region <> '' OR num_nonnulls(floor, ceiling, shop_daily_total) = 0),
  CONSTRAINT ceiling_is_above_the_floor CHECK (ceiling >= floor)
);
COMMENT ON COLUMN apishopee_ads_budget_rules.enabled IS
  'false: no budget is written (the kill switch). It counts wherever it stands.';
COMMENT ON COLUMN apishopee_ads_budget_rules.dry_run IS
  'true: what would be written is only logged. It counts wherever it stands.';

-- What is known of a campaign's slots, and a write whose outcome is open. Written before an edit is sent.
CREATE TABLE IF NOT EXISTS apishopee_ads_budget_state (
  shop_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  known JSONB NOT NULL DEFAULT '{}',
  write JSONB,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (shop_id, campaign_id)
);

-- Who writes a shop's budgets at present. The fence rises with each holder; an older one can store nothing.
CREATE TABLE IF NOT EXISTS apishopee_ads_budget_leases (
  shop_id BIGINT PRIMARY KEY,
  holder TEXT,
  fence BIGINT NOT NULL DEFAULT 0,
  lease_until TIMESTAMPTZ,
  asked BOOLEAN NOT NULL DEFAULT false
);
COMMENT ON COLUMN apishopee_ads_budget_leases.asked IS 'Somebody else came meanwhile: the shop is looked at once more.';

-- The budgets that Shopee allows, where the app may ask for that. NULL: it may not, or there is no limit.
CREATE TABLE IF NOT EXISTS apishopee_ads_budget_limits (
  shop_id BIGINT PRIMARY KEY,
  min_budget NUMERIC(15,2),
  max_budget NUMERIC(15,2),
  fetched_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- The rules that hold for a shop, its own and those of the deployment and its region, as two documents.
CREATE OR REPLACE FUNCTION ads_budget_rules(p_shop_id BIGINT) RETURNS JSONB LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'deployment', jsonb_build_object(
      'floor', coalesce(of_region.floor, allowed.min_budget)::text,
      'ceiling', coalesce(of_region.ceiling, allowed.max_budget)::text,
      'shop_daily_total', of_region.shop_daily_total::text,
      'change_percent_tick', coalesce(of_region.change_percent_tick, of_all.change_percent_tick),
      'change_percent_day', coalesce(of_region.change_percent_day, of_all.change_percent_day),
      'enabled', coalesce(of_region.enabled, true) AND coalesce(of_all.enabled, true),
      'dry_run', coalesce(of_region.dry_run, false) OR coalesce(of_all.dry_run, false)),
    'shop', jsonb_build_object(
      'floor', own.floor::text, 'ceiling', own.ceiling::text, 'shop_daily_total', own.shop_daily_total::text,
      'change_percent_tick', own.change_percent_tick, 'change_percent_day', own.change_percent_day,
      'enabled', own.enabled, 'dry_run', own.dry_run))
  FROM (SELECT) AS one
  LEFT JOIN apishopee_shops s ON s.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules own ON own.shop_id = p_shop_id AND own.region = ''
  LEFT JOIN apishopee_ads_budget_rules of_region
    ON of_region.shop_id = 0 AND of_region.region = upper(trim(s.region)) AND of_region.region <> ''
  LEFT JOIN apishopee_ads_budget_limits allowed ON allowed.shop_id = p_shop_id
  LEFT JOIN apishopee_ads_budget_rules of_all ON of_all.shop_id = 0 AND of_all.region = ''
$$;
