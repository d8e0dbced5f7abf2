-- Jobs, and one row a chunk of every chunked run. No CHECK on sync_type: operators write rows by hand, and one
-- that cannot be understood must end 'failed' with a reason rather than be refused at an odd moment.

CREATE TABLE IF NOT EXISTS apishopee_ads_sync_queue (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_ads_sync_queue
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS priority INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS sync_type TEXT NOT NULL DEFAULT 'realtime',
  ADD COLUMN IF NOT EXISTS sync_params JSONB DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS status TEXT NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  ADD COLUMN IF NOT EXISTS retry_count INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS max_retries INTEGER DEFAULT 3,
  ADD COLUMN IF NOT EXISTS scheduled_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS started_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS completed_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS error_message TEXT,
  ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS chunk_index INTEGER,
  ADD COLUMN IF NOT EXISTS chunk_size INTEGER,
  ADD COLUMN IF NOT EXISTS is_chunk BOOLEAN DEFAULT false,
  ADD COLUMN IF NOT EXISTS trigger TEXT,
  ADD COLUMN IF NOT EXISTS generation BIGINT,
  ADD COLUMN IF NOT EXISTS stage TEXT CHECK (stage IN ('campaigns', 'performance', 'shop_totals')),
  ADD COLUMN IF NOT EXISTS attempt INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS claimed_until TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS result JSONB;

COMMENT ON COLUMN apishopee_ads_sync_queue.trigger IS 'Who asked: cron, http, compat or sql; NULL means sql.';
COMMENT ON COLUMN apishopee_ads_sync_queue.claimed_until IS
  'A job in work whose time is past has lost its start message, and is claimed again.';

CREATE UNIQUE INDEX IF NOT EXISTS apishopee_ads_sync_queue_chunk_key
  ON apishopee_ads_sync_queue (shop_id, generation, stage, chunk_index) WHERE is_chunk AND generation IS NOT NULL;
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_queue_pending
  ON apishopee_ads_sync_queue (priority DESC, scheduled_at) WHERE status = 'pending' AND is_chunk IS NOT TRUE;
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_queue_in_work
  ON apishopee_ads_sync_queue (claimed_until) WHERE status = 'processing';
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_queue_ended
  ON apishopee_ads_sync_queue ((coalesce(completed_at, created_at))) WHERE status IN ('completed', 'failed');
CREATE INDEX IF NOT EXISTS apishopee_ads_sync_queue_shop ON apishopee_ads_sync_queue (shop_id, status);
