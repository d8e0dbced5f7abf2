// Calls of the Open Platform, signed as it demands: lowercase hex of HMAC-SHA256 over partner id, path, time, token and shop.

import { createHmac } from "node:crypto";

const PATH = "/api/v2/ads/";

export class Shopee {
  /** @param {{url: string, partnerId: number, partnerKey: string, accessToken: string, shopId: number}} account */
  constructor(account) {
    this.account = account;
    this.calls = 0;
  }

  /** The `response` of a call. Throws where the platform refuses. */
  async get(endpoint, parameters = {}) {
    const { url, partnerId, partnerKey, accessToken, shopId } = this.account;
    const path = PATH + endpoint;
    const timestamp = Math.floor(Date.now() / 1000);
    const base = `${partnerId}${path}${timestamp}${accessToken}${shopId}`;
    const sign = createHmac("sha256", partnerKey).update(base).digest("hex");
    const query = new URLSearchParams({
      partner_id: partnerId,
      timestamp,
      sign,
      access_token: accessToken,
      shop_id: shopId,
      ...parameters,
    });
    this.calls += 1;
    const answer = await fetch(`${url}${path}?${query}`);
    const body = await answer.json();
    if (!answer.ok || body.error) throw new Error(`${endpoint} answered ${answer.status}: ${body.error} ${body.message}`);
    return body.response;
  }
}
