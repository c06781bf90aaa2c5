import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engines, type Verdict } from "./engines.ts";
import { aggregateQueries, castQueries, exampleQueries, failingCasts, matrixScript, mixingQueries, operatorQueries } from "./matrix.ts";

/** Deliberate differences by their names in docs/differences.md, and how they show. */
const DELIBERATE: Readonly<Record<string, RegExp>> = {
  "casts-without-a-conversion": /Weir: BindError: unimplemented type for cast/,
  "booleans-are-numbers":
    /(BOOLEAN and type (FLOAT|DOUBLE|DECIMAL)|(FLOAT|DOUBLE|DECIMAL\(\S+) and type BOOLEAN|types? of (values of type )?(BOOLEAN and|\S+ and BOOLEAN)|(BOOLEAN and (FLOAT|DOUBLE|DECIMAL)|(FLOAT|DOUBLE|DECIMAL\(\S+) and BOOLEAN)|Cannot deduce template type)/,
  "json-beside-other-types":
    /Weir: BindError: .*\bJSON\b|VARCHAR here, JSON in DuckDB|JSON here|Malformed JSON|AS (BLOB|INTERVAL|STRUCT\(a INTEGER, b VARCHAR\))\) AS x FROM m23|CAST\(c15 AS JSON\)/,
  "lists-of-other-types": /Weir: BindError: (cannot compare|a list mixes|no function matches|CASE mixes|coalesce mixes) .*(\[\])/,
  "maps-have-no-order": /Weir: BindError: no function matches \w+\(MAP/,
  "infinite-times": /value infinity can't be cast/,
  "nan-in-histogram": /histogram\(c1[01]/,
  estimates: /approx_count_distinct\(/,
};

/** What is refused though DuckDB has it: never a wrong answer, and rare. */
const REFUSED =
  /Weir: BindError: (cannot compare (BLOB with ENUM|ENUM\(.*\) with BLOB)|no function matches [+]\(\S+\[\], \S+\[\]\)|column "x" of UNION is)/;
/** 20 digits of a median that is computed in doubles: the engines round otherwise. */
const ROUNDED = /(median|mad)\(c14/;

/** Functions that DuckDB has not: their examples stand in tests of their own. */
const NOT_THERE = /DuckDB: Catalog Error: \w+ Function with name \w+ does not exist!/;

const engines = new Engines();
beforeAll(async () => {
  await engines.start();
  await engines.run(matrixScript());
});
afterAll(() => engines.close());

async function disagreements(queries: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const sql of queries) {
    const verdict: Verdict = await engines.ask(sql);
    if (verdict.kind === "not run") found.push(`${sql}\n  not run: ${verdict.reason}`);
    if (verdict.kind !== "differs") continue;
    const text = `${sql}\n${verdict.detail}`;
    if (Object.values(DELIBERATE).some((pattern) => pattern.test(text)) || REFUSED.test(text) || ROUNDED.test(sql)) continue;
    found.push(text);
  }
  return found;
}

/** One of so many is run each time, another part for each seed; all of them with WEIR_MATRIX=all. */
const PART = process.env.WEIR_MATRIX === "all" ? 1 : 8;
const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * PART));
const part = (queries: readonly string[]): string[] => queries.filter((_, i) => (i + seed) % PART === 0);

describe(`every type against every other agrees with DuckDB (WEIR_SEED=${seed})`, () => {
  it("casts", async () => expect(await disagreements(castQueries())).toEqual([]), 120_000);
  it("casts that fail", async () => expect(await disagreements(failingCasts())).toEqual([]), 120_000);
  it("operators", async () => expect(await disagreements(part(operatorQueries()))).toEqual([]), 300_000);
  it("CASE, COALESCE, lists, IN and UNION", async () => expect(await disagreements(part(mixingQueries()))).toEqual([]), 300_000);
  it("aggregates", async () => expect(await disagreements(aggregateQueries())).toEqual([]), 120_000);
  it("the examples of the function reference", async () => {
    const found = await disagreements(exampleQueries(engines.session.functions));
    expect(found.filter((text) => !NOT_THERE.test(text))).toEqual([]);
  }, 120_000);
});
