-- Scheduled budgets of campaigns, and what became of each attempt to set one.

CREATE TABLE IF NOT EXISTS apishopee_scheduled_ads_budget (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_scheduled_ads_budget
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS campaign_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS campaign_name TEXT,
  ADD COLUMN IF NOT EXISTS ad_type TEXT,
  ADD COLUMN IF NOT EXISTS hour_start INTEGER NOT NULL DEFAULT 0 CHECK (hour_start BETWEEN 0 AND 23),
  ADD COLUMN IF NOT EXISTS hour_end INTEGER NOT NULL DEFAULT 24 CHECK (hour_end BETWEEN 0 AND 24),
  ADD COLUMN IF NOT EXISTS minute_start INTEGER NOT NULL DEFAULT 0 CHECK (minute_start BETWEEN 0 AND 59),
  ADD COLUMN IF NOT EXISTS minute_end INTEGER NOT NULL DEFAULT 0 CHECK (minute_end BETWEEN 0 AND 59),
  ADD COLUMN IF NOT EXISTS budget NUMERIC(15,2),
  ADD COLUMN IF NOT EXISTS days_of_week INTEGER[],
  ADD COLUMN IF NOT EXISTS specific_dates TEXT[],
  ADD COLUMN IF NOT EXISTS is_active BOOLEAN DEFAULT true,
  ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at TIMESTAMPTZ DEFAULT now();

CREATE TABLE IF NOT EXISTS apishopee_ads_budget_logs (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_ads_budget_logs
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS campaign_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS campaign_name TEXT,
  ADD COLUMN IF NOT EXISTS schedule_id UUID,
  ADD COLUMN IF NOT EXISTS old_budget NUMERIC(15,2),
  ADD COLUMN IF NOT EXISTS new_budget NUMERIC(15,2),
  ADD COLUMN IF NOT EXISTS status TEXT NOT NULL DEFAULT 'failed' CHECK (status IN ('success', 'failed', 'skipped')),
  ADD COLUMN IF NOT EXISTS error_message TEXT,
  ADD COLUMN IF NOT EXISTS executed_at TIMESTAMPTZ DEFAULT now();
CREATE INDEX IF NOT EXISTS apishopee_ads_budget_logs_shop ON apishopee_ads_budget_logs (shop_id, executed_at DESC);
