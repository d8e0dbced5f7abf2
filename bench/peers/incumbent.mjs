// The incumbent's algorithm: one chunk at a time; each lists all ids again, takes its slice by offset, fetches it and writes it.
// Its pauses are left out: five jobs every five minutes.

import { program } from "./lib/program.mjs";
import { CHUNK } from "./lib/work.mjs";

await program(async ({ work }) => ({
  async run() {
    for (let offset = 0; ; offset += CHUNK) {
      const ids = (await work.list()).slice(offset, offset + CHUNK);
      if (ids.length === 0) break;
      await work.settings(ids);
      await work.performance(ids);
      if (ids.length < CHUNK) break;
    }
    await work.totals();
  },
}));
