-- An empty list of campaigns is believed when it is seen twice: the first run that saw it, until one sees campaigns again.

ALTER TABLE apishopee_ads_sync_status ADD COLUMN IF NOT EXISTS listed_empty BIGINT;
COMMENT ON COLUMN apishopee_ads_sync_status.listed_empty IS
  'The run that found the list of campaigns empty where the shop had some. Its campaigns are kept until another run finds it empty too.';

-- What the platform no longer has is ongoing in no count, whoever counts. A campaign that comes back gets its status from there.
UPDATE apishopee_ads_campaign_data SET status = 'deleted', status_since = vanished_at
WHERE vanished_at IS NOT NULL AND status IS DISTINCT FROM 'deleted';
