#!/usr/bin/env bash
# Two checkouts of one workspace that share CARGO_TARGET_DIR also share the artifacts of the workspace's own members: the
# hash in an artifact's name is made from the member's path relative to the workspace, not from where the workspace is. Cargo
# takes an artifact for fresh if no source is newer than it. So the second checkout, whose sources differ but are older than
# the first one's build, gets the first one's program, and `cargo run` says "Finished" without a warning. Copying a checkout
# with its target folder does the same: env!("CARGO_MANIFEST_DIR") still names the old one. Met when tests of one branch
# passed with the code of another.
# Source: seen by running it; the Cargo Book ("Build Cache") names CARGO_TARGET_DIR and does not mention this.
# Seen with cargo 1.95.0: the second checkout prints "first". Uses no package; nothing but cargo is run.
set -euo pipefail

cargo --version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="$work/target"

checkout() { # name
  mkdir -p "$work/$1/app/src"
  printf '[workspace]\nmembers = ["app"]\nresolver = "2"\n' > "$work/$1/Cargo.toml"
  printf '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' > "$work/$1/app/Cargo.toml"
  printf 'fn main() { println!("%s"); }\n' "$1" > "$work/$1/app/src/main.rs"
  find "$work/$1" -type f -exec touch -d '2020-01-01' {} +
}

checkout first
checkout second
one=$(cd "$work/first" && cargo run --quiet --offline)
two=$(cd "$work/second" && cargo run --quiet --offline)
echo "the first checkout prints: $one"
echo "the second checkout prints: $two"
[ "$one" = first ] && [ "$two" = first ] || { echo "changed: the second checkout has its own program"; exit 1; }
echo "as described: the second checkout ran the first one's program"
