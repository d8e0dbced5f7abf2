-- Until when the slots of a shop's budgets have been looked at: one that began and ended since then was missed.

ALTER TABLE apishopee_ads_budget_leases ADD COLUMN IF NOT EXISTS looked_at TIMESTAMPTZ;
COMMENT ON COLUMN apishopee_ads_budget_leases.looked_at IS
  'When everything that was due had been done last. A slot that began and ended after this was missed.';
