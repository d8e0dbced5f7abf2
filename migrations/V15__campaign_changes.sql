-- What has changed in a campaign's settings, whoever wrote it: a sync, a budget, or somebody by hand.

CREATE TABLE IF NOT EXISTS apishopee_ads_campaign_changes (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  field TEXT NOT NULL,
  old_value JSONB,
  new_value JSONB,
  at TIMESTAMPTZ NOT NULL DEFAULT now(),
  generation BIGINT NOT NULL
);
COMMENT ON COLUMN apishopee_ads_campaign_changes.field IS
  'A column of apishopee_ads_campaign_data. vanished_at: the campaign left the platform, or came back.';
COMMENT ON COLUMN apishopee_ads_campaign_changes.generation IS 'The run that wrote the row last.';
CREATE INDEX IF NOT EXISTS apishopee_ads_campaign_changes_shop ON apishopee_ads_campaign_changes (shop_id, id);
CREATE INDEX IF NOT EXISTS apishopee_ads_campaign_changes_campaign
  ON apishopee_ads_campaign_changes (shop_id, campaign_id, id);

CREATE OR REPLACE FUNCTION ads_log_campaign_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before JSONB := to_jsonb(OLD);
  after JSONB := to_jsonb(NEW);
BEGIN
  INSERT INTO apishopee_ads_campaign_changes (shop_id, campaign_id, field, old_value, new_value, generation)
  SELECT NEW.shop_id, NEW.campaign_id, f.field, nullif(before -> f.field, 'null'), nullif(after -> f.field, 'null'),
    NEW.generation
  FROM unnest(ARRAY['ad_type', 'name', 'status', 'campaign_placement', 'bidding_method', 'campaign_budget',
    'start_time', 'end_time', 'item_count', 'roas_target', 'vanished_at']) WITH ORDINALITY AS f (field, place)
  WHERE before -> f.field IS DISTINCT FROM after -> f.field
  ORDER BY f.place;
  RETURN NULL;
END
$$;

-- A row of generation 0 is an older installation's: what we write there first is where the log begins.
DROP TRIGGER IF EXISTS apishopee_ads_campaign_changes ON apishopee_ads_campaign_data;
CREATE TRIGGER apishopee_ads_campaign_changes
  AFTER UPDATE ON apishopee_ads_campaign_data FOR EACH ROW
  WHEN (OLD.generation > 0 AND
    (OLD.ad_type, OLD.name, OLD.status, OLD.campaign_placement, OLD.bidding_method, OLD.campaign_budget,
      OLD.start_time, OLD.end_time, OLD.item_count, OLD.roas_target, OLD.vanished_at)
    IS DISTINCT FROM
    (NEW.ad_type, NEW.name, NEW.status, NEW.campaign_placement, NEW.bidding_method, NEW.campaign_budget,
      NEW.start_time, NEW.end_time, NEW.item_count, NEW.roas_target, NEW.vanished_at))
  EXECUTE FUNCTION ads_log_campaign_changes();
