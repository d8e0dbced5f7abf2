#!/usr/bin/env bash
# The router `matchit` takes an empty segment for a named parameter where another segment follows: `/shops//sync` matches
# `/shops/{id}/sync` with an empty `id`. At the end of a path it does not: `/shops/` does not match `/shops/{id}`. Its page does not
# tell the two apart. So whoever moves from segments that were split by hand to this router gets handlers called with an empty
# parameter. Met when the routes of an HTTP interface moved to it.
# Source: https://docs.rs/matchit/0.8.4/matchit/#parameters
# Seen with matchit 0.8.4, rustc 1.95.0: "/shops//sync: matches, id is ''" and "/shops/: nothing".
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
matchit = "=0.8.4"
T
cat > "$work/src/main.rs" <<'T'
fn main() {
    let mut router = matchit::Router::new();
    router.insert("/shops/{id}", ()).unwrap();
    router.insert("/shops/{id}/sync", ()).unwrap();
    for path in ["/shops/7/sync", "/shops//sync", "/shops/"] {
        match router.at(path) {
            Ok(found) => println!("{path}: matches, id is '{}'", found.params.get("id").unwrap_or("?")),
            Err(_) => println!("{path}: nothing"),
        }
    }
}
T
seen=$(cd "$work" && cargo run --quiet --color never)
echo "$seen"
expected="/shops/7/sync: matches, id is '7'
/shops//sync: matches, id is ''
/shops/: nothing"
if [ "$seen" != "$expected" ]; then
  echo "changed: empty segments are matched in another way"
  exit 1
fi
