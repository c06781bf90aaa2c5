import type { FunctionRegistry } from "../../src/catalog/function-registry.ts";

/** A column of each type with its difficult values, as SQL. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ["true", "false", "NULL"],
  TINYINT: ["1", "-128", "127", "0", "NULL"],
  SMALLINT: ["2", "-32768", "32767", "NULL"],
  INTEGER: ["3", "-2147483648", "2147483647", "0", "NULL"],
  BIGINT: ["4", "-9223372036854775808", "9223372036854775807", "NULL"],
  HUGEINT: ["5", "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "NULL"],
  UTINYINT: ["6", "255", "0", "NULL"],
  USMALLINT: ["7", "65535", "NULL"],
  UINTEGER: ["8", "4294967295", "NULL"],
  UBIGINT: ["9", "18446744073709551615", "NULL"],
  FLOAT: ["1.5", "'nan'", "'-inf'", "0.1", "16777217", "-2.5", "3e38", "NULL"],
  DOUBLE: ["2.5", "'nan'", "'inf'", "0.1", "1e300", "-3.5", "9007199254740993", "1e-300", "NULL"],
  "DECIMAL(4,1)": ["1.5", "-999.9", "999.9", "0.5", "NULL"],
  "DECIMAL(18,3)": ["2.125", "-999999999999999.999", "0.001", "NULL"],
  "DECIMAL(38,10)": ["3.0000000001", "-9999999999999999999999999999.9999999999", "0.5", "NULL"],
  VARCHAR: [
    "'1'",
    "''",
    "'abc'",
    "'-2.5'",
    "'true'",
    "'2024-02-29'",
    "'2024-02-29 10:00:00'",
    "'1e5'",
    "' 7 '",
    "'🦆'",
    "'nan'",
    "'[1, 2]'",
    "NULL",
  ],
  BLOB: ["'a'", "'\\x00\\xFF'", "''", "NULL"],
  DATE: ["'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "'1969-12-31'", "'infinity'", "'0044-03-15 (BC)'", "NULL"],
  TIME: ["'00:00:00'", "'23:59:59.999999'", "'12:34:56'", "NULL"],
  TIMESTAMP: ["'2024-02-29 12:34:56.789'", "'1969-12-31 23:59:59.999999'", "'0001-01-01'", "'infinity'", "NULL"],
  TIMESTAMPTZ: ["'2024-02-29 12:34:56+05'", "'1969-12-31 23:59:59Z'", "NULL"],
  INTERVAL: ["'1 day'", "'-1 month 3 hours'", "'1.5 seconds'", "NULL"],
  UUID: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "NULL"],
  JSON: ["'{\"a\": 1}'", "'5'", "'\"x\"'", "'null'", "'[1, 2]'", "NULL"],
  "ENUM('b', 'a', '1')": ["'a'", "'b'", "'1'", "NULL"],
  "INTEGER[]": ["[1, NULL]", "[]", "[2, 3]", "NULL"],
  "VARCHAR[]": ["['1', 'x']", "[]", "NULL"],
  "STRUCT(a INTEGER, b VARCHAR)": ["{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': NULL}", "NULL"],
  "MAP(VARCHAR, INTEGER)": ["MAP {'k': 1}", "MAP {}", "NULL"],
};

export const TYPES: readonly string[] = Object.keys(VALUES);
const column = (type: string): string => `c${TYPES.indexOf(type)}`;

/** One table a type, so that an error in one value hides nothing of the others: `m3` has column `c3`. */
export function matrixScript(): string {
  return TYPES.map((type, i) => {
    const rows = VALUES[type].map((value, n) => `(${n}, CAST(${value} AS ${type}))`).join(", ");
    return `CREATE OR REPLACE TABLE m${i} AS SELECT * FROM (VALUES ${rows}) v(n, c${i})`;
  }).join("; ");
}

const table = (type: string): string => `m${TYPES.indexOf(type)}`;

/** Every type cast to every other. */
export function castQueries(): string[] {
  return TYPES.flatMap((from) => TYPES.map((to) => `SELECT n, TRY_CAST(${column(from)} AS ${to}) AS x FROM ${table(from)} ORDER BY n`));
}

/** Casts that fail must fail in both, value by value. */
export function failingCasts(): string[] {
  const simple = TYPES.filter((type) => !/\[\]|STRUCT|MAP|JSON/.test(type));
  return simple.flatMap((from) =>
    VALUES[from]
      .slice(0, 3)
      .flatMap((_, n) => simple.map((to) => `SELECT CAST(${column(from)} AS ${to}) AS x FROM ${table(from)} WHERE n = ${n}`)),
  );
}

const OPERATORS = ["+", "-", "*", "/", "//", "%", "=", "<", ">=", "<>", "IS DISTINCT FROM", "||", "&", "|", "<<", "AND", "LIKE"];

/** Every operator on every pair of types, over pairs of small values: result types, and what is refused. */
export function operatorQueries(): string[] {
  return TYPES.flatMap((left) =>
    TYPES.flatMap((right) =>
      OPERATORS.map((operator) => {
        const side = (type: string, alias: string) => `(SELECT ${column(type)} AS ${alias} FROM ${table(type)} WHERE n = 0)`;
        return `SELECT l ${operator} r AS x FROM ${side(left, "l")} a, ${side(right, "r")} b`;
      }),
    ),
  );
}

const MIXERS = [
  (a: string, b: string) => `coalesce(${a}, ${b})`,
  (a: string, b: string) => `CASE WHEN random() < 2 THEN ${a} ELSE ${b} END`,
  (a: string, b: string) => `[${a}, ${b}]`,
  (a: string, b: string) => `greatest(${a}, ${b})`,
  (a: string, b: string) => `nullif(${a}, ${b})`,
  (a: string, b: string) => `${a} IN (${b}, ${a})`,
];

/** Where two types become one. */
export function mixingQueries(): string[] {
  return TYPES.flatMap((left) =>
    TYPES.flatMap((right) => {
      const from = `(SELECT ${column(left)} AS l FROM ${table(left)} WHERE n = 0) a, (SELECT ${column(right)} AS r FROM ${table(right)} WHERE n = 0) b`;
      return [
        ...MIXERS.map((mix) => `SELECT ${mix("l", "r")} AS x FROM ${from}`),
        `SELECT ${column(left)} AS x FROM ${table(left)} WHERE n = 0 UNION ALL SELECT ${column(right)} FROM ${table(right)} WHERE n = 0 ORDER BY ALL`,
      ];
    }),
  );
}

const ALIKE =
  /accuracy|_score\(|confusion_matrix|roc_auc|log_loss|rmse|mae\(|mape|proctime|current_watermark|random|uuid|setseed|now|today|current|localtime|version|approx_quantile|reservoir|sleep|txid|error\(|getenv/i;

/** The example of every function's documentation, scalar and aggregate. */
export function exampleQueries(functions: FunctionRegistry): string[] {
  return functions
    .definitions()
    .filter((definition) => definition.kind !== "table" && !ALIKE.test(definition.doc.example) && definition.doc.example !== "")
    .map((definition) =>
      /^\s*(SELECT|FROM|WITH)\b/i.test(definition.doc.example) ? definition.doc.example : `SELECT ${definition.doc.example} AS x`,
    );
}

const UNARY_AGGREGATES =
  "count sum avg min max first last any_value median mode stddev var_pop bool_and bit_or list string_agg quantile_disc skewness entropy product histogram approx_count_distinct mad".split(
    " ",
  );

/** Every aggregate over every type, in all and by window. */
export function aggregateQueries(): string[] {
  return TYPES.flatMap((type) =>
    UNARY_AGGREGATES.flatMap((name) => {
      const call = name === "quantile_disc" ? `${name}(${column(type)}, 0.5 ORDER BY n)` : `${name}(${column(type)} ORDER BY n)`;
      const plain = name === "quantile_disc" ? `${name}(${column(type)}, 0.5)` : `${name}(${column(type)})`;
      return [
        `SELECT ${call} AS x FROM ${table(type)} WHERE n < 2`,
        `SELECT n, ${plain} OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS x FROM ${table(type)} WHERE n < 2 ORDER BY n`,
      ];
    }),
  );
}
