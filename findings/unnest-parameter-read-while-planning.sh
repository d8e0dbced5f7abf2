#!/usr/bin/env bash
# PostgreSQL's planner reads an array parameter that comes as text: to estimate how many rows unnest will make, it evaluates the
# cast, that is reads every element, which execution then does again. For a statement that writes a thousand rows of figures,
# planning took 8.9 ms so, and 2.4 ms with the parameter in a subquery, whose value the planner does not look for. A type whose
# check counts shows it: EXPLAIN, which runs nothing, reads all ten elements.
# Source: the page on planner support functions says that one may estimate the rows of a set-returning function
# (https://www.postgresql.org/docs/current/xfunc-optimization.html), not that parameters are evaluated for it.
# Seen with PGlite 0.5.17, PostgreSQL 18.7; the times with PostgreSQL 18.4.
set -euo pipefail

version=0.5.17
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "@electric-sql/pglite@$version"
cat > probe.mjs <<'T'
import { PGlite } from "@electric-sql/pglite";

const database = await PGlite.create();
await database.exec(`
  CREATE FUNCTION counted(value int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RAISE NOTICE 'read'; RETURN true; END $$;
  CREATE DOMAIN element AS int CHECK (counted(value));
  CREATE TABLE known (id int PRIMARY KEY);`);
const elements = "{1,2,3,4,5,6,7,8,9,10}";
const reads = async (argument) => {
  let count = 0;
  const explain = `EXPLAIN SELECT DISTINCT n FROM unnest(${argument}) AS n LEFT JOIN known ON known.id = n ORDER BY n`;
  await database.query(explain, [elements], { onNotice: () => count++ });
  return count;
};
const { rows } = await database.query("SHOW server_version");
const plain = await reads("$1::text::element[]");
const subquery = await reads("(SELECT $1::text::element[])");
console.log(`PostgreSQL ${rows[0].server_version}: EXPLAIN reads ${plain} of 10 elements, in a subquery ${subquery}`);
if (!(plain === 10 && subquery === 0)) {
  console.log("changed: the planner does not read the parameter's elements, or reads them in a subquery, too");
  process.exit(1);
}
T
node probe.mjs
