import { afterAll, beforeAll, expect, test } from "vitest";
import { allFunctions } from "../../src/all-functions.ts";
import type { ScalarFunction, TableFunctionDoc, TypePattern, WindowFunction } from "../../src/catalog/function-types.ts";
import { WeirError } from "../../src/core/errors.ts";
import { valueAt } from "../../src/core/read.ts";
import { Session } from "../../src/session.ts";
import { batchMethods } from "../../src/timeseries/anomalies/methods.ts";
import { MODELS } from "../../src/timeseries/forecast/models.ts";

/**
 * Every function of series, through SQL, on what real tables hold: nothing, NULL, NaN, infinities, constants, numbers near the ends of DOUBLE, and options
 * that make no sense. Each call gives a value or an error that a reader can mend; NaN never comes out, and nothing is an error of the engine.
 */

const session = new Session({ threads: 1, timeZone: "UTC" });
afterAll(() => session.close());

const definitions = allFunctions().definitions();
const scalars = definitions.filter((one): one is ScalarFunction => one.kind === "scalar" && one.family === "series");
/** Without `locf`, which gives a value as it is. */
const running = definitions.filter(
  (one): one is WindowFunction => one.kind === "window" && one.family === "running" && one.name !== "locf",
);

/** Series as SQL, ends of the range of what may come. */
const SERIES: readonly string[] = [
  "NULL",
  "[]",
  "[NULL]",
  "[1]",
  "[1, 2]",
  "[1, NULL, 3]",
  "list_transform(range(30), x -> NULL::DOUBLE)",
  "list_transform(range(30), x -> 'NaN'::DOUBLE)",
  "list_transform(range(40), x -> 0)",
  "list_transform(range(40), x -> 0.1)",
  "list_transform(range(40), x -> CASE WHEN x % 7 = 0 THEN NULL ELSE x + x % 4 END)",
  "list_transform(range(40), x -> CASE WHEN x % 7 = 0 THEN 'NaN'::DOUBLE ELSE x + x % 4 END)",
  "list_transform(range(40), x -> CASE WHEN x = 20 THEN 'Infinity'::DOUBLE ELSE x END)",
  "list_transform(range(40), x -> CASE WHEN x % 2 = 0 THEN 'Infinity'::DOUBLE ELSE '-Infinity'::DOUBLE END)",
  "list_transform(range(40), x -> 1e300 * (x % 5 - 2))",
  "list_transform(range(40), x -> 1e-300 * (x % 5 - 2))",
  "list_transform(range(40), x -> 1e16 + x % 2)",
];
const PLAIN = "list_transform(range(40), x -> x + x % 4)";

/** Arguments that hardly make sense, by what a parameter takes. */
function strange(pattern: TypePattern): readonly string[] {
  if (typeof pattern === "object") return ["[]", "[NULL]", "[0]", "[-1, 1e300, 2]", "[NULL, 'NaN'::DOUBLE, 'Infinity'::DOUBLE]"];
  switch (pattern) {
    case "double":
      return ["-1", "0", "1e-300", "1e300", "'NaN'::DOUBLE", "'Infinity'::DOUBLE", "'-Infinity'::DOUBLE"];
    case "bigint":
      return ["-1", "0", "1", "2", "1000", "2147483648", "9223372036854775807"];
    case "boolean":
      return ["true", "false"];
    case "varchar":
      return ["''", "'nothing'"];
    default:
      return ["NULL"];
  }
}

const usual = (pattern: TypePattern): string => {
  if (typeof pattern === "object") return "listOf" in pattern && pattern.listOf === "timestamp" ? "NULL" : PLAIN;
  return pattern === "double" ? "0.5" : pattern === "bigint" ? "5" : pattern === "boolean" ? "true" : "''";
};

/** Arguments by name that calls need beside those that are required. */
const CHOSEN: Readonly<Record<string, string>> = { series_ema: "alpha => 0.5", matrix_profile: "m => 5" };

/** Whether NaN stands anywhere in a result, but for the column that tables bring themselves. */
const nanIn = ({ batches }: Awaited<ReturnType<Session["query"]>>): boolean =>
  batches.some(({ columns, length }) =>
    columns.some((column) => {
      for (let i = 0; i < length; i++) if (/\bNaN\b/i.test(String(valueAt(column, i)).replace("'v': nan", ""))) return true;
      return false;
    }),
  );

/** What a statement does that it must not; nothing where all is well. */
async function fault(sql: string): Promise<string | undefined> {
  try {
    return nanIn(await session.query(sql)) ? `${sql}: gives NaN` : undefined;
  } catch (error) {
    if (error instanceof WeirError && (error.phase === "bind" || error.phase === "runtime")) return undefined;
    return `${sql}: ${error instanceof WeirError ? error.phase : "not typed"}: ${(error as Error).message}`;
  }
}

async function faults(statements: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const sql of statements) {
    const one = await fault(sql);
    if (one !== undefined) found.push(one);
  }
  return found;
}

const call = (name: string, args: readonly string[]): string => `CAST(${name}(${args.join(", ")}) AS VARCHAR)`;

/** All calls of a function in one statement, and each in one of its own where that fails. */
async function faultsOfCalls(functions: readonly (readonly string[])[]): Promise<string[]> {
  const found: string[] = [];
  for (const calls of functions) {
    const together = await session.query(`SELECT ${calls.join(", ")}`).then(nanIn, () => true);
    if (together) found.push(...(await faults(calls.map((one) => `SELECT ${one}`))));
  }
  return found;
}

test("functions of lists, on strange series", async () => {
  const calls = scalars.map(({ name, overloads: [{ args, optional = 0 }] }) => {
    const required = args.slice(0, args.length - optional);
    return SERIES.map((series) =>
      call(name, [
        ...required.map((pattern) => (typeof pattern === "object" ? series : usual(pattern))),
        ...(CHOSEN[name] === undefined ? [] : [CHOSEN[name]]),
      ]),
    );
  });
  expect(await faultsOfCalls(calls)).toEqual([]);
});

test("functions of lists, with strange arguments", async () => {
  const calls = scalars.map(({ name, overloads: [{ args, optional = 0 }] }) => {
    const required = args.length - optional;
    return args.flatMap((pattern, i) =>
      strange(pattern).map((value) =>
        call(name, [
          ...args.slice(0, Math.max(required, i)).map((one, at) => (at === i ? value : at < required ? usual(one) : "NULL")),
          ...(i >= required ? [value] : []),
        ]),
      ),
    );
  });
  expect(await faultsOfCalls(calls)).toEqual([]);
});

/** Rows behind OVER, one column of values in the order of `ts`. */
const rows = (series: string): string =>
  `(SELECT TIMESTAMP '2024-01-01' + INTERVAL 1 HOUR * i AS ts, (${series})[i] AS v FROM range(1, len(${series}) + 1) r(i))`;

const over = (name: string, args: readonly string[]): string =>
  `SELECT CAST(${name}(${args.join(", ")}) OVER (ORDER BY ts) AS VARCHAR) FROM plain`;

/** What a running function must be given beside its column. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ema: ["alpha => 0.5"],
  double_exponential: ["alpha => 0.5", "beta => 0.5"],
  triple_exponential: ["period => 2", "alpha => 0.5", "beta => 0.5", "gamma => 0.5"],
  ml_forecast: ["ts", `JSON_OBJECT('minTrainingSize' VALUE 10)`],
  ml_detect_anomalies: ["ts", `JSON_OBJECT('minTrainingSize' VALUE 10)`],
};

/** The strange series, one partition each: what one does is not to touch the others. */
const MANY = SERIES.slice(1)
  .map((values, k) => `SELECT ${k} AS k, ts, v FROM ${rows(`CAST(${values} AS DOUBLE[])`)} t${k}`)
  .join(" UNION ALL ");
beforeAll(() => session.run(`CREATE TABLE strange AS ${MANY}; CREATE TABLE plain AS SELECT 1 AS k, ts, v FROM ${rows(PLAIN)} t`));

test("functions OVER rows, on strange series", async () => {
  const statements = running.map(({ name }) => {
    const given = ["v", ...(NEEDED[name] ?? [])].join(", ");
    // Errors and successes are 1 and 0.
    const some = name === "ddm" ? "WHERE v IS NULL OR v BETWEEN 0 AND 1" : "";
    return `SELECT CAST(${name}(${given}) OVER (PARTITION BY k ORDER BY ts) AS VARCHAR) FROM strange ${some}`;
  });
  expect(await faults(statements)).toEqual([]);
});

test("functions OVER rows, with strange options", async () => {
  const statements = running.flatMap(({ name, overloads: [{ options = [] }] }) =>
    options.flatMap(({ name: option, types }) => {
      const kind = types[0].kind;
      const needed = (NEEDED[name] ?? []).filter((given) => !given.startsWith(`${option} `) && !given.startsWith("JSON"));
      return strange(kind as TypePattern).map((value) => over(name, ["v", ...needed, `${option} => ${value}`]));
    }),
  );
  expect(await faults(statements)).toEqual([]);
});

const series = definitions.filter((one): one is TableFunctionDoc => one.kind === "table" && one.series !== undefined);

const COLUMNS = "data_col => 'v', timestamp_col => 'ts'";

const from = (name: string, args: string): string =>
  `SELECT CAST(f AS VARCHAR) FROM ${name}(TABLE strange, ${COLUMNS}, id_cols => ['k']${args}) f`;

test("functions of tables, on strange series", async () => {
  const plain = series.map(({ name }) => from(name, ""));
  const forecasts = [...MODELS.keys()].map((model) => from("forecast", `, model => '${model}', horizon => 3, season_length => 4`));
  const methods = batchMethods.map(({ name: method }) => from("detect_anomalies", `, method => '${method}'`));
  expect(await faults([...plain, ...forecasts, ...methods])).toEqual([]);
});

test("functions of tables, with strange arguments", async () => {
  const words = [
    "-1",
    "0",
    "1e300",
    "20000",
    "9223372036854775807",
    "'NaN'::DOUBLE",
    "'Infinity'::DOUBLE",
    "NULL",
    "''",
    "[]",
    "[0, -1]",
    "[NULL]",
  ];
  const statements = series.flatMap(({ name, series: { params } = { params: [] } }) =>
    params.flatMap((param) => words.map((word) => from(name, `, ${param.name} => ${word}`).replace("TABLE strange", "TABLE plain"))),
  );
  expect(await faults(statements)).toEqual([]);
});
