// From the platform's answers to rows of the tables, with the columns' names and units.

/** DD-MM-YYYY, as the platform writes days, from YYYY-MM-DD, and back. */
export const turned = (day) => day.split("-").reverse().join("-");

export function campaignRow(row) {
  const common = row.common_info;
  return {
    campaign_id: row.campaign_id,
    ad_type: common.ad_type,
    name: common.ad_name,
    status: common.campaign_status,
    campaign_placement: common.campaign_placement,
    bidding_method: common.bidding_method,
    campaign_budget: common.campaign_budget,
    start_time: common.campaign_duration.start_time,
    end_time: common.campaign_duration.end_time,
    item_count: common.item_id_list.length,
    roas_target: row.auto_bidding_info?.roas_target ?? null,
    raw_data: row,
  };
}

/** Rows of days or hours of campaigns. A campaign without traffic has none. */
export function campaignFigures(response) {
  return response.campaign_list.flatMap((campaign) =>
    campaign.metrics_list
      .map((row) => figures(row, row.broad_order_amount, row.direct_order_amount, { campaign_id: campaign.campaign_id }))
      .filter((row) => COUNTERS.some((name) => row[name] !== 0)),
  );
}

/** Rows of days or hours of the whole shop. */
export function shopFigures(response) {
  return response.map((row) => figures(row, row.broad_item_sold, row.direct_item_sold, {}));
}

export const COUNTERS = [
  "impression",
  "clicks",
  "expense",
  "direct_order",
  "direct_gmv",
  "broad_order",
  "broad_gmv",
  "direct_item_sold",
  "broad_item_sold",
];

function figures(row, broad_item_sold, direct_item_sold, key) {
  const counters = { ...row, broad_item_sold, direct_item_sold };
  const ours = Object.fromEntries(COUNTERS.map((name) => [name, counters[name]]));
  return { ...key, performance_date: turned(row.date), hour: row.hour, ...ours };
}
