#!/usr/bin/env bash
# The console of a Worker under `wrangler dev` is one stream of lines only for console.log: what console.warn and console.error write is
# decorated, with a sign, the word in brackets and colour codes, also where nobody sees them, since the output is a file. Whoever writes
# structured logs, a JSON object a line, and reads them there line by line, as the platform's own logs are read, gets the lines of
# level "info" and misses exactly those that tell of trouble. With NO_COLOR set it is the same.
# The page on Workers Logs recommends JSON objects through console methods, and the page on local development says nothing of this.
# Met when a test counted the calls of a run in the log, and the failed attempt was not there.
# Source: https://developers.cloudflare.com/workers/observability/logs/workers-logs/#logging-structured-json-objects
# Seen with wrangler 4.164.0, with NO_COLOR and without: {"n":1} stands alone on its line; the lines of {"n":2} and {"n":3} have a sign,
# a word in brackets and colour codes before the object, and a colour code after it.
set -euo pipefail

version=4.164.0
work=$(mktemp -d)
stop() { [ -z "${server:-}" ] || { kill -- "-$server" && wait "$server"; } 2> /dev/null || true; }
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "wrangler@$version" node@22.23.3
export PATH="$work/node_modules/.bin:$PATH"
cat > main.js <<'J'
export default { fetch() {
  console.log(JSON.stringify({ n: 1 }));
  console.warn(JSON.stringify({ n: 2 }));
  console.error(JSON.stringify({ n: 3 }));
  return new Response("done");
} };
J
cat > wrangler.toml <<'T'
name = "probe"
main = "main.js"
compatibility_date = "2026-01-01"
T
export WRANGLER_SEND_METRICS=false CI=1
unset FORCE_COLOR
set -m # a process group of its own, which is killed as a whole

seen() {
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  env "$@" npx wrangler dev --ip 127.0.0.1 --port "$port" --inspector-port 0 > log 2>&1 &
  server=$!
  for _ in $(seq 120); do
    curl --silent --fail --max-time 5 "http://127.0.0.1:$port/" > /dev/null && break
    sleep 0.5
  done
  for _ in $(seq 120); do
    grep -q '"n":3' log && break
    sleep 0.5
  done
  stop
  for n in 1 2 3; do
    line=$(grep -m 1 "\"n\":$n" log | sed 's/\x1b/ESC/g' || true)
    echo "wrangler $version dev, $*, console line $n: $line"
    case "$n/$line" in
      "1/{\"n\":1}" | 2/ESC*WARNING*'{"n":2}ESC'* | 3/ESC*ERROR*'{"n":3}ESC'*) ;;
      *) cat log; echo "changed: line $n is not as it was seen"; exit 1 ;;
    esac
  done
}

seen A_VARIABLE=that_changes_nothing
seen NO_COLOR=1
