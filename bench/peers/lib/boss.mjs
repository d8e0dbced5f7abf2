// pg-boss with five workers on a queue with a job a chunk; `options` say how they fetch.

import { PgBoss } from "pg-boss";
import { CONCURRENCY, countdown, program } from "./program.mjs";
import { tasks } from "./work.mjs";

export async function boss(instance, queue, options) {
  await program(async ({ job, work }) => {
    const jobs = countdown();
    const boss = new PgBoss({ connectionString: job.databaseUrl, ...instance });
    boss.on("error", jobs.fail);
    await boss.start();
    for (const name of ["sync", "chunk"]) await boss.createQueue(name, queue);
    const watched = (handle) => async (batch) => {
      try {
        for (const each of batch) await handle(each.data);
      } catch (error) {
        jobs.fail(error);
        throw error;
      }
      batch.forEach(jobs.done);
    };
    const sync = async () => {
      const todo = tasks(await work.list());
      jobs.expect(todo.length + 1);
      await boss.insert("chunk", todo.map((data) => ({ data })));
    };
    await boss.work("sync", { pollingIntervalSeconds: 0.5 }, watched(sync));
    await boss.work("chunk", { localConcurrency: CONCURRENCY, ...options }, watched((task) => work.run(task)));
    return {
      async run() {
        await boss.send("sync", {});
        await jobs.promise;
      },
      stop: () => boss.stop(),
    };
  });
}
