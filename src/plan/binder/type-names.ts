import { bindError, nearestName, unsupported } from "../../core/errors.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  enumType,
  FLOAT,
  HUGEINT,
  INTEGER,
  INTERVAL,
  JSON_TYPE,
  list,
  map,
  NULL_TYPE,
  SMALLINT,
  struct,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../core/types.ts";
import type { NamedType, TypeName } from "../../sql/ast.ts";

const TYPES: ReadonlyMap<string, DataType> = new Map([
  ...names(BOOLEAN, "boolean bool logical"),
  ...names(TINYINT, "tinyint int1"),
  ...names(SMALLINT, "smallint int2 short int16"),
  ...names(INTEGER, "integer int int4 signed int32"),
  ...names(BIGINT, "bigint int8 long int64 oid"),
  ...names(UTINYINT, "utinyint uint8"),
  ...names(USMALLINT, "usmallint uint16"),
  ...names(UINTEGER, "uinteger uint32"),
  ...names(UBIGINT, "ubigint uint64"),
  ...names(HUGEINT, "hugeint int128"),
  ...names(FLOAT, "float float4 real"),
  ...names(DOUBLE, "double float8"),
  ...names(VARCHAR, "varchar text string char bpchar nvarchar"),
  ...names(BLOB, "blob bytea binary varbinary"),
  ...names(DATE, "date"),
  ...names(TIME, "time"),
  ...names(TIMESTAMP, "timestamp datetime timestamp_us"),
  ...names(TIMESTAMPTZ, "timestamptz"),
  ...names(INTERVAL, "interval"),
  ...names(UUID, "uuid guid"),
  ...names(JSON_TYPE, "json"),
  ...names(NULL_TYPE, "null"),
]);

/** Types that DuckDB has and Weir has not. */
const UNSUPPORTED = new Set([
  "uhugeint",
  "uint128",
  "bit",
  "bitstring",
  "timetz",
  "timestamp_ns",
  "timestamp_ms",
  "timestamp_s",
  "varint",
  "bignum",
  "union",
  "geometry",
  "variant",
]);

function names(type: DataType, list: string): [string, DataType][] {
  return list.split(" ").map((name) => [name, type]);
}

/** The type a type name stands for. */
export function resolveType(name: TypeName): DataType {
  switch (name.kind) {
    case "namedType":
      return resolveNamed(name);
    case "arrayType":
      if (name.size !== undefined)
        throw unsupported("arrays of a fixed size", name.span, "a list, as INTEGER[], holds any number of values");
      return list(resolveType(name.element));
    case "structType":
      return struct(name.fields.map((field) => ({ name: field.name.name, type: resolveType(field.type) })));
    case "mapType":
      return map(resolveType(name.key), resolveType(name.value));
    case "enumType": {
      const repeated = name.values.find((value, i) => name.values.indexOf(value) !== i);
      if (repeated !== undefined) throw bindError(`enum value '${repeated}' is repeated`, name.span);
      return enumType(name.values);
    }
    case "unsupported":
      throw unsupported(`type ${name.feature}`, name.span);
  }
}

function resolveNamed(type: NamedType): DataType {
  const name = type.name[type.name.length - 1].name.toLowerCase();
  if (name === "decimal" || name === "numeric" || name === "dec") return resolveDecimal(type);
  const found = TYPES.get(name);
  if (found !== undefined) return found;
  if (UNSUPPORTED.has(name)) throw unsupported(`type ${name.toUpperCase()}`, type.span);
  const near = nearestName(name, [...TYPES.keys(), "decimal", "numeric"]);
  throw bindError(`type "${name}" does not exist`, type.span, near === undefined ? undefined : `did you mean ${near.toUpperCase()}?`);
}

function resolveDecimal(type: NamedType): DataType {
  const [precision = 18, scale = type.args.length === 1 ? 0 : 3] = type.args;
  if (precision < 1 || precision > 38) throw bindError(`precision of DECIMAL must be from 1 to 38, not ${precision}`, type.span);
  if (scale > precision) throw bindError(`scale of DECIMAL(${precision}, ${scale}) is larger than its precision`, type.span);
  return decimal(precision, scale);
}
