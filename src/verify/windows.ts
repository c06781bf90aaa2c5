import {
  type Arg,
  type Expr,
  type Identifier,
  parseOne,
  print,
  type Query,
  quoteName,
  type TableAlias,
  type TableFunction,
  type TableRef,
} from "../sql/index.ts";

/**
 * Window table functions in the words of SQL without them, for DuckDB: every row with the bounds of each window it belongs to. Times are counted in
 * microseconds since 1970-01-01 UTC, as the windows' definition does.
 */

const ORDER: Readonly<Record<string, readonly string[]>> = {
  tumble: ["data", "timecol", "size", "offset"],
  hop: ["data", "timecol", "slide", "size", "offset"],
  cumulate: ["data", "timecol", "step", "size", "offset"],
  session: ["data", "timecol", "gap"],
  replay: ["data", "timecol", "speed"],
};

/** Whether a function in FROM can be written without it. COUNT_WINDOW cannot: it takes rows as they come. */
export const isWindowFunction = (name: string): boolean => Object.hasOwn(ORDER, name);

export function windowAsSubquery(node: TableFunction, name: string): TableRef {
  const args = new Map<string, Arg>();
  node.args.forEach((arg, i) => {
    args.set(arg.name?.name.toLowerCase() ?? ORDER[name][i], arg);
  });
  const data = args.get("data")?.value;
  const descriptor = args.get("timecol")?.value;
  if (data?.kind !== "tableArg" || descriptor?.kind !== "descriptor") return node;
  const { source } = data;
  const from = source.kind === "query" ? `(${print(source)}) AS weir_data` : print({ ...source, alias: undefined });
  const micros = (key: string) => `epoch_us(TIMESTAMP '1970-01-01' + (${print(args.get(key)?.value as Expr)}))`;
  const offset = args.has("offset") ? micros("offset") : "0";
  const time = quoteName(descriptor.columns[0].name);
  const text = ((): string => {
    switch (name) {
      case "tumble":
        return tumble(from, time, micros("size"), offset);
      case "hop":
        return hop(from, time, micros("slide"), micros("size"), offset);
      case "cumulate":
        return cumulate(from, time, micros("step"), micros("size"), offset);
      case "session":
        return session(
          from,
          time,
          micros("gap"),
          data.partitionBy.map((expr) => print(expr)),
        );
      default:
        return `SELECT * FROM ${from}`;
    }
  })();
  const query = parseOne(text) as Query;
  return { kind: "subqueryRef", query, lateral: false, alias: node.alias ?? aliasOf(source, name, node), span: node.span };
}

/** Without an alias, columns go by the name of the table they are of. */
function aliasOf(
  source: { readonly kind: string; readonly name?: readonly Identifier[] },
  name: string,
  { span }: TableFunction,
): TableAlias {
  const last = source.kind === "tableName" ? source.name?.at(-1) : undefined;
  return { name: last ?? { name, quoted: false, span }, columns: [], span };
}

/** How far a time lies behind the last multiple of `step`. */
const behind = (time: string, step: string, offset: string): string =>
  `to_microseconds(((epoch_us(${time}) - ${offset}) % ${step} + ${step}) % ${step})`;

const bounds = (start: string, end: string): string =>
  `${start} AS window_start, ${end} AS window_end, ${end} - INTERVAL 1 MILLISECOND AS window_time`;

const tumble = (from: string, time: string, size: string, offset: string): string =>
  `SELECT * EXCLUDE (weir_start), ${bounds("weir_start", `weir_start + to_microseconds(${size})`)}
   FROM (SELECT *, ${time} - ${behind(time, size, offset)} AS weir_start FROM ${from} WHERE ${time} IS NOT NULL)`;

function hop(from: string, time: string, slide: string, size: string, offset: string): string {
  const start = `weir_last - to_microseconds(weir_i * ${slide})`;
  return `SELECT * EXCLUDE (weir_last, weir_i), ${bounds(start, `${start} + to_microseconds(${size})`)}
   FROM (SELECT *, ${time} - ${behind(time, slide, offset)} AS weir_last, unnest(range(0, (${size} + ${slide} - 1) // ${slide})) AS weir_i
     FROM ${from} WHERE ${time} IS NOT NULL)
   WHERE ${start} + to_microseconds(${size}) > ${time}`;
}

function cumulate(from: string, time: string, step: string, size: string, offset: string): string {
  const end = `weir_start + to_microseconds((weir_i + 1) * ${step})`;
  return `SELECT * EXCLUDE (weir_start, weir_i), ${bounds("weir_start", end)}
   FROM (SELECT *, ${time} - ${behind(time, size, offset)} AS weir_start, unnest(range(0, ${size} // ${step})) AS weir_i
     FROM ${from} WHERE ${time} IS NOT NULL)
   WHERE ${end} > ${time}`;
}

function session(from: string, time: string, gap: string, keys: readonly string[]): string {
  const partition = keys.length === 0 ? "" : `PARTITION BY ${keys.join(", ")} `;
  const whole = `OVER (PARTITION BY ${[...keys, "weir_session"].join(", ")})`;
  const end = `max(${time}) ${whole} + to_microseconds(${gap})`;
  return `SELECT * EXCLUDE (weir_new, weir_session), ${bounds(`min(${time}) ${whole}`, end)}
   FROM (SELECT *, sum(weir_new) OVER (${partition}ORDER BY ${time} RANGE UNBOUNDED PRECEDING) AS weir_session
     FROM (SELECT *, CASE WHEN epoch_us(${time}) - epoch_us(lag(${time}) OVER (${partition}ORDER BY ${time})) <= ${gap} THEN 0 ELSE 1 END AS weir_new
       FROM ${from} WHERE ${time} IS NOT NULL))`;
}
