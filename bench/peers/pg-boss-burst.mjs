// pg-boss with what its documentation offers against its pauses: workers that are woken by NOTIFY, and that fetch on without a
// pause while their batches are full. A batch needs at least two jobs for that.

import { boss } from "./lib/boss.mjs";

await boss({ useListenNotify: true }, { notify: true }, { batchSize: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 });
