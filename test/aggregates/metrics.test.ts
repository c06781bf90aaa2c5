import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import type { Schema } from "../../src/core/types.ts";
import { BIGINT, DOUBLE, INTEGER, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";
import { batchOf } from "../exec/operator-harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";

/** Metrics of predictions against scikit-learn's (scripts/test-metrics.py), over tables and over streams that take rows back. */

interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

interface ClassCase {
  readonly name: string;
  readonly labels: readonly (number | string)[];
  readonly predicted: readonly (number | string)[];
  readonly positive: number | string | null;
  readonly accuracy: number;
  readonly binary?: Scores;
  readonly macro: Scores;
  readonly micro: Scores;
  readonly weighted: Scores;
  readonly matrix: readonly (readonly [number | string, number | string, number])[];
}

interface Expected {
  readonly classes: readonly ClassCase[];
  readonly scores: readonly {
    name: string;
    labels: readonly number[];
    scores: readonly number[];
    roc_auc: number | null;
    log_loss: number | null;
  }[];
  readonly numbers: readonly {
    name: string;
    labels: readonly number[];
    predicted: readonly number[];
    rmse: number;
    mae: number;
    mape: number;
    r2: number | null;
  }[];
}

const FILE = "test/aggregates/metrics.json";

/** The compiled test stands elsewhere than its data. */
function read(): Expected {
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      if (existsSync(join(at, FILE))) return JSON.parse(readFileSync(join(at, FILE), "utf8")) as Expected;
    }
  }
  throw new Error(`${FILE} is not there`);
}

const expected = read();

const session = new Session({ timeZone: "UTC", threads: 1 });
afterAll(() => session.close());

function setTable(name: string, schema: Schema, rows: readonly (readonly Value[])[]): void {
  const batches = [
    batchOf(
      schema.map((field) => field.type),
      rows,
    ),
  ];
  const source = { kind: "memory", schema, batches, rowCount: rows.length } as const;
  const entry = { kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) } as const;
  session.catalog.create(entry, { replace: true });
}

const pairs = (a: readonly Value[], b: readonly Value[]): Value[][] => a.map((value, i) => [value, b[i]]);

async function values(sql: string): Promise<Value[]> {
  const { batches, schema } = await session.query(sql);
  return schema.map((_, c) => valueAt(batches[0].columns[c], 0));
}

/** To the last digits, which depend on the order of additions. */
function near(got: readonly Value[], wanted: readonly (number | null)[]): void {
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    if (value === null) expect(got[i]).toBeNull();
    else expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
  });
}

describe("classes", () => {
  test.each(expected.classes)("$name", async (one) => {
    const type = typeof one.labels[0] === "number" ? INTEGER : VARCHAR;
    const missing = [
      [null, one.labels[0]],
      [one.labels[0], null],
    ];
    setTable(
      "t",
      [
        { name: "y", type },
        { name: "p", type },
      ],
      [...pairs(one.labels, one.predicted), ...missing],
    );
    const scores = (average: string) => ["precision_score", "recall_score", "f1_score"].map((name) => `${name}(y, p${average})`).join(", ");
    const flat = ({ precision, recall, f1 }: Scores) => [precision, recall, f1];
    near(await values("SELECT accuracy(y, p) FROM t"), [one.accuracy]);
    for (const average of ["macro", "micro", "weighted"] as const) {
      near(await values(`SELECT ${scores(`, '${average}'`)} FROM t`), flat(one[average]));
    }
    if (one.binary !== undefined) {
      const positive = typeof one.positive === "string" ? `, 'binary', '${one.positive}'` : "";
      near(await values(`SELECT ${scores(positive)} FROM t`), flat(one.binary));
      if (one.positive === 1) near(await values("SELECT f1_score(y = 1, p = 1) FROM t"), [one.binary.f1]);
    }
    const matrix = (await values("SELECT confusion_matrix(y, p) FROM t"))[0] as readonly Value[];
    expect(matrix).toEqual(one.matrix.map(([label, predicted, count]) => [label, predicted, BigInt(count)]));
  });
});

describe("scores", () => {
  test.each(expected.scores)("$name", async ({ labels, scores, roc_auc, log_loss }) => {
    setTable(
      "t",
      [
        { name: "y", type: INTEGER },
        { name: "p", type: DOUBLE },
      ],
      [...pairs(labels, scores), [null, 0.5], [1, null]],
    );
    near(await values("SELECT roc_auc(y, p), roc_auc(y = 1, p) FROM t"), [roc_auc, roc_auc]);
    if (log_loss !== null) near(await values("SELECT log_loss(y, p), log_loss(y = 1, p) FROM t"), [log_loss, log_loss]);
    else await expect(session.query("SELECT log_loss(y, p) FROM t")).rejects.toThrow("a probability that is not between them");
  });
});

describe("numbers", () => {
  test.each(expected.numbers)("$name", async ({ labels, predicted, rmse, mae, mape, r2 }) => {
    setTable(
      "t",
      [
        { name: "y", type: DOUBLE },
        { name: "p", type: DOUBLE },
      ],
      [...pairs(labels, predicted), [null, 1], [1, null]],
    );
    near(await values("SELECT rmse(y, p), mae(y, p), mape(y, p) FROM t"), [rmse, mae, mape]);
    const [score] = await values("SELECT r2_score(y, p) FROM t");
    if (r2 === null) expect(score).toBeNull();
    // Far from zero the mean itself is only known to some digits.
    else expect(Math.abs((score as number) - r2)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(r2)));
  });
});

test("no rows give NULL", async () => {
  setTable(
    "t",
    [
      { name: "y", type: INTEGER },
      { name: "p", type: INTEGER },
    ],
    [],
  );
  const calls = [
    "accuracy",
    "precision_score",
    "recall_score",
    "f1_score",
    "confusion_matrix",
    "roc_auc",
    "log_loss",
    "rmse",
    "mae",
    "mape",
    "r2_score",
  ];
  expect(await values(`SELECT ${calls.map((name) => `${name}(y, p)`).join(", ")} FROM t`)).toEqual(calls.map(() => null));
});

test.each([
  ["f1_score(s, s)", "must be told which is the positive one"],
  ["f1_score(y, p, 'makro')", "f1_score knows no average 'makro'"],
  ["f1_score(n, n)", "over 3 classes: 'binary' is for two"],
  ["roc_auc(n, p)", "a label of roc_auc is 2"],
  ["log_loss(n, 0.5)", "a label that is not 0 or 1"],
  ["accuracy([y], [p])", "cannot be a class"],
])("%s: %s", async (call, message) => {
  const schema = [
    { name: "y", type: INTEGER },
    { name: "p", type: INTEGER },
    { name: "n", type: INTEGER },
    { name: "s", type: VARCHAR },
  ];
  setTable(
    "t",
    schema,
    [0, 1, 2].map((i) => [i % 2, 1, i, `c${i}`]),
  );
  await expect(session.query(`SELECT ${call} FROM t`)).rejects.toThrow(message);
});

describe("streams", () => {
  const schema: Schema = [
    { name: "ts", type: TIMESTAMP },
    { name: "k", type: BIGINT },
    { name: "y", type: INTEGER },
    { name: "p", type: INTEGER },
    { name: "x", type: DOUBLE },
  ];
  const rows = Array.from({ length: 120 }, (_, i): Value[] => [
    BigInt(i) * 1_000_000n,
    BigInt(i % 7),
    i % 3 === 0 ? 1 : 0,
    (i * 5) % 4 === 0 ? 1 : 0,
    (i % 8) / 8,
  ]);
  const calls = [
    "accuracy(y, p)",
    "f1_score(y, p, 'macro')",
    "confusion_matrix(y, p)",
    "roc_auc(y, x)",
    "log_loss(y, x)",
    "rmse(y, x)",
    "mae(y, x)",
    "r2_score(y, x)",
  ];
  const queries = [
    (list: string) => `SELECT k, ${list} FROM {t} GROUP BY k`,
    (list: string) =>
      `SELECT window_end, ${list} FROM HOP(TABLE {t}, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND) GROUP BY window_start, window_end`,
    // The latest row of each key replaces the one before.
    (list: string) =>
      `SELECT ${list.replaceAll(/\b([ypx])\b(?=[,)])/g, "$1")} FROM (SELECT k, max(y) AS y, min(p) AS p, max(x) AS x FROM {t} GROUP BY k)`,
  ];

  test.each(queries.map((query) => [query(calls.join(", "))]))("%s", async (sql) => {
    setTable("t", schema, rows);
    const wanted = await session.query(`${sql.replace("{t}", "t")} ORDER BY 1`);
    for (const restoreAfter of [undefined, 3]) {
      const engine = new StreamEngine({ schema: [{ name: "k", type: VARCHAR }], rows: [] });
      engine.setStream("s", schema, rows, 16);
      const { table } = await engine.run(sql.replace("{t}", "s"), { restoreAfter });
      expect(shown(table)).toEqual(shown(wanted));
    }
  });

  const shown = ({ batches, schema: fields }: Awaited<ReturnType<Session["query"]>>) =>
    batches
      .flatMap(({ columns, length }) =>
        Array.from({ length }, (_, row) =>
          fields
            .map((_field, c) => {
              const value = valueAt(columns[c], row);
              return typeof value === "number"
                ? value.toFixed(10)
                : JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? `${part}` : part));
            })
            .join(" "),
        ),
      )
      .sort();
});
