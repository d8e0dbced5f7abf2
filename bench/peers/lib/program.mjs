// What a contender's program says and hears: it prints {"event":"ready"}, waits for a line, works, and prints
// {"event":"done",…}. So neither its start nor its end is part of the time.

import { once } from "node:events";
import { createInterface } from "node:readline";
import pg from "pg";
import { Shopee } from "./shopee.mjs";
import { Work } from "./work.mjs";

export const CONCURRENCY = 5;

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * @param {(context: {job: object, pool: pg.Pool, work: Work}) => Promise<{run: () => Promise<unknown>, stop?: () => Promise<unknown>}>} prepare
 */
export async function program(prepare) {
  const job = JSON.parse(process.env.BENCH_JOB);
  const pool = new pg.Pool({ connectionString: job.databaseUrl, max: CONCURRENCY });
  const shopee = new Shopee({ ...job.shopee, shopId: job.shopId });
  const work = new Work(shopee, (text, values) => pool.query(text, values), job);
  const { run, stop } = await prepare({ job, pool, work });
  const lines = createInterface({ input: process.stdin });
  say({ event: "ready" });
  await once(lines, "line");
  await run();
  say({ event: "done", calls: shopee.calls });
  lines.close();
  await stop?.();
  await pool.end();
}

/** A promise that is kept after `count` calls of `done`, or broken by `fail`. */
export function countdown() {
  let left = Infinity;
  let finished = 0;
  const { promise, resolve, reject } = Promise.withResolvers();
  const look = () => finished >= left && resolve();
  return {
    promise,
    fail: reject,
    expect: (count) => ((left = count), look()),
    done: () => ((finished += 1), look()),
  };
}
