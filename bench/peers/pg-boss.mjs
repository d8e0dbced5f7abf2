// pg-boss as its documentation shows five parallel workers (`localConcurrency`), which look for a job as often as they may.

import { boss } from "./lib/boss.mjs";

await boss({}, {}, { pollingIntervalSeconds: 0.5 });
