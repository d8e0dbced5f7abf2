// graphile-worker as its documentation would have it: a task that adds a job a chunk, at most five jobs at a time.

import { Logger, run } from "graphile-worker";
import { CONCURRENCY, countdown, program } from "./lib/program.mjs";
import { tasks } from "./lib/work.mjs";

await program(async ({ job, work }) => {
  const jobs = countdown();
  const taskList = {
    async sync(_payload, helpers) {
      const todo = tasks(await work.list());
      jobs.expect(todo.length + 1);
      await helpers.addJobs(todo.map((payload) => ({ identifier: "chunk", payload })));
    },
    async chunk(payload) {
      await work.run(payload);
    },
  };
  const logger = new Logger(() => (level, message) => level === "error" && console.error(message));
  const runner = await run({
    connectionString: job.databaseUrl,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger,
    taskList,
  });
  runner.events.on("job:complete", ({ error }) => (error ? jobs.fail(error) : jobs.done()));
  return {
    async run() {
      await runner.addJob("sync", {});
      await jobs.promise;
    },
    stop: () => runner.stop(),
  };
});
