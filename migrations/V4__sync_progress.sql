-- Where every shop's sync stands: a picture that the running work draws, not its memory.

CREATE TABLE IF NOT EXISTS apishopee_ads_sync_progress (shop_id BIGINT PRIMARY KEY);
ALTER TABLE apishopee_ads_sync_progress
  ADD COLUMN IF NOT EXISTS total_campaigns INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS synced_campaigns INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS current_chunk INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS total_chunks INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS sync_stage TEXT NOT NULL DEFAULT 'idle'
    CHECK (sync_stage IN ('idle', 'syncing_campaigns', 'syncing_performance', 'completed', 'failed')),
  ADD COLUMN IF NOT EXISTS is_complete BOOLEAN DEFAULT false,
  ADD COLUMN IF NOT EXISTS failed_chunks INTEGER[] DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS started_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS last_chunk_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS completed_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS error_message TEXT,
  ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS generation BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS projection_rev BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS run_kind TEXT,
  ADD COLUMN IF NOT EXISTS chunks_done INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS chunks_planned INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS chunk_counts JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS redrive_count INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS waiting_reason TEXT,
  ADD COLUMN IF NOT EXISTS waiting_until TIMESTAMPTZ;

COMMENT ON COLUMN apishopee_ads_sync_progress.generation IS
  'The run that owns this row; whatever carries another number writes nothing.';
COMMENT ON COLUMN apishopee_ads_sync_progress.run_kind IS
  'The kind of the run; ''manual'' when init_ads_sync_progress has taken the shop over by hand.';
COMMENT ON COLUMN apishopee_ads_sync_progress.last_chunk_at IS
  'The last sign of progress: the beginning, a page of the listing, or a chunk.';
COMMENT ON COLUMN apishopee_ads_sync_progress.chunk_counts IS
  'By hand only: chunk index to campaigns synced, for the chunks that succeeded.';

CREATE TABLE IF NOT EXISTS apishopee_ads_sync_status (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
ALTER TABLE apishopee_ads_sync_status
  ADD COLUMN IF NOT EXISTS shop_id BIGINT NOT NULL,
  ADD COLUMN IF NOT EXISTS is_syncing BOOLEAN DEFAULT false,
  ADD COLUMN IF NOT EXISTS last_sync_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS last_sync_error TEXT,
  ADD COLUMN IF NOT EXISTS sync_progress JSONB,
  ADD COLUMN IF NOT EXISTS total_campaigns INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS ongoing_campaigns INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at TIMESTAMPTZ DEFAULT now(),
  ADD COLUMN IF NOT EXISTS generation BIGINT NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS apishopee_ads_sync_runs (
  shop_id BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  kind TEXT NOT NULL,
  trigger TEXT NOT NULL CHECK (trigger IN ('cron', 'http', 'sql', 'compat')),
  mode TEXT CHECK (mode IN ('direct', 'chunked')),
  status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
  params JSONB NOT NULL DEFAULT '{}',
  total_campaigns INTEGER NOT NULL DEFAULT 0,
  total_chunks INTEGER NOT NULL DEFAULT 0,
  receipt JSONB,
  error_message TEXT,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  ended_at TIMESTAMPTZ,
  PRIMARY KEY (shop_id, generation)
);

-- NULL inherits: a shop from the deployment (row 0), the deployment from the program.
CREATE TABLE IF NOT EXISTS apishopee_ads_sync_settings (
  shop_id BIGINT PRIMARY KEY CHECK (shop_id >= 0),
  chunk_size INTEGER CHECK (chunk_size BETWEEN 1 AND 150),
  direct_threshold INTEGER CHECK (direct_threshold BETWEEN 0 AND 2000),
  window_chunks INTEGER CHECK (window_chunks BETWEEN 1 AND 50),
  list_page_size INTEGER CHECK (list_page_size BETWEEN 1 AND 5000),
  lease_seconds INTEGER CHECK (lease_seconds BETWEEN 5 AND 600),
  max_attempts INTEGER CHECK (max_attempts BETWEEN 1 AND 20),
  queue_batch INTEGER CHECK (queue_batch BETWEEN 1 AND 500),
  CONSTRAINT queue_batch_is_of_the_deployment CHECK (shop_id = 0 OR queue_batch IS NULL)
);
INSERT INTO apishopee_ads_sync_settings (shop_id) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS apishopee_ads_dead_letters (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  reason TEXT NOT NULL,
  received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  replayed_at TIMESTAMPTZ
);
