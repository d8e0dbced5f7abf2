// Cloudflare Workflows: one instance a shop, one step a chunk, five steps at a time.

import { WorkflowEntrypoint } from "cloudflare:workers";
import pg from "pg";
import { Shopee } from "../lib/shopee.mjs";
import { Work, tasks } from "../lib/work.mjs";

const CONCURRENCY = 5;
const ID = "shop";

export class Sync extends WorkflowEntrypoint {
  async run(_event, step) {
    const job = JSON.parse(this.env.BENCH_JOB);
    const pool = new pg.Pool({ connectionString: this.env.DB.connectionString, max: CONCURRENCY });
    const shopee = new Shopee({ ...job.shopee, shopId: job.shopId });
    const work = new Work(shopee, (text, values) => pool.query(text, values), job);
    const ids = await step.do("list", () => work.list());
    const todo = tasks(ids).entries();
    const loop = async () => {
      for (const [number, task] of todo) {
        await step.do(`${number} ${task.task}`, async () => {
          await work.run(task);
          return task.ids.length;
        });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, loop));
    await pool.end();
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/start") {
      await env.SYNC.create({ id: ID });
      return new Response("started");
    }
    if (pathname === "/status") {
      const instance = await env.SYNC.get(ID);
      return Response.json(await instance.status());
    }
    return new Response("ready");
  },
};
