// One statement a chunk: a multi-row upsert, the rows as one JSON text.

import { COUNTERS } from "./rows.mjs";

const SETTINGS = [
  "ad_type",
  "name",
  "status",
  "campaign_placement",
  "bidding_method",
  "campaign_budget",
  "start_time",
  "end_time",
  "item_count",
  "roas_target",
  "raw_data",
];

const assigned = (columns) => columns.map((name) => `${name} = EXCLUDED.${name}`).join(", ");
const of = (row, columns) => columns.map((name) => `${row}.${name}`).join(", ");

/** $1 shop, $2 campaigns. */
export const CAMPAIGNS = `
  INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, ${SETTINGS.join(", ")}, synced_at, cached_at, fetched_at)
  SELECT $1, r.campaign_id, ${of("r", SETTINGS)}, now(), now(), now()
  FROM jsonb_populate_recordset(NULL::apishopee_ads_campaign_data, $2::jsonb) r
  ON CONFLICT (shop_id, campaign_id) DO UPDATE SET ${assigned(SETTINGS)}, synced_at = now(), cached_at = now(), fetched_at = now()`;

function figures(table, key, rows) {
  return `
  INSERT INTO ${table} (shop_id, ${key.join(", ")}, ${COUNTERS.join(", ")}, ctr, roas, acos, synced_at, fetched_at)
  SELECT $1, ${of("r", key)}, ${of("r", COUNTERS)},
    CASE WHEN r.impression <= 0 THEN 0 ELSE round(r.clicks::numeric / r.impression, 6) END,
    CASE WHEN r.expense <= 0 THEN 0 ELSE round(r.broad_gmv / r.expense, 6) END,
    CASE WHEN r.broad_gmv <= 0 THEN 0 ELSE round(100 * r.expense / r.broad_gmv, 6) END, now(), now()
  FROM jsonb_populate_recordset(NULL::${table}, ${rows}::jsonb) r
  ON CONFLICT (shop_id, ${key.join(", ")}) DO UPDATE SET ${assigned([...COUNTERS, "ctr", "roas", "acos"])},
    synced_at = now(), fetched_at = now()`;
}

/** $1 shop, $2 days of campaigns, $3 their hours. */
export const PERFORMANCE = `
  WITH daily AS (${figures("apishopee_ads_performance_daily", ["campaign_id", "performance_date"], "$2")})
  ${figures("apishopee_ads_performance_hourly", ["campaign_id", "performance_date", "hour"], "$3")}`;

/** $1 shop, $2 its days, $3 its hours, $4 its balance. */
export const SHOP = `
  WITH daily AS (${figures("apishopee_ads_shop_performance_daily", ["performance_date"], "$2")}),
  hourly AS (${figures("apishopee_ads_shop_performance_hourly", ["performance_date", "hour"], "$3")})
  INSERT INTO apishopee_ads_shop_balance (shop_id, balance, data_timestamp, generation, fetched_at)
  SELECT $1, r.total_balance, r.data_timestamp, 0, now()
  FROM jsonb_to_record($4::jsonb) AS r (total_balance numeric, data_timestamp bigint)
  ON CONFLICT (shop_id) DO UPDATE SET balance = EXCLUDED.balance, data_timestamp = EXCLUDED.data_timestamp,
    fetched_at = now()`;
