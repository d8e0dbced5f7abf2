#!/usr/bin/env bash
# `wrangler dev --var NAME:value other.js` does not run other.js. The option takes every word that follows it, so the path becomes
# a second variable, whose name is the path and which has no value; nothing is refused, nothing is warned of, and the Worker of
# the configuration's `main` runs instead. The path must come before the option. The page on commands shows the script as the
# first argument and `--var` as "key:value" without saying that it takes several words, or what a word without a colon means.
# Met when a Worker that is started with another clock ran by the machine's.
# Source: https://developers.cloudflare.com/workers/wrangler/commands/#dev (script, --var).
# Seen with wrangler 4.164.0: after the option, "main" answers and has a variable "./other.js"; before it, "other" answers.
set -euo pipefail

version=4.164.0
work=$(mktemp -d)
stop() { [ -z "${server:-}" ] || { kill -- "-$server" && wait "$server"; } 2> /dev/null || true; }
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "wrangler@$version" node@22.23.3
export PATH="$work/node_modules/.bin:$PATH"
for name in main other; do
  echo "export default { fetch: (_, env) => new Response('$name ' + Object.keys(env).sort()) };" > "$name.js"
done
cat > wrangler.toml <<'T'
name = "probe"
main = "main.js"
compatibility_date = "2026-01-01"
T
export WRANGLER_SEND_METRICS=false CI=1
set -m # a process group of its own, which is killed as a whole

answer() {
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  npx wrangler dev --ip 127.0.0.1 --port "$port" --inspector-port 0 "$@" > log 2>&1 &
  server=$!
  for _ in $(seq 120); do
    seen=$(curl --silent --fail --max-time 5 "http://127.0.0.1:$port/") && break
    sleep 0.5
  done
  stop
  echo "wrangler $version dev $*: ${seen:-no answer}"
}

answer --var GREETING:hello ./other.js
[ "${seen:-}" = "main ./other.js,GREETING" ] || { cat log; echo "changed: the path after the option is not a variable"; exit 1; }
seen=""
answer ./other.js --var GREETING:hello
[ "$seen" = "other GREETING" ] || { cat log; echo "changed: the path before the option is not the script"; exit 1; }
