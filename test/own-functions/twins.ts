import { type DataType, isInteger } from "../../src/core/types.ts";
import { arrayName, nameOf, typeText } from "./type-text.ts";

/** A function of the user's own: its name in SQL and its module. */
export interface Twin {
  readonly name: string;
  readonly source: string;
  /** Of whole columns or asynchronous: such calls may not stand in lambdas. */
  readonly columnar?: boolean;
}

const IMPORT =
  'import { aggregate, windowFunction, type Column, type Decimal, type DateDays, type Double, type Float, type HugeInt, type Integer, type Interval, type Long, type SmallInt, type Time, type Timestamp, type TimestampTz, type TinyInt, type UBigInt, type UInteger, type USmallInt, type UTinyInt, type Uuid } from "weir-sql/udf";\n';

const twin = (name: string, text: string, columnar = false): Twin => ({ name, source: `${IMPORT}${text}`, columnar });

/** Functions that give their argument back, in every style there is. */
export function identity(type: DataType, style: number, times: boolean): Twin | undefined {
  const text = typeText(type, times);
  if (text === undefined) return undefined;
  const name = `same${style}_${nameOf(text)}`;
  switch (style) {
    case 0:
      return twin(name, `export function ${name}(x: ${text}): ${text} { return x; }`);
    case 1:
      return twin(name, `export function ${name}(x: ${text} | null): ${text} | null { return x; }`);
    case 2:
      return twin(name, `export function ${name}(x: Column<${text}>): Column<${text}> { return x; }`, true);
    case 3: {
      const array = arrayName(type);
      if (array === undefined) return undefined;
      return twin(name, `export function ${name}(x: ${array}): ${array} { return x.map((each) => each); }`, true);
    }
    case 4:
      return twin(
        name,
        `/** @immutable\n * @concurrency 3 */\nexport async function ${name}(x: ${text} | null): Promise<${text} | null> { return x; }`,
        true,
      );
    case 5:
      return twin(
        name,
        `/** @immutable\n * @batch 7\n * @concurrency 2 */\nexport async function ${name}(x: Column<${text}>): Promise<Column<${text}>> { if (x.length % 2) await new Promise((done) => setImmediate(done)); return x; }`,
        true,
      );
    case 6: {
      // Keeps what it has seen: a cache of the user's own in a module variable.
      return twin(
        name,
        `const seen = new Map<unknown, ${text} | null>();\nexport function ${name}(x: ${text} | null): ${text} | null { if (typeof x === "object" || x === 0) return x; if (!seen.has(x)) seen.set(x, x); return seen.get(x) ?? null; }`,
      );
    }
    case 7:
      return twin(
        name,
        `export function ${name}(flag: boolean, x: ${text} | null, y?: ${text} | null): ${text} | null { return flag ? x : y ?? null; }`,
      );
    default:
      return twin(
        name,
        `/** @immutable\n * @unordered\n * @on_error null\n * @concurrency 4 */\nexport async function ${name}(x: ${text}): Promise<${text}> { return x; }`,
        true,
      );
  }
}

export const IDENTITY_STYLES = 9;

const NUMBERS = ["double"];
const SMALL_INTEGERS = ["tinyint", "smallint", "integer", "utinyint", "usmallint", "uinteger"];

/** A function of the same meaning as a built-in one of these argument types. */
export function scalarTwin(builtIn: string, args: readonly DataType[], returns: DataType, style: number, times: boolean): Twin | undefined {
  const texts = args.map((type) => typeText(type, times));
  const result = typeText(returns, times);
  if (result === undefined || texts.includes(undefined)) return undefined;
  const kinds = args.map(({ kind }) => kind).join(",");
  const name = `own${style}_${nameOf(builtIn.replace(/\W/g, (sign) => `c${sign.charCodeAt(0)}`))}_${nameOf(texts.join("_"))}`;
  const make = (params: string, body: string) => twin(name, `export function ${name}(${params}): ${result} { ${body} }`);
  const bigs = "bigint,bigint";
  const doubles = kinds === "double,double";
  const integers = args.length === 2 && kinds === `${returns.kind},${returns.kind}` && (isInteger(returns) || doubles);
  switch (builtIn) {
    case "+":
    case "-":
    case "*":
      if (!integers) return undefined;
      if (doubles && style === 1) {
        return twin(
          name,
          `export function ${name}(a: Float64Array, b: Float64Array): Float64Array { const out = new Float64Array(a.length); for (let i = 0; i < a.length; i++) out[i] = a[i] ${builtIn} b[i]; return out; }`,
          true,
        );
      }
      if (kinds === bigs && style === 1) {
        return twin(
          name,
          `export function ${name}(a: Column<bigint>, b: Column<bigint>): Column<bigint> { return a.map((x, i) => { const y = b[i]; return x === null || y === null ? null : x ${builtIn} y; }); }`,
          true,
        );
      }
      return make(`a: ${texts[0]}, b: ${texts[1]}`, `return a ${builtIn} b;`);
    case "||":
    case "concat_strict":
      return kinds === "varchar,varchar" ? make("a: string, b: string", "return a + b;") : undefined;
    case "abs":
      if (NUMBERS.includes(kinds) || SMALL_INTEGERS.includes(kinds)) return make(`a: ${texts[0]}`, "return Math.abs(a);");
      return kinds === "bigint" || kinds === "hugeint" ? make(`a: ${texts[0]}`, "return a < 0n ? -a : a;") : undefined;
    case "floor":
    case "ceil":
    case "trunc":
      return kinds === "double" && returns.kind === "double" ? make("a: number", `return Math.${builtIn}(a);`) : undefined;
    case "upper":
      return kinds === "varchar" ? make("a: string", "return a.toUpperCase();") : undefined;
    case "lower":
      return kinds === "varchar" ? make("a: string", "return a.toLowerCase();") : undefined;
    case "length":
      if (kinds !== "varchar" || returns.kind !== "bigint") return undefined;
      if (style === 1) return twin(name, `export function ${name}(a: string): Long { return [...a].length; }`);
      return make("a: string", "return BigInt([...a].length);");
    case "len":
      return args[0]?.kind === "list" && returns.kind === "bigint" ? make(`a: ${texts[0]}`, "return BigInt(a.length);") : undefined;
    case "contains":
    case "starts_with":
      if (kinds !== "varchar,varchar") return undefined;
      return make("a: string, b: string", `return a.${builtIn === "contains" ? "includes" : "startsWith"}(b);`);
    case "greatest":
    case "least": {
      if (!(SMALL_INTEGERS.includes(returns.kind) || returns.kind === "bigint" || returns.kind === "hugeint")) return undefined;
      if (args.some(({ kind }) => kind !== returns.kind)) return undefined;
      const op = builtIn === "greatest" ? ">" : "<";
      return twin(
        name.replace(/_\w+$/, `_${builtIn}_${nameOf(result)}`),
        `export function ${name.replace(/_\w+$/, `_${builtIn}_${nameOf(result)}`)}(...xs: (${result} | null)[]): ${result} | null { let best: ${result} | null = null; for (const x of xs) if (x !== null && (best === null || x ${op} best)) best = x; return best; }`,
      );
    }
    case "coalesce": {
      const own = `own${style}_coalesce_${nameOf(result)}`;
      return twin(
        own,
        `export function ${own}(...xs: (${result} | null)[]): ${result} | null { for (const x of xs) if (x !== null) return x; return null; }`,
      );
    }
    case "list_append":
      return args[0]?.kind === "list" && args[1]?.kind === returns.kind
        ? undefined
        : args[0]?.kind === "list"
          ? twin(
              name,
              `export function ${name}(a: ${texts[0]} | null, b: ${texts[1]} | null): ${result} | null { return [...(a ?? []), b]; }`,
            )
          : undefined;
    case "list_reverse":
      return args[0]?.kind === "list" ? make(`a: ${texts[0]}`, "return a.toReversed ? [...a].reverse() : [...a].reverse();") : undefined;
    case "list_concat":
      return args.length === 2 && args[0].kind === "list"
        ? twin(
            name,
            `export function ${name}(a: ${texts[0]} | null, b: ${texts[1]} | null): ${result} | null { return a === null && b === null ? null : [...(a ?? []), ...(b ?? [])]; }`,
          )
        : undefined;
    case "struct_pack":
      if (returns.kind !== "struct" || args.length !== returns.fields.length) return undefined;
      return twin(
        name,
        `export function ${name}(${texts.map((text, i) => `a${i}: ${text} | null`).join(", ")}): ${result} { return { ${returns.fields.map((field, i) => `${field.name}: a${i}`).join(", ")} }; }`,
      );
    case "year":
      return kinds === "date" && returns.kind === "bigint"
        ? make("a: DateDays", "return BigInt(new Date(a * 86400000).getUTCFullYear());")
        : undefined;
    case "md5":
      if (kinds !== "varchar") return undefined;
      return twin(
        name,
        `import { createHash } from "node:crypto";\nexport function ${name}(a: string): string { return createHash("md5").update(a).digest("hex"); }`,
      );
    case "repeat":
      return kinds === "varchar,bigint" ? make("a: string, b: bigint", "return a.repeat(Number(b));") : undefined;
    case "to_days":
      return kinds === "integer" ? make("a: Integer", "return { months: 0, days: a, micros: 0 };") : undefined;
    case "isnan":
      return kinds === "double" ? make("a: number", "return Number.isNaN(a);") : undefined;
    case "encode":
      return kinds === "varchar" ? make("a: string", "return new TextEncoder().encode(a);") : undefined;
    default:
      return undefined;
  }
}

/** NaN is the greatest number; texts are in the order of their code points. */
const COMPARE = `function compare(a: any, b: any): number {
  if (typeof a === "string") {
    const [x, y] = [[...a], [...b]];
    for (let i = 0; i < x.length && i < y.length; i++) { const d = x[i].codePointAt(0)! - y[i].codePointAt(0)!; if (d !== 0) return d; }
    return x.length - y.length;
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
  return a < b ? -1 : a > b ? 1 : 0;
}
`;

/** Sums with what is not finite counted apart, so that rows can be taken out again. */
const FLOATS = `interface State { sum: number; count: number; nan: number; up: number; down: number }
function put(s: State, x: number, by: number): void {
  s.count += by;
  if (Number.isNaN(x)) s.nan += by; else if (x === Infinity) s.up += by; else if (x === -Infinity) s.down += by; else s.sum += x * by;
}
function total(s: State): number {
  if (s.nan > 0 || (s.up > 0 && s.down > 0)) return NaN;
  return s.up > 0 ? Infinity : s.down > 0 ? -Infinity : s.sum;
}
`;

/** An aggregate function of the same meaning as a built-in one. Styles: without `remove` and `merge`, with the one, the other, both. */
export function aggregateTwin(
  builtIn: string,
  args: readonly DataType[],
  returns: DataType,
  style: number,
  times: boolean,
): Twin | undefined {
  const result = typeText(returns, times);
  const texts = args.map((type) => typeText(type, times));
  if (result === undefined || texts.includes(undefined)) return undefined;
  const [type] = args;
  const [text] = texts;
  const name = `all${style}_${nameOf(builtIn)}_${nameOf(texts.join("_"))}`;
  const make = (before: string, parts: Readonly<Record<string, string | undefined>>) =>
    twin(
      name,
      `${before}export const ${name} = aggregate({ ${Object.entries(parts)
        .filter(([part, body]) => body !== undefined && (part !== "remove" || style & 1) && (part !== "merge" || style & 2))
        .map(([part, body]) => `${part}${body}`)
        .join(",\n ")} });`,
    );
  const integer = type !== undefined && isInteger(type);
  switch (builtIn) {
    case "count":
    case "count_star":
      return make("", {
        init: ": () => ({ n: 0n })",
        add: `(s${text === undefined ? "" : `, _x: ${text}`}) { s.n++; }`,
        remove: `(s${text === undefined ? "" : `, _x: ${text}`}) { s.n--; }`,
        merge: "(s, o) { s.n += o.n; }",
        value: "(s): bigint { return s.n; }",
      });
    case "sum":
      if (args.length !== 1) return undefined;
      if (integer && returns.kind === "hugeint") {
        return make("", {
          init: ": () => ({ sum: 0n, n: 0 })",
          add: `(s, x: ${text}) { s.sum += BigInt(x); s.n++; }`,
          remove: `(s, x: ${text}) { s.sum -= BigInt(x); s.n--; }`,
          merge: "(s, o) { s.sum += o.sum; s.n += o.n; }",
          value: "(s): HugeInt | null { return s.n === 0 ? null : s.sum; }",
        });
      }
      if (type.kind !== "double") return undefined;
      return make(FLOATS, {
        init: ": () => ({ sum: 0, count: 0, nan: 0, up: 0, down: 0 })",
        add: "(s: State, x: number) { put(s, x, 1); }",
        remove: "(s: State, x: number) { put(s, x, -1); }",
        merge: "(s: State, o: State) { s.sum += o.sum; s.count += o.count; s.nan += o.nan; s.up += o.up; s.down += o.down; }",
        value: "(s: State): number | null { return s.count === 0 ? null : total(s); }",
      });
    case "avg":
    case "mean":
      if (integer && returns.kind === "double") {
        return make("", {
          init: ": () => ({ sum: 0n, n: 0 })",
          // A state given back instead of changed.
          add: `(s, x: ${text}) { return { sum: s.sum + BigInt(x), n: s.n + 1 }; }`,
          remove: `(s, x: ${text}) { return { sum: s.sum - BigInt(x), n: s.n - 1 }; }`,
          merge: "(s, o) { return { sum: s.sum + o.sum, n: s.n + o.n }; }",
          value: "(s): number | null { return s.n === 0 ? null : Number(s.sum) / s.n; }",
        });
      }
      if (type?.kind !== "double") return undefined;
      return make(FLOATS, {
        init: ": () => ({ sum: 0, count: 0, nan: 0, up: 0, down: 0 })",
        add: "(s: State, x: number) { put(s, x, 1); }",
        remove: "(s: State, x: number) { put(s, x, -1); }",
        merge: "(s: State, o: State) { s.sum += o.sum; s.count += o.count; s.nan += o.nan; s.up += o.up; s.down += o.down; }",
        value: "(s: State): number | null { return s.count === 0 ? null : total(s) / s.count; }",
      });
    case "min":
    case "max": {
      if (args.length !== 1 || !(integer || ["double", "float", "varchar", "boolean", "date", "timestamp", "time"].includes(type.kind))) {
        return undefined;
      }
      const op = builtIn === "min" ? "<" : ">";
      if (style === 1) {
        // All values, so that rows can be taken out.
        return make(COMPARE, {
          init: `: () => ({ all: [] as (${text})[] })`,
          add: `(s, x: ${text}) { s.all.push(x); }`,
          remove: `(s, x: ${text}) { s.all.splice(s.all.findIndex((y) => compare(x, y) === 0), 1); }`,
          value: `(s): ${text} | null { return s.all.reduce((a: any, b: any) => (a === null || compare(b, a) ${op} 0 ? b : a), null); }`,
        });
      }
      return make(COMPARE, {
        init: `: () => ({ best: null as ${text} | null })`,
        add: `(s, x: ${text}) { if (s.best === null || compare(x, s.best) ${op} 0) s.best = x; }`,
        merge: `(s, o) { if (o.best !== null && (s.best === null || compare(o.best, s.best) ${op} 0)) s.best = o.best; }`,
        value: `(s): ${text} | null { return s.best; }`,
      });
    }
    case "bool_and":
    case "bool_or": {
      const all = builtIn === "bool_and";
      return make("", {
        init: ": () => [0, 0]",
        add: "(s, x: boolean) { s[x ? 1 : 0]++; }",
        remove: "(s, x: boolean) { s[x ? 1 : 0]--; }",
        merge: "(s, o) { s[0] += o[0]; s[1] += o[1]; }",
        value: `(s): boolean | null { return s[0] + s[1] === 0 ? null : ${all ? "s[0] === 0" : "s[1] > 0"}; }`,
      });
    }
    case "list":
      if (args.length !== 1) return undefined;
      return make("", {
        init: `: () => ({ items: [] as (${text} | null)[] })`,
        add: `(s, x: ${text} | null) { s.items.push(x); }`,
        remove: undefined,
        value: `(s): (${text} | null)[] | null { return s.items.length === 0 ? null : s.items; }`,
      });
    case "string_agg":
      if (args.length !== 2 || args[1].kind !== "varchar") return undefined;
      return make("", {
        init: ": () => ({ text: null as string | null })",
        add: "(s, x: string, by: string) { s.text = s.text === null ? x : s.text + by + x; }",
        value: "(s): string | null { return s.text; }",
      });
    case "first":
    case "last":
      if (args.length !== 1) return undefined;
      return make("", {
        init: `: () => ({ seen: false, x: null as ${text} | null })`,
        add: `(s, x: ${text} | null) { if (${builtIn === "first" ? "!s.seen" : "true"}) { s.x = x; s.seen = true; } }`,
        value: `(s): ${text} | null { return s.x; }`,
      });
    default:
      return undefined;
  }
}

/** A window function of the same meaning as a built-in one: it sees all rows of a partition. */
export function windowTwin(builtIn: string, args: readonly DataType[], times: boolean): Twin | undefined {
  if (builtIn === "row_number") {
    return twin(
      "win_row_number",
      "export const win_row_number = windowFunction((x: Column<Integer>): Column<bigint> => x.map((_, i) => BigInt(i + 1)));",
    );
  }
  const text = args[0] && typeText(args[0], times);
  if (text === undefined || args.length !== 1 || (builtIn !== "lag" && builtIn !== "lead")) return undefined;
  const name = `win_${builtIn}_${nameOf(text)}`;
  const step = builtIn === "lag" ? -1 : 1;
  return twin(
    name,
    `export const ${name} = windowFunction((x: Column<${text}>): Column<${text}> => x.map((_, i) => x[i + ${step}] ?? null));`,
  );
}
