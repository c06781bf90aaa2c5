import type { Choices } from "./choices.ts";
import { type Kind, TEXTS } from "./kinds.ts";

/** A column as SQL can name it. */
export interface Column {
  readonly sql: string;
  readonly kind: Kind;
}

/** What an expression may be made of. */
export interface Scope {
  readonly choices: Choices;
  readonly columns: readonly Column[];
  /** A subquery of one row and column of this kind, or a list of values of it for IN; undefined where the query is deep already. */
  readonly scalarSubquery?: (kind: Kind) => string;
  readonly inSubquery?: (kind: Kind) => string;
  readonly exists?: () => string;
  /** A condition whose subquery reads a column of this scope. */
  readonly correlated?: () => string;
}

export const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Kinds whose values two engines hold exactly alike, so that they may be compared, grouped, joined and sorted by. */
export const COMPARABLE: readonly Kind[] = [
  "small",
  "text",
  "int",
  "date",
  "bool",
  "ts",
  "dbl",
  "dec",
  "wild",
  "enum",
  "tstz",
  "time",
  "uuid",
];

/** An expression of a kind. `depth` bounds how far it nests. */
export function expression(kind: Kind, scope: Scope, depth: number): string {
  const { choices } = scope;
  const own = scope.columns.filter((column) => column.kind === kind);
  if (own.length > 0 && (depth <= 0 || choices.chance(35) === false)) return choices.pick(own).sql;
  if (depth <= 0) return constant(kind, choices);
  if (choices.chance(12)) return conditional(kind, scope, depth);
  if (scope.scalarSubquery !== undefined && choices.chance(4)) return scope.scalarSubquery(kind);
  return derived(kind, scope, depth - 1) ?? constant(kind, choices);
}

export function constant(kind: Kind, choices: Choices): string {
  switch (kind) {
    case "small":
      return String(choices.between(0, 9));
    case "int":
      return choices.pick(["1", "100", "2147483647", "9223372036854775807", "(-9223372036854775807)", "0"]);
    case "bool":
      return choices.pick(["true", "false"]);
    case "dbl":
      return choices.pick(["0.5::DOUBLE", "2e0", "(-0.125)::DOUBLE", "10.0::FLOAT"]);
    case "wild":
      return choices.pick(["0.1::DOUBLE", "'nan'::DOUBLE", "'infinity'::DOUBLE", "'-inf'::FLOAT"]);
    case "flt":
      return "1.25::DOUBLE";
    case "dec":
      return choices.pick(["1.5", "0.25", "100.00", "(-3.125)", "7::DECIMAL(10,2)"]);
    case "text":
      return quoted(choices.pick(TEXTS));
    case "date":
      return choices.pick(["DATE '2024-02-29'", "DATE '2021-01-01'", "DATE '1969-12-31'", "DATE '0001-01-01'", "DATE '9999-12-31'"]);
    case "ts":
      return choices.pick(["TIMESTAMP '2024-02-29 12:34:56.789012'", "TIMESTAMP '1969-12-31 23:59:59'", "TIMESTAMP '2020-09-13 12:26:40'"]);
    case "tstz":
      return "TIMESTAMPTZ '2024-02-29 12:34:56+02'";
    case "time":
      return choices.pick(["TIME '12:34:56.789012'", "TIME '00:00:00'"]);
    case "interval":
      return choices.pick(["INTERVAL '1' DAY", "INTERVAL '3 months 2 days'", "INTERVAL '-90' MINUTE", "INTERVAL 1 YEAR"]);
    case "uuid":
      return "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID";
    case "blob":
      return "'\\x00\\xFFab'::BLOB";
    case "enum":
      return "'ok'::ENUM('sad', 'ok', 'happy', 'Ünï')";
    case "list":
      return choices.pick(["[1, 2, 3]", "[]::INTEGER[]", "[NULL, 4]"]);
    case "texts":
      return choices.pick(["['a', 'b']", "[]::VARCHAR[]", "['🦆', NULL, '']"]);
    case "struct":
      return "({'a': 1, 'b': 'x'}::STRUCT(a INTEGER, b VARCHAR))";
  }
}

function conditional(kind: Kind, scope: Scope, depth: number): string {
  const part = () => expression(kind, scope, depth - 1);
  switch (scope.choices.below(kind === "flt" ? 3 : 6)) {
    case 0:
      return `coalesce(${part()}, ${part()})`;
    case 1:
      return `CASE WHEN ${predicate(scope, depth - 1)} THEN ${part()} ELSE ${part()} END`;
    case 2:
      return `CASE WHEN ${predicate(scope, depth - 1)} THEN ${part()} WHEN ${predicate(scope, depth - 1)} THEN ${part()} END`;
    case 3:
      return `nullif(${part()}, ${part()})`;
    case 4:
      return `if(${predicate(scope, depth - 1)}, ${part()}, ${part()})`;
    default: {
      const subject = scope.choices.pick<Kind>(["small", "text", "bool"]);
      const one = () => expression(subject, scope, 0);
      return `CASE ${one()} WHEN ${one()} THEN ${part()} WHEN ${constant(subject, scope.choices)} THEN ${part()} ELSE ${part()} END`;
    }
  }
}

type Form = (of: (kind: Kind) => string, choices: Choices) => string;

const DATE_PARTS = ["year", "month", "day", "quarter", "week", "dow", "isodow", "doy", "decade", "century", "millennium", "isoyear", "era"];
const TRUNC_PARTS = ["year", "month", "day", "quarter", "week", "decade", "century", "isoyear"];
const TRUNC_TIME_PARTS = [...TRUNC_PARTS, "hour", "minute", "second", "millisecond"];
const FORMATS = ["%Y-%m-%d", "%d.%m.%y", "%A %B %-d", "%j %U %W %u", "%H:%M:%S.%f", "%I %p", "%G-%V", "%b %a %%"];
const PATTERNS = ["a", "^a", "b$", "[a-c]+", "(a)(b)?", ".", "\\\\d+", "[^a]", "a|b", "^$", "\\\\s", "(?i)z"];
const LIKES = ["a%", "%a%", "_", "__%", "%", "", "%🦆%", "a\\%", "A%", "%b", "z%a"];

/** How values of each kind come from others. The plainest forms stand first. */
const FORMS: { readonly [K in Kind]?: readonly Form[] } = {
  small: [
    (of) => `(${of("small")} + ${of("small")})`,
    (of) => `(${of("small")} - ${of("small")})`,
    (of) => `(${of("small")} * ${of("small")})`,
    (of) => `abs(${of("small")}::INTEGER)`,
    (of) => `(${of("small")} % ${of("small")})`,
    (of) => `(${of("small")} // ${of("small")})`,
    (of) => `length(${of("text")})`,
    (of) => `(-${of("small")}::INTEGER)`,
    (of) => `sign(${of("small")})`,
    (of) => `greatest(${of("small")}, ${of("small")})`,
    (of) => `least(${of("small")}, ${of("small")}, ${of("small")})`,
    (of) => `strpos(${of("text")}, ${of("text")})`,
    (of, c) => `date_part('${c.pick(DATE_PARTS.slice(0, 8))}', ${of("date")})`,
    (of, c) => `extract(${c.pick(["hour", "minute", "day", "dow", "quarter"])} FROM ${of("ts")})`,
    (of) => `(${of("small")}::INTEGER & ${of("small")}::INTEGER)`,
    (of) => `(${of("small")}::INTEGER | ${of("small")}::INTEGER)`,
    (of) => `xor(${of("small")}::INTEGER, ${of("small")}::INTEGER)`,
    (of) => `len(${of("list")})`,
    (of) => `list_sum(${of("list")})`,
    (of) => `list_extract(${of("list")}, ${of("small")}::INTEGER)`,
    (of, c) => `(${of("list")})[${c.pick(["1", "-1", "2", "0", "5"])}]`,
    (of) => `(${of("struct")}).a`,
    (of) => `${of("bool")}::INTEGER`,
    (of) => `year(${of("date")})`,
    (of) => `month(${of("ts")})`,
    (of) => `ascii(${of("text")})`,
    (of) => `gcd(${of("small")}::BIGINT, ${of("small")}::BIGINT)`,
    (of) => `list_position(${of("list")}, ${of("small")}::INTEGER)`,
    (of) => `octet_length(${of("blob")})`,
    (of, c) => `date_diff('${c.pick(["day", "month", "year", "week", "quarter"])}', ${of("date")}, ${of("date")})`,
    (of) => `(${of("date")} - ${of("date")})`,
    (of) => `levenshtein(${of("text")}, ${of("text")})`,
    (of) => `TRY_CAST(${of("text")} AS INTEGER)`,
    (of) => `round(${of("dec")})::INTEGER`,
    (of) => `strlen(${of("text")})`,
    (of) => `bit_count(${of("small")}::INTEGER)`,
    (of) => `list_count(${of("texts")})`,
    (of) => `list_min(${of("list")})`,
    (of) => `list_reduce(list_append(${of("list")}, 1), lambda x, y: coalesce(x, 0) + coalesce(y, 0))`,
    (of) => `len(list_filter(${of("list")}, lambda x: x > ${of("small")}))`,
    (of, c) => `datepart('${c.pick(["day", "month", "year", "hour"])}', ${of("interval")})`,
    (of) => `unicode(${of("text")})`,
    (of, c) =>
      `TRY_CAST(${of(c.pick<Kind>(["text", "dbl", "dec", "wild", "int", "bool"]))} AS ${c.pick(["SMALLINT", "TINYINT", "UTINYINT"])})::INTEGER`,
    (of, c) => `date_part('${c.pick(["hour", "day", "month", "dow", "week", "year"])}', ${of("tstz")})`,
    (of) => `len(${of("texts")})`,
    (of) => `hour(${of("time")})`,
    (of) => `(abs(${of("small")}::INTEGER) << 1)`,
    (of, c) => `date_sub('${c.pick(["day", "month", "year"])}', ${of("ts")}, ${of("ts")})`,
    (of) => `nextafter(${of("small")}::DOUBLE, 100::DOUBLE)::INTEGER`,
    (of) => `list_unique(${of("list")})`,
    (of) => `enum_code(${of("enum")})::INTEGER`,
    (of) => `damerau_levenshtein(${of("text")}, 'abc')`,
    (of) => `json_array_length(to_json(${of("list")}))`,
    (of) => `yearweek(${of("date")})`,
    (of) => `ceil(${of("dec")} % 7)::INTEGER`,
  ],
  int: [
    (of) => `greatest(${of("int")}, ${of("int")})`,
    (of) => `TRY_CAST(${of("int")} AS SMALLINT)`,
    (of) => `least(${of("int")}, ${of("small")})`,
    (of) => `TRY_CAST(${of("int")} AS INTEGER)`,
    (of) => `TRY_CAST(${of("int")} AS UBIGINT)`,
    (of) => `${of("int")}::HUGEINT`,
    (of) => `TRY_CAST(${of("text")} AS BIGINT)`,
    (of) => `TRY_CAST(${of("wild")} AS BIGINT)`,
    (of) => `TRY_CAST(${of("dec")} AS TINYINT)`,
    (of) => `(${of("int")}::HUGEINT + ${of("int")}::HUGEINT)`,
    (of) => `(${of("int")}::HUGEINT % ${of("small")})`,
    (of) => `(${of("int")}::HUGEINT // ${of("small")})`,
    (of) => `epoch_us(${of("ts")})`,
    (of) => `epoch_ms(${of("ts")})`,
  ],
  bool: [
    (of) => `(${of("small")} = ${of("small")})`,
    (of) => `(${of("small")} < ${of("int")})`,
    (of) => `(NOT ${of("bool")})`,
    (of) => `(${of("text")} IS NULL)`,
    (of) => `(${of("bool")} AND ${of("bool")})`,
    (of) => `(${of("bool")} OR ${of("bool")})`,
    (of) => `(${of("text")} >= ${of("text")})`,
    (of, c) => `(${of("text")} LIKE ${quoted(c.pick(LIKES))})`,
    (of) => `(${of("date")} < ${of("date")})`,
    (of) => `contains(${of("text")}, ${of("text")})`,
    (of, c) => `(${of("text")} NOT ILIKE ${quoted(c.pick(LIKES))})`,
    (of) => `starts_with(${of("text")}, ${of("text")})`,
    (of) => `(${of("small")} IS DISTINCT FROM ${of("small")})`,
    (of) => `(${of("bool")} IS NOT TRUE)`,
    (of) => `(${of("ts")} >= ${of("date")})`,
    (of, c) => `regexp_matches(${of("text")}, '${c.pick(PATTERNS).replaceAll("\\\\", "\\")}')`,
    (of) => `isnan(${of("wild")})`,
    (of) => `isfinite(${of("wild")})`,
    (of) => `list_contains(${of("list")}, ${of("small")}::INTEGER)`,
    (of) => `(${of("list")} = ${of("list")})`,
    (of) => `(${of("struct")} < ${of("struct")})`,
    (of) => `TRY_CAST(${of("text")} AS BOOLEAN)`,
    (of) => `suffix(${of("text")}, ${of("text")})`,
    (of) => `list_has_any(${of("list")}, ${of("list")})`,
    (of) => `(${of("interval")} > ${of("interval")})`,
    (of) => `(${of("uuid")} <= ${of("uuid")})`,
    (of) => `(${of("blob")} < ${of("blob")})`,
    (of) => `(${of("enum")} > ${of("enum")})`,
    (of) => `(${of("time")} <> ${of("time")})`,
    (of) => `((${of("small")}, ${of("text")}) = (${of("small")}, ${of("text")}))`,
  ],
  dbl: [
    (of) => `(${of("dbl")} + ${of("dbl")})`,
    (of) => `(${of("dbl")} - ${of("small")})`,
    (of) => `(${of("dbl")} * ${of("small")})`,
    (of) => `${of("small")}::DOUBLE`,
    (of) => `floor(${of("dbl")})`,
    (of) => `ceil(${of("dbl")})`,
    (of, c) => `round(${of("dbl")}, ${c.below(3)})`,
    (of) => `abs(${of("dbl")})`,
    (of) => `trunc(${of("dbl")})`,
    (of) => `(${of("small")} / 4)`,
    (of) => `greatest(${of("dbl")}, ${of("dbl")})`,
    (of) => `(${of("dbl")} % 3)`,
    (of) => `even(${of("dbl")})`,
  ],
  wild: [
    (of) => `(-${of("wild")})`,
    (of) => `greatest(${of("wild")}, ${of("wild")})`,
    (of) => `abs(${of("wild")})`,
    (of) => `(${of("wild")} / ${of("small")})`,
    (of) => `least(${of("wild")}, ${of("dbl")})`,
    (of) => `sign(${of("wild")})::DOUBLE`,
    (of) => `TRY_CAST(${of("text")} AS DOUBLE)`,
  ],
  flt: [
    (of) => `sqrt(abs(${of("dbl")}))`,
    (of) => `(${of("flt")} + ${of("flt")})`,
    (of) => `sin(${of("small")})`,
    (of) => `ln(abs(${of("dbl")}) + 1)`,
    (of) => `exp(${of("small")} % 5)`,
    (of) => `pow(${of("dbl")}, 2)`,
    (of) => `(${of("dbl")} / ${of("small")})`,
    (of) => `atan2(${of("small")}, ${of("dbl")})`,
    (of) => `cbrt(${of("dbl")})`,
    (of) => `radians(${of("dbl")})`,
    (of) => `log10(abs(${of("small")}) + 1)`,
    (of) => `tanh(${of("small")})`,
    (of) => `(${of("dec")} / ${of("small")})`,
    (of) => `(${of("wild")} * ${of("dbl")})`,
    (of) => `list_avg(${of("list")})`,
  ],
  dec: [
    (of) => `(${of("dec")} + 1.5)`,
    (of) => `${of("small")}::DECIMAL(12,2)`,
    (of) => `(${of("dec")}::DECIMAL(14,3) - ${of("small")})`,
    (of) => `(${of("dec")}::DECIMAL(12,2) * 2)`,
    (of, c) => `round(${of("dec")}, ${c.below(3)})`,
    (of) => `abs(${of("dec")})`,
    (of) => `TRY_CAST(${of("text")} AS DECIMAL(8,2))`,
    (of) => `TRY_CAST(${of("dec")} AS DECIMAL(5,1))`,
    (of) => `floor(${of("dec")})`,
    (of) => `(-${of("dec")})`,
    (of) => `greatest(${of("dec")}, ${of("dec")})`,
    (of) => `TRY_CAST(${of("dbl")} AS DECIMAL(10,2))`,
    (of) => `(${of("dec")} % 3)`,
  ],
  text: [
    (of) => `upper(${of("text")})`,
    (of) => `lower(${of("text")})`,
    (of) => `(${of("text")} || ${of("text")})`,
    (of) => `trim(${of("text")})`,
    (of, c) => `substring(${of("text")}, ${c.pick(["1", "2", "-2", "0", "-100"])}, ${c.pick(["1", "3", "100", "0"])})`,
    (of) => `concat(${of("text")}, ${of("small")}, ${of("text")})`,
    (of) => `replace(${of("text")}, ${of("text")}, ${of("text")})`,
    (of) => `left(${of("text")}, ${of("small")}::INTEGER)`,
    (of) => `right(${of("text")}, ${of("small")}::INTEGER)`,
    (of) => `reverse(${of("text")})`,
    (of) => `${of("small")}::VARCHAR`,
    (of) => `${of("date")}::VARCHAR`,
    (of) => `CAST(${of("ts")} AS VARCHAR)`,
    (of) => `${of("bool")}::VARCHAR`,
    (of) => `${of("dec")}::VARCHAR`,
    (of) => `${of("dbl")}::VARCHAR`,
    (of, c) => `lpad(${of("text")}, ${c.below(12)}, ${quoted(c.pick(["*", "ab", "🦆"]))})`,
    (of, c) => `rpad(${of("text")}, ${c.below(12)}, ${quoted(c.pick(["*", "ab", "日"]))})`,
    (of, c) => `split_part(${of("text")}, ${quoted(c.pick([",", "a", ""]))}, ${c.pick(["1", "2", "-1", "9"])})`,
    (of, c) => `repeat(${of("text")}, ${c.below(4)})`,
    (of, c) => `strftime(${of("ts")}, '${c.pick(FORMATS)}')`,
    (of, c) => `strftime(${of("date")}, '${c.pick(FORMATS)}')`,
    (of) => `dayname(${of("date")})`,
    (of) => `monthname(${of("ts")})`,
    (of) => `md5(${of("text")})`,
    (of, c) => `regexp_replace(${of("text")}, '${c.pick(PATTERNS).replaceAll("\\\\", "\\")}', '<\\0>', 'g')`,
    (of, c) => `regexp_extract(${of("text")}, '${c.pick(PATTERNS).replaceAll("\\\\", "\\")}')`,
    (of) => `concat_ws('-', ${of("text")}, ${of("text")}, ${of("small")})`,
    (of) => `(${of("struct")}).b`,
    (of) => `(${of("texts")})[1]`,
    (of) => `array_to_string(${of("texts")}, '+')`,
    (of) => `${of("list")}::VARCHAR`,
    (of) => `${of("struct")}::VARCHAR`,
    (of) => `${of("interval")}::VARCHAR`,
    (of) => `${of("time")}::VARCHAR`,
    (of) => `${of("uuid")}::VARCHAR`,
    (of) => `${of("enum")}::VARCHAR`,
    (of) => `${of("blob")}::VARCHAR`,
    (of) => `${of("wild")}::VARCHAR`,
    (of) => `${of("int")}::VARCHAR`,
    (of) => `typeof(${of("small")})`,
    (of) => `${of("texts")}::VARCHAR`,
    (of) => `${of("tstz")}::VARCHAR`,
    (of) => `hex(${of("text")})`,
    (of) => `translate(${of("text")}, 'abc', 'xy')`,
    (of) => `printf('%s|%d', ${of("text")}, ${of("small")}::INTEGER)`,
    (of) => `ltrim(${of("text")}, 'a ')`,
    (of) => `(${of("text")})[2:3]`,
    (of) => `to_json(${of("struct")})::VARCHAR`,
    (of) => `to_json(${of("texts")})::VARCHAR`,
    (of) => `TRY_CAST(${of("blob")} AS VARCHAR)`,
    (of, c) => `strftime(${of("tstz")}, '${c.pick(FORMATS)}')`,
    (of) => `(${of("text")})[-3:]`,
    (of, c) => `format('{:${c.pick([">8", "<5", "^7", "05d"])}}', ${of("small")}::INTEGER)`,
    (of) => `regexp_replace(${of("text")}, '([a-z])([0-9]*)', '\\2\\1')`,
    (of) => `substring(${of("text")}, ${of("small")}::BIGINT, ${of("small")}::BIGINT)`,
    (of) => `split_part(${of("text")}, ${of("text")}, ${of("small")}::BIGINT)`,
    (of) => `list_aggregate(${of("texts")}, 'string_agg', '/')`,
    (of) => `CASE WHEN ${of("bool")} THEN ${of("text")} ELSE ${of("enum")}::VARCHAR END`,
    (of) => `json_extract_string('{"a": "x", "b": [1, {"c": "d"}]}', ${of("text")})`,
    (of) => `bin(${of("small")}::INTEGER)`,
    (of) => `array_to_string(list_transform(${of("list")}, lambda x: x::VARCHAR), ',')`,
    (of) => `nfc_normalize(${of("text")})`,
    (of) => `strip_accents(${of("text")})`,
    (of) => `url_encode(${of("text")})`,
    (of) => `${of("date")}::VARCHAR || ${of("small")}`,
    (of) => `MAP {coalesce(${of("text")}, ${quoted("k")}): ${of("small")}::INTEGER}::VARCHAR`,
  ],
  date: [
    (of) => `${of("ts")}::DATE`,
    (of) => `(${of("date")} + 1)`,
    (of) => `(${of("date")} - ${of("small")}::INTEGER)`,
    (of, c) => `date_trunc('${c.pick(TRUNC_PARTS)}', ${of("date")})::DATE`,
    (of) => `last_day(${of("date")})`,
    (of) => `${of("tstz")}::DATE`,
    (of) => `TRY_CAST(${of("text")} AS DATE)`,
    (of) => `greatest(${of("date")}, ${of("date")})`,
    (of) => `make_date(2020, abs(${of("small")} % 12)::BIGINT + 1, 5)`,
  ],
  ts: [
    (of) => `${of("date")}::TIMESTAMP`,
    (of, c) => `date_trunc('${c.pick(TRUNC_TIME_PARTS)}', ${of("ts")})`,
    (of) => `(${of("ts")} + ${of("interval")})`,
    (of) => `(${of("ts")} - INTERVAL '1 month 1 day')`,
    (of) => `(${of("date")} + INTERVAL 5 HOUR)`,
    (of) => `TRY_CAST(${of("text")} AS TIMESTAMP)`,
    (of, c) => `time_bucket(INTERVAL '${c.pick(["1 hour", "15 minutes", "7 days", "1 month", "1 year"])}', ${of("ts")})`,
    (of) => `least(${of("ts")}, ${of("ts")})`,
    (of) => `timezone('America/New_York', ${of("tstz")})`,
    (of) => `${of("tstz")}::TIMESTAMP`,
    (of) => `try_strptime(${of("text")}, '%Y-%m-%d')`,
    (of) => `make_timestamp(2021, 3, 4, 5, ${of("small")}::BIGINT % 10 + 10, 6.5)`,
  ],
  tstz: [
    (of) => `(${of("tstz")} + INTERVAL 1 DAY)`,
    (of) => `${of("ts")}::TIMESTAMPTZ`,
    (of, c) => `date_trunc('${c.pick(["year", "month", "day", "hour", "week"])}', ${of("tstz")})`,
    (of) => `${of("date")}::TIMESTAMPTZ`,
    (of) => `timezone('Europe/Berlin', ${of("ts")})`,
    (of) => `(${of("tstz")} + ${of("interval")})`,
    (of) => `time_bucket(INTERVAL '1 day', ${of("tstz")})`,
  ],
  time: [(of) => `${of("ts")}::TIME`, (of) => `(${of("time")} + INTERVAL 5 HOUR)`],
  interval: [
    (of) => `(${of("interval")} + ${of("interval")})`,
    (of) => `(${of("ts")} - ${of("ts")})`,
    (of) => `to_days(${of("small")}::INTEGER)`,
    (of) => `(${of("interval")} * 2)`,
    (of) => `to_months(${of("small")}::INTEGER)`,
    (of) => `(-${of("interval")})`,
    (of) => `age(${of("ts")}, ${of("ts")})`,
  ],
  list: [
    (of) => `[${of("small")}::INTEGER, ${of("small")}::INTEGER]`,
    (of) => `list_sort(${of("list")})`,
    (of) => `list_concat(${of("list")}, ${of("list")})`,
    (of) => `list_append(${of("list")}, ${of("small")}::INTEGER)`,
    (of, c) => `(${of("list")})[${c.pick(["1:2", "2:", ":2", "0:1", "3:1"])}]`,
    (of) => `list_reverse(${of("list")})`,
    (of) => `list_transform(${of("list")}, lambda x: x + 1)`,
    (of) => `list_filter(${of("list")}, lambda x: x > 1)`,
    (of) => `list_sort(list_distinct(${of("list")}))`,
    (of) => `list_reverse_sort(${of("list")})`,
    (of) => `range(abs(${of("small")} % 5)::BIGINT)::INTEGER[]`,
    (of) => `list_prepend(${of("small")}::INTEGER, ${of("list")})`,
    (of) => `[x * 2 for x in (${of("list")}) if x > 0]`,
    (of) => `flatten([${of("list")}, ${of("list")}])`,
  ],
  texts: [
    (of) => `[${of("text")}, ${of("text")}]`,
    (of) => `string_split(${of("text")}, ',')`,
    (of) => `list_transform(${of("texts")}, lambda x: upper(x))`,
    (of) => `${of("list")}::VARCHAR[]`,
    (of) => `list_sort(${of("texts")}, 'DESC', 'NULLS LAST')`,
    (of) => `regexp_extract_all(${of("text")}, '[a-z]')`,
    (of) => `regexp_split_to_array(${of("text")}, '[ ,]')`,
  ],
  struct: [
    (of) => `{'a': ${of("small")}::INTEGER, 'b': ${of("text")}}`,
    (of) => `struct_pack(a := ${of("small")}::INTEGER, b := ${of("text")})`,
  ],
  blob: [(of) => `encode(${of("text")})`, (of) => `(${of("blob")} || ${of("blob")})`],
  uuid: [(of) => `TRY_CAST(${of("text")} AS UUID)`],
  enum: [(of) => `greatest(${of("enum")}, ${of("enum")})`],
};

function derived(kind: Kind, scope: Scope, depth: number): string | undefined {
  const forms = FORMS[kind];
  if (forms === undefined) return undefined;
  const { choices } = scope;
  return choices.pick(forms)((inner) => expression(inner, scope, depth), choices);
}

const DEEPER = [
  [16, "or"],
  [6, "and"],
  [8, "in"],
  [6, "between"],
  [5, "negated"],
  [8, "in query"],
  [8, "exists"],
  [10, "any"],
  [6, "correlated"],
] as const;

/** A value that few others are below. */
function low(kind: Kind): string | undefined {
  const lows: Partial<Record<Kind, string>> = {
    small: "0",
    int: "0",
    text: "'1'",
    date: "DATE '1970-01-01'",
    dbl: "0",
    dec: "-100",
    ts: "DATE '1970-01-01'",
  };
  return lows[kind];
}

/** A condition, mostly on columns and mostly one that lets many rows through. */
export function predicate(scope: Scope, depth: number): string {
  const { choices } = scope;
  const comparable = scope.columns.filter((column) => COMPARABLE.includes(column.kind));
  if (comparable.length === 0) return choices.pick(["true", "1 < 2"]);
  const column = choices.pick(comparable);
  const other = () => expression(column.kind, scope, depth - 1);
  const form = choices.weighted([
    [20, "not null"],
    [16, "from"],
    [16, "not"],
    [12, "up to"],
    [6, "compare"],
    [3, "null"],
    ...(depth > 0 ? DEEPER : []),
  ] as const);
  switch (form) {
    case "not null":
      return `${column.sql} IS NOT NULL`;
    case "from":
      return `${column.sql} >= ${low(column.kind) ?? constant(column.kind, choices)}`;
    case "not":
      return `${column.sql} <> ${constant(column.kind, choices)}`;
    case "up to":
      return `${column.sql} <= ${other()}`;
    case "compare":
      return `${column.sql} ${choices.pick([">", "<", "="])} ${constant(column.kind, choices)}`;
    case "null":
      return `${column.sql} IS NULL`;
    case "or":
      return `(${predicate(scope, depth - 1)} OR ${predicate(scope, depth - 1)})`;
    case "and":
      return `(${predicate(scope, depth - 1)} AND ${predicate(scope, depth - 1)})`;
    case "in":
      return `${column.sql} ${choices.chance(60) ? "NOT " : ""}IN (${[0, 1, 2].map(() => constant(column.kind, choices)).join(", ")}${choices.chance(20) ? ", NULL" : ""})`;
    case "between":
      return `${column.sql} ${choices.chance(50) ? "NOT " : ""}BETWEEN ${other()} AND ${other()}`;
    case "negated":
      return `NOT (${predicate(scope, depth - 1)})`;
    case "in query":
      if (scope.inSubquery === undefined) return `${column.sql} IS DISTINCT FROM ${other()}`;
      return `${column.sql} ${choices.chance(40) ? "NOT " : ""}IN (${scope.inSubquery(column.kind)})`;
    case "exists":
      if (scope.exists === undefined) return `coalesce(${expression("bool", scope, depth - 1)}, true)`;
      return `${choices.chance(30) ? "NOT " : ""}EXISTS (${scope.exists()})`;
    case "correlated":
      if (scope.correlated !== undefined) return scope.correlated();
      return expression("bool", scope, depth - 1);
    default:
      return expression("bool", scope, depth - 1);
  }
}
