// The pieces of the job that every contender does, on whatever queue: the same calls and the same rows.

import { campaignFigures, campaignRow, shopFigures, turned } from "./rows.mjs";
import { CAMPAIGNS, PERFORMANCE, SHOP } from "./sql.mjs";

/** Ids in a page of the list, and in a call about campaigns. */
const PAGE = 1000;
export const CHUNK = 100;

export class Work {
  /**
   * @param {import("./shopee.mjs").Shopee} shopee
   * @param {(text: string, values: unknown[]) => Promise<unknown>} query
   * @param {{shopId: number, from: string, to: string}} job the shop, and the first and last day of its daily figures
   */
  constructor(shopee, query, job) {
    Object.assign(this, { shopee, query, job });
  }

  /** All ids, page by page. */
  async list() {
    const ids = [];
    for (;;) {
      const parameters = { ad_type: "all", offset: ids.length, limit: PAGE };
      const page = await this.shopee.get("get_product_level_campaign_id_list", parameters);
      ids.push(...page.campaign_list.map((row) => row.campaign_id));
      if (!page.has_next_page || page.campaign_list.length === 0) return ids;
    }
  }

  async settings(ids) {
    const parameters = { info_type_list: "1,2,3,4", campaign_id_list: ids.join(",") };
    const answer = await this.shopee.get("get_product_level_campaign_setting_info", parameters);
    await this.query(CAMPAIGNS, [this.job.shopId, JSON.stringify(answer.campaign_list.map(campaignRow))]);
  }

  async performance(ids) {
    const campaign_id_list = ids.join(",");
    const { from, to, shopId } = this.job;
    const days = { start_date: turned(from), end_date: turned(to), campaign_id_list };
    const daily = await this.shopee.get("get_product_campaign_daily_performance", days);
    const day = { performance_date: turned(to), campaign_id_list };
    const hourly = await this.shopee.get("get_product_campaign_hourly_performance", day);
    const rows = [daily, hourly].map((answer) => JSON.stringify(campaignFigures(answer)));
    await this.query(PERFORMANCE, [shopId, ...rows]);
  }

  async totals() {
    const { from, to, shopId } = this.job;
    const days = { start_date: turned(from), end_date: turned(to) };
    const daily = await this.shopee.get("get_all_cpc_ads_daily_performance", days);
    const hourly = await this.shopee.get("get_all_cpc_ads_hourly_performance", { performance_date: turned(to) });
    const balance = await this.shopee.get("get_total_balance");
    const rows = [daily, hourly].map((answer) => JSON.stringify(shopFigures(answer)));
    await this.query(SHOP, [shopId, ...rows, JSON.stringify(balance)]);
  }

  /** A task by its name and ids. */
  run({ task, ids }) {
    return this[task](ids);
  }
}

/** What is to be done once the ids are known, in this order. */
export function tasks(ids) {
  const chunks = [];
  for (let at = 0; at < ids.length; at += CHUNK) chunks.push(ids.slice(at, at + CHUNK));
  const each = (task) => chunks.map((ids) => ({ task, ids }));
  return [...each("settings"), ...each("performance"), { task: "totals", ids: [] }];
}
