#!/usr/bin/env bash
# The crate `worker` does not tell a queue consumer how often a message was delivered. The platform's message has `attempts`, and
# Cloudflare's pages on retries build growing delays on it; the crate's trait MessageExt has `id` and `timestamp` only, so the
# field must be read from the JavaScript object by hand (and its `#[event(queue)]` hands over no such object). Met when a fixed
# delay used up all deliveries of a message within seconds of an outage.
# Source: https://docs.rs/worker/0.8.7/worker/trait.MessageExt.html beside
# https://developers.cloudflare.com/queues/configuration/javascript-apis/#message (attempts).
# Seen with worker 0.8.7, rustc 1.95.0: `id()` compiles, `attempts()` is "no method named `attempts` found".
set -euo pipefail

rustc --version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat > "$work/Cargo.toml" <<'T'
[package]
name = "probe"
version = "0.1.0"
edition = "2021"

[dependencies]
worker = { version = "=0.8.7", features = ["queue"] }
T

compiles() { # method
  printf 'use worker::{MessageExt, RawMessage};\npub fn probe(message: &RawMessage) { let _ = message.%s(); }\n' "$1" \
    > "$work/src/lib.rs"
  (cd "$work" && cargo check --quiet --color never) 2> "$work/errors"
}

if ! compiles id; then
  cat "$work/errors"
  echo "changed: a message has no id, so this program asks in the wrong way"
  exit 1
fi
echo "a message has an id"
if compiles attempts; then
  echo "changed: a message tells its attempts"
  exit 1
fi
grep -m 1 'no method named `attempts`' "$work/errors"
