-- A statement that its caller has given up may still run, minutes later, when others have followed it.

ALTER TABLE apishopee_shops ADD COLUMN IF NOT EXISTS consented_at TIMESTAMPTZ;
COMMENT ON COLUMN apishopee_shops.consented_at IS
  'When the seller''s last consent was taken in. A copy of it, or of an older one, that is stored again changes nothing.';
