import { COMPARABLE, type Column, expression, predicate, type Scope } from "./expressions.ts";
import type { Kind } from "./kinds.ts";

/** An expression and the kind of its values. */
export interface Typed {
  readonly sql: string;
  readonly kind: Kind;
}

const ORDERED: readonly Kind[] = [...COMPARABLE, "blob", "list", "struct"];

/** An aggregate call over the rows of a scope whose answer does not depend on their order. */
export function aggregate(scope: Scope, inWindow = false): Typed {
  const { choices } = scope;
  const of = (kind: Kind) => expression(kind, scope, choices.below(3));
  const any = (): Typed => {
    const kind = choices.pick(
      scope.columns.length > 0 ? scope.columns.map((column) => column.kind).filter((k) => k !== "flt") : COMPARABLE,
    );
    return { sql: of(kind ?? "small"), kind: kind ?? "small" };
  };
  const orderable = (): Typed => {
    const typed = any();
    return ORDERED.includes(typed.kind) ? typed : { sql: of("small"), kind: "small" };
  };
  /** A sort key of an aggregate may not be a literal. */
  const variable = (kind: Kind): string => {
    const text = of(kind);
    return /^[('\d-]|^(true|false|DATE|TIME|NULL|INTERVAL)\b/.test(text) ? `coalesce(${text}, NULL)` : text;
  };
  const distinct = () => (!inWindow && choices.chance(25) ? "DISTINCT " : "");
  const made = ((): Typed => {
    switch (choices.below(inWindow ? 11 : 26)) {
      case 0:
        return { sql: "count(*)", kind: "small" };
      case 1:
        return { sql: `count(${distinct()}${orderable().sql})`, kind: "small" };
      case 2:
        return { sql: `sum(${distinct()}${of("small")})`, kind: "int" };
      case 3: {
        const { sql, kind } = orderable();
        return { sql: `min(${sql})`, kind };
      }
      case 4: {
        const { sql, kind } = orderable();
        return { sql: `max(${sql})`, kind };
      }
      case 5:
        return { sql: `avg(${distinct()}${of("small")})`, kind: "flt" };
      case 6:
        return { sql: `sum(${of("dbl")})`, kind: "dbl" };
      case 7:
        return { sql: `sum(${of("dec")})`, kind: "dec" };
      case 8:
        return { sql: `avg(${of(choices.pick<Kind>(["dbl", "dec"]))})`, kind: "flt" };
      case 9:
        return { sql: `${choices.pick(["bool_and", "bool_or"])}(${of("bool")})`, kind: "bool" };
      case 10:
        return { sql: `sum(${of("wild")})`, kind: "flt" };
      case 11:
        return { sql: `sum(${of("int")})`, kind: "int" };
      case 12:
        return { sql: `${choices.pick(["stddev", "var_pop", "stddev_pop", "variance"])}(${of("dbl")})`, kind: "flt" };
      case 13:
        return choices.chance(25)
          ? { sql: `median(${of("date")})`, kind: "ts" }
          : { sql: `median(${of(choices.pick<Kind>(["small", "dbl"]))})`, kind: "flt" };
      case 14:
        return { sql: `quantile_cont(${of("dbl")}, ${choices.pick(["0.5", "0.25", "0", "1", "0.9"])})`, kind: "flt" };
      case 15: {
        const { sql, kind } = orderable();
        return { sql: `quantile_disc(${sql}, ${choices.pick(["0.5", "0.25", "1"])})`, kind };
      }
      case 16: {
        const text = variable("text");
        return { sql: `string_agg(${text}, ',' ORDER BY ${text}${choices.chance(40) ? " DESC" : ""})`, kind: "text" };
      }
      case 17: {
        const small = variable("small");
        return { sql: `list(${small}::INTEGER ORDER BY ${small})`, kind: "list" };
      }
      case 18: {
        const { sql, kind } = orderable();
        return { sql: `${choices.pick(["arg_min", "arg_max"])}(${sql}, ${sql})`, kind };
      }
      case 19:
        return { sql: `${choices.pick(["bit_and", "bit_or", "bit_xor"])}(${of("small")}::INTEGER)`, kind: "small" };
      case 20:
        return { sql: `count_if(${of("bool")})`, kind: "small" };
      case 21:
        return {
          sql: `${choices.pick(["corr", "covar_pop", "regr_slope", "regr_r2", "covar_samp"])}(${of("dbl")}, ${of("small")})`,
          kind: "flt",
        };
      case 22: {
        const { kind } = orderable();
        const sql = variable(kind);
        return { sql: `${choices.pick(["first", "last"])}(${sql} ORDER BY ${sql}${choices.chance(40) ? " DESC NULLS LAST" : ""})`, kind };
      }
      case 23:
        return { sql: `list_sort(list(DISTINCT ${of("text")}))`, kind: "texts" };
      case 24:
        return { sql: `quantile_cont(${of("small")}, [0.25, 0.5, 0.75])::VARCHAR`, kind: "text" };
      default:
        return { sql: `${choices.pick(["min", "max"])}(${of("small")}::INTEGER, 2)`, kind: "list" };
    }
  })();
  if (!choices.chance(12)) return made;
  const filtered = `${made.sql} FILTER (WHERE ${predicate(scope, 1)})`;
  return { sql: /\)::VARCHAR$|^list_sort/.test(made.sql) ? made.sql : filtered, kind: made.kind };
}

/** A window function; where it depends on the order of rows, every column of the scope orders them. */
export function windowCall(scope: Scope): Typed {
  const { choices } = scope;
  const sortable = scope.columns.filter((column) => column.kind !== "flt" && column.kind !== "texts");
  if (sortable.length === 0) return { sql: "count(*) OVER ()", kind: "small" };
  const partition = choices.chance(65)
    ? `PARTITION BY ${choices.chance(20) ? expression("small", scope, 1) : choices.pick(sortable).sql} `
    : "";
  const total = `ORDER BY ${rotate(scope.columns, choices)
    .map((column) => `${column.sql}${direction(choices)}`)
    .join(", ")}`;
  const value = (): Column => choices.pick(sortable);
  switch (choices.below(10)) {
    case 0:
      return { sql: `row_number() OVER (${partition}${total})`, kind: "small" };
    case 1: {
      const name = choices.pick(["rank", "dense_rank"]);
      return { sql: `${name}() OVER (${partition}ORDER BY ${value().sql}${direction(choices)})`, kind: "small" };
    }
    case 2: {
      const { sql, kind } = aggregate(scope, true);
      const order = choices.chance(50) ? `ORDER BY ${value().sql}${direction(choices)}` : "";
      return { sql: `${sql} OVER (${partition}${order})`, kind: kind === "dbl" || kind === "dec" ? "flt" : kind };
    }
    case 3: {
      const { sql, kind } = value();
      const name = choices.pick(["lag", "lead"]);
      const more = choices.pick(["", ", 2", ", 0", `, 1, ${choices.chance(50) ? sql : "NULL"}`]);
      return { sql: `${name}(${sql}${more}) OVER (${partition}${total})`, kind };
    }
    case 4: {
      const { sql, kind } = value();
      const name = choices.pick(["first_value", "last_value"]);
      return { sql: `${name}(${sql}${choices.chance(20) ? " IGNORE NULLS" : ""}) OVER (${partition}${total} ${rowsFrame(scope)})`, kind };
    }
    case 5: {
      const { sql, kind } = aggregate(scope, true);
      return { sql: `${sql} OVER (${partition}${total} ${rowsFrame(scope)})`, kind: kind === "dbl" || kind === "dec" ? "flt" : kind };
    }
    case 6: {
      const numeric = scope.columns.filter((column) => ["small", "dbl", "date", "ts", "dec"].includes(column.kind));
      if (numeric.length === 0) return { sql: "count(*) OVER ()", kind: "small" };
      const key = choices.pick(numeric);
      const { sql, kind } = aggregate(scope, true);
      const offset = () =>
        key.kind === "date" || key.kind === "ts" ? choices.pick(["INTERVAL 1 DAY", "INTERVAL 1 YEAR"]) : choices.pick(["1", "2", "10"]);
      const frame = choices.pick([
        () => `BETWEEN ${offset()} PRECEDING AND CURRENT ROW`,
        () => `BETWEEN ${offset()} PRECEDING AND ${offset()} FOLLOWING`,
        () => `BETWEEN UNBOUNDED PRECEDING AND ${offset()} FOLLOWING`,
        () => `BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING`,
      ])();
      return {
        sql: `${sql} OVER (${partition}ORDER BY ${key.kind === "small" ? `${key.sql}::BIGINT` : key.sql}${direction(choices)} RANGE ${frame})`,
        kind: kind === "dbl" || kind === "dec" ? "flt" : kind,
      };
    }
    case 7:
      return { sql: `ntile(${choices.between(1, 5)}) OVER (${partition}${total})`, kind: "small" };
    case 8:
      return {
        sql: `${choices.pick(["percent_rank", "cume_dist"])}() OVER (${partition}ORDER BY ${value().sql}${direction(choices)})`,
        kind: "flt",
      };
    default: {
      const { sql, kind } = value();
      return { sql: `nth_value(${sql}, ${choices.between(1, 4)}) OVER (${partition}${total} ${rowsFrame(scope)})`, kind };
    }
  }
}

function rotate<T>(items: readonly T[], choices: Scope["choices"]): T[] {
  const start = choices.below(items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}

export const direction = (choices: Scope["choices"]): string =>
  choices.pick(["", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST", " DESC NULLS FIRST"]);

const rowsFrame = ({ choices }: Scope): string =>
  `${frame(choices)}${choices.chance(15) ? choices.pick([" EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"]) : ""}`;

const frame = (choices: Scope["choices"]): string =>
  choices.pick([
    "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
    "ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    "ROWS BETWEEN CURRENT ROW AND 3 FOLLOWING",
    "ROWS 1 PRECEDING",
    "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING",
    "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
    "GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    "GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
  ]);
