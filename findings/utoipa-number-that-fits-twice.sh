#!/usr/bin/env bash
# The crate `utoipa` describes an untagged enum as `oneOf` its variants. Where one variant holds an `i64` and another an `f64`, the schema
# refuses every whole number that serde writes for the type: JSON Schema counts 5 as an integer and as a number, so that it fits
# both, and "exactly one" is broken. The type's own values are invalid under the type's own schema. Met when a tool that tests
# answers against their description refused a list of settings.
# Sources: https://docs.rs/utoipa/6.0.0/utoipa/derive.ToSchema.html (enums) beside
# https://json-schema.org/draft/2020-12/json-schema-core#section-10.2.1.3 (oneOf) and
# https://json-schema.org/draft/2020-12/json-schema-validation#section-6.1.1 (a number without a fraction is an integer).
# Seen with utoipa 6.0.0 and ajv 8.17.1: true and 5.5 are valid, 5 is not ("must match exactly one schema in oneOf").
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
utoipa = "=6.0.0"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
T
cat > "$work/src/main.rs" <<'T'
use utoipa::PartialSchema;

#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code)]
enum Value {
    Flag(bool),
    Whole(i64),
    Number(f64),
}

fn main() {
    let values = [Value::Flag(true), Value::Whole(5), Value::Number(5.5)];
    println!("{}", serde_json::json!({ "schema": Value::schema(), "values": values }));
}
T
(cd "$work" && cargo run --quiet --color never) > "$work/told.json"
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ajv@8.17.1 > /dev/null
cat > check.mjs <<'T'
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

const { schema, values } = JSON.parse(readFileSync("told.json", "utf8"));
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
for (const value of values) {
  const verdict = validate(value) ? "valid" : validate.errors.at(-1).message;
  console.log(`${value}: ${verdict}`);
}
T
seen=$(node check.mjs)
echo "$seen"
expected="true: valid
5: must match exactly one schema in oneOf
5.5: valid"
if [ "$seen" != "$expected" ]; then
  echo "changed: the schema takes other values"
  exit 1
fi
