#!/usr/bin/env bash
# Under `wrangler dev` a queue's consumer works on one batch at a time, whatever `max_concurrency` says; on the platform it is
# called for several batches at once. The page on local development says that the session mirrors the production environment.
# So the time that a local consumer waits for something is time in which nothing else of its queue is done, and a measured
# throughput, or a race between two batches, is not that of the platform. Met when budgets of forty shops took a third longer
# than their calls: both shops of the one batch waited before they read back.
# Source: https://developers.cloudflare.com/queues/configuration/local-development/ beside
# https://developers.cloudflare.com/queues/configuration/consumer-concurrency/ (max_concurrency).
# Seen with wrangler 4.164.0: of eight messages in batches of one, with max_concurrency = 8, one is worked on at a time.
set -euo pipefail

version=4.164.0
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || { kill -- "-$server" && wait "$server"; } 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "wrangler@$version" node@22.23.3
export PATH="$work/node_modules/.bin:$PATH"
cat > worker.js <<'T'
let now = 0, most = 0, done = 0;
export default {
  async fetch(request, env) {
    if (request.method === "POST") await env.QUEUE.sendBatch([..."abcdefgh"].map((body) => ({ body })));
    return Response.json({ most, done });
  },
  async queue() {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 300));
    now--, done++;
  },
};
T
cat > wrangler.toml <<'T'
name = "probe"
main = "worker.js"
compatibility_date = "2026-01-01"
[[queues.producers]]
queue = "probe"
binding = "QUEUE"
[[queues.consumers]]
queue = "probe"
max_batch_size = 1
max_batch_timeout = 0
max_concurrency = 8
T
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export WRANGLER_SEND_METRICS=false CI=1
set -m # a process group of its own, which is killed as a whole
npx wrangler dev --ip 127.0.0.1 --port "$port" --inspector-port 0 > log 2>&1 &
server=$!

for _ in $(seq 120); do
  curl --silent --fail --max-time 5 "http://127.0.0.1:$port/" > /dev/null && break
  sleep 0.5
done
curl --silent --fail --max-time 5 --request POST "http://127.0.0.1:$port/" > /dev/null || { cat log; exit 1; }
for _ in $(seq 120); do
  seen=$(curl --silent --fail --max-time 5 "http://127.0.0.1:$port/")
  case $seen in *'"done":8'*) break ;; esac
  sleep 0.25
done
echo "wrangler $version: $seen"
[ "$seen" = '{"most":1,"done":8}' ] || { echo "changed: not one batch at a time"; exit 1; }
