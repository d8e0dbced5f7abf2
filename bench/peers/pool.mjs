// The limit: five loops that take the next task, without any queue.

import { CONCURRENCY, program } from "./lib/program.mjs";
import { tasks } from "./lib/work.mjs";

await program(async ({ work }) => ({
  async run() {
    const todo = tasks(await work.list()).values();
    const loop = async () => {
      for (const task of todo) await work.run(task);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  },
}));
