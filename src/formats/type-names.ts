import { bindError, nearestName } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import * as types from "../core/types.ts";

const NAMES: Record<string, DataType> = {
  boolean: types.BOOLEAN,
  bool: types.BOOLEAN,
  logical: types.BOOLEAN,
  tinyint: types.TINYINT,
  int1: types.TINYINT,
  smallint: types.SMALLINT,
  int2: types.SMALLINT,
  short: types.SMALLINT,
  integer: types.INTEGER,
  int: types.INTEGER,
  int4: types.INTEGER,
  signed: types.INTEGER,
  bigint: types.BIGINT,
  int8: types.BIGINT,
  long: types.BIGINT,
  utinyint: types.UTINYINT,
  usmallint: types.USMALLINT,
  uinteger: types.UINTEGER,
  ubigint: types.UBIGINT,
  hugeint: types.HUGEINT,
  float: types.FLOAT,
  float4: types.FLOAT,
  real: types.FLOAT,
  double: types.DOUBLE,
  float8: types.DOUBLE,
  "double precision": types.DOUBLE,
  decimal: types.decimal(18, 3),
  numeric: types.decimal(18, 3),
  varchar: types.VARCHAR,
  text: types.VARCHAR,
  string: types.VARCHAR,
  char: types.VARCHAR,
  bpchar: types.VARCHAR,
  blob: types.BLOB,
  bytea: types.BLOB,
  date: types.DATE,
  time: types.TIME,
  timestamp: types.TIMESTAMP,
  datetime: types.TIMESTAMP,
  timestamptz: types.TIMESTAMPTZ,
  "timestamp with time zone": types.TIMESTAMPTZ,
  interval: types.INTERVAL,
  uuid: types.UUID,
  json: types.JSON_TYPE,
};

/** Reads a type as SQL spells it: `DECIMAL(10, 2)`, `INTEGER[]`, `STRUCT(a INTEGER, "b c" VARCHAR)`, `MAP(VARCHAR, DOUBLE)`. */
export function parseTypeName(text: string): DataType {
  const reader = new TypeReader(text);
  const type = reader.type();
  reader.end();
  return type;
}

class TypeReader {
  readonly #text: string;
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.match(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\w+|[^\s\w]/g) ?? [];
  }

  #fail(what: string, hint?: string): Error {
    return bindError(`cannot read the type "${this.#text}": ${what}`, undefined, hint);
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#fail(`expected "${token}"`);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#fail(`"${this.#tokens[this.#at]}" is not expected`);
  }

  type(): DataType {
    let type = this.#element();
    while (this.#accept("[")) {
      this.#expect("]");
      type = types.list(type);
    }
    return type;
  }

  #element(): DataType {
    const word = this.#tokens[this.#at++]?.toLowerCase();
    if (word === undefined) throw this.#fail("it is empty");
    if (word === "struct" || word === "row") {
      return types.struct(this.#list(() => ({ name: this.#name(), type: this.type() })));
    }
    if (word === "map") {
      this.#expect("(");
      const key = this.type();
      this.#expect(",");
      const value = this.type();
      this.#expect(")");
      return types.map(key, value);
    }
    if (word === "enum") return types.enumType(this.#list(() => this.#name("'")));
    if ((word === "decimal" || word === "numeric") && this.#tokens[this.#at] === "(") {
      const [precision, scale = 0] = this.#list(() => Number(this.#tokens[this.#at++]));
      if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision)) throw this.#fail("a decimal has 1 to 38 digits");
      return types.decimal(precision, scale);
    }
    if ((word === "varchar" || word === "char") && this.#tokens[this.#at] === "(") this.#list(() => this.#at++);
    if (word === "timestamp" && this.#accept("with")) {
      this.#expect("time");
      this.#expect("zone");
      return types.TIMESTAMPTZ;
    }
    if (word === "double") this.#accept("precision");
    const type = NAMES[word];
    if (type === undefined) {
      const near = nearestName(word, Object.keys(NAMES));
      throw this.#fail(`there is no type "${word}"`, near === undefined ? undefined : `did you mean "${near.toUpperCase()}"?`);
    }
    return type;
  }

  #list<T>(item: () => T): T[] {
    this.#expect("(");
    const items = [item()];
    while (this.#accept(",")) items.push(item());
    this.#expect(")");
    return items;
  }

  #name(quote = '"'): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#fail("it ends too early");
    return token.startsWith(quote) ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
  }
}
