import { type CompileContext, compileExpression, compilePipeline } from "../../src/compile/index.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, INTEGER, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { BATCH_ROWS, type BytesVector, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import type { BoundExpr } from "../../src/plan/expression.ts";

/** Nanoseconds a row of compiled expressions and pipelines, batch by batch, one thread. `node dist/bench/micro/expressions.js` prints one JSON line a case. */

const span = { start: 0, end: 0 };
const functions = builtinFunctions();
const context = (): CompileContext => ({
  functions,
  timeZone: "UTC",
  nowMicros: 0,
  subqueryValues: [],
  checkInterrupt: () => {},
});

const literal = (type: DataType, value: Value): BoundExpr => ({ kind: "literal", type, value, span });
const compare = (op: "<" | ">" | "=", left: BoundExpr, right: BoundExpr): BoundExpr => ({
  kind: "compare",
  type: BOOLEAN,
  op,
  left,
  right,
  span,
});

const branch = (when: BoundExpr, then: BoundExpr) => ({ when, then });

/** A call by the types of its arguments, which must be those of an overload. */
function call(name: string, type: DataType, ...args: BoundExpr[]): BoundExpr {
  const definition = functions.lookup(name);
  if (definition?.kind !== "scalar") throw new Error(`no function ${name}`);
  const overload = definition.overloads.findIndex(
    (candidate) => candidate.args.length === args.length && candidate.args.every((pattern, i) => pattern === args[i].type.kind),
  );
  if (overload < 0) throw new Error(`no overload of ${name}`);
  return { kind: "call", type, name, overload, args, span };
}

let seed = 42;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 4294967296;
}

const BATCHES = 64;
const cities = Array.from({ length: 1000 }, (_, i) => `city ${i}`);
const dictionary = makeDictionary(vectorFromValues(VARCHAR, cities) as BytesVector);

function makeBatch(batch: number, nulls: boolean): RecordBatch {
  const column = (type: DataType, make: (row: number) => Value): Vector =>
    vectorFromValues(
      type,
      Array.from({ length: BATCH_ROWS }, (_, i) => (nulls && random() < 0.1 ? null : make(batch * BATCH_ROWS + i))),
    );
  const codes = Int32Array.from({ length: BATCH_ROWS }, () => Math.floor(random() * cities.length));
  return {
    length: BATCH_ROWS,
    columns: [
      column(DOUBLE, () => random() * 100),
      column(DOUBLE, () => random()),
      column(BIGINT, () => BigInt(Math.floor(random() * 1e6))),
      column(INTEGER, () => Math.floor(random() * 1000)),
      column(TIMESTAMP, (row) => 1_700_000_000_000_000n + BigInt(row) * 1_000_000n),
      column(VARCHAR, () => cities[Math.floor(random() * cities.length)]),
      { layout: "dictionary", type: VARCHAR, length: BATCH_ROWS, validity: null, codes, dictionary },
    ],
  };
}
const types = [DOUBLE, DOUBLE, BIGINT, INTEGER, TIMESTAMP, VARCHAR, VARCHAR];
const [a, b, big, small, time, text, coded] = types.map(
  (type, index): BoundExpr => ({ kind: "column", type, index, name: `c${index}`, span }),
);

const three = call("*", DOUBLE, call("+", DOUBLE, call("*", DOUBLE, a, b), a), literal(DOUBLE, 1.1));
const cases: readonly { name: string; filter?: BoundExpr; exprs: readonly BoundExpr[] }[] = [
  { name: "three operations on doubles", exprs: [three] },
  { name: "double comparison", exprs: [compare("<", a, literal(DOUBLE, 50))] },
  { name: "bigint comparison", exprs: [compare("<", big, literal(BIGINT, 500_000n))] },
  { name: "bigint sum", exprs: [call("+", BIGINT, big, literal(BIGINT, 7n))] },
  { name: "integer sum", exprs: [call("+", INTEGER, small, literal(INTEGER, 7))] },
  { name: "timestamp comparison", exprs: [compare(">", time, literal(TIMESTAMP, 1_700_000_500_000_000n))] },
  { name: "filter at one half, product", filter: compare("<", a, literal(DOUBLE, 50)), exprs: [call("*", DOUBLE, a, b)] },
  {
    name: "filter on bigint, product and two columns",
    filter: compare("<", big, literal(BIGINT, 500_000n)),
    exprs: [call("*", DOUBLE, a, b), small, time],
  },
  { name: "text equality", exprs: [compare("=", text, literal(VARCHAR, "city 77"))] },
  { name: "text order", exprs: [compare("<", text, literal(VARCHAR, "city 77"))] },
  { name: "dictionary equality", exprs: [compare("=", coded, literal(VARCHAR, "city 77"))] },
  { name: "upper of text", exprs: [call("upper", VARCHAR, text)] },
  { name: "upper of dictionary", exprs: [call("upper", VARCHAR, coded)] },
  {
    name: "case to text",
    exprs: [
      {
        kind: "case",
        type: VARCHAR,
        branches: [branch(compare("<", a, literal(DOUBLE, 50)), literal(VARCHAR, "low"))],
        otherwise: literal(VARCHAR, "high"),
        span,
      },
    ],
  },
];

for (const nulls of [false, true]) {
  const batches = Array.from({ length: BATCHES }, (_, batch) => makeBatch(batch, nulls));
  for (const { name, filter, exprs } of cases) {
    const run =
      filter === undefined && exprs.length === 1
        ? compileExpression(exprs[0], types, context())
        : compilePipeline({ filter, exprs, inputTypes: types }, context());
    const times: number[] = [];
    for (let round = 0; round < 9; round++) {
      const start = process.hrtime.bigint();
      for (const batch of batches) run(batch);
      times.push(Number(process.hrtime.bigint() - start));
    }
    times.sort((x, y) => x - y);
    const rows = BATCHES * BATCH_ROWS;
    console.log(
      JSON.stringify({
        case: name,
        nulls,
        rows,
        ns_per_row: Number((times[4] / rows).toFixed(2)),
        best: Number((times[0] / rows).toFixed(2)),
      }),
    );
  }
}
