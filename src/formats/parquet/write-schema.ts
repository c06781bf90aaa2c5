import { unsupported } from "../../core/errors.ts";
import { type DataType, type Schema, typeName } from "../../core/types.ts";
import { physicalFor } from "./plain-encode.ts";
import { binary, bool, i8, i32, structOf, type ThriftOut } from "./thrift-writer.ts";

const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;

/** The schema of a file: a flat list of elements, parents before children. */
export function schemaElements(schema: Schema): ThriftOut[] {
  const root = structOf([4, binary("schema")], [5, i32(schema.length)]);
  return [root, ...schema.flatMap(({ name, type }) => elementsOf(name, type, OPTIONAL))];
}

function elementsOf(name: string, type: DataType, repetition: number): ThriftOut[] {
  switch (type.kind) {
    case "struct": {
      if (type.fields.length === 0) throw unsupported(`column "${name}" is a STRUCT without fields, which Parquet cannot hold`);
      return [group(name, repetition, type.fields.length), ...type.fields.flatMap((field) => elementsOf(field.name, field.type, OPTIONAL))];
    }
    case "list":
      return [group(name, repetition, 1, 3, 3), group("list", REPEATED, 1), ...elementsOf("element", type.element, OPTIONAL)];
    case "map":
      return [
        group(name, repetition, 1, 1, 2),
        group("key_value", REPEATED, 2),
        ...elementsOf("key", type.key, REQUIRED),
        ...elementsOf("value", type.value, OPTIONAL),
      ];
    default:
      return [leafElement(name, type, repetition)];
  }
}

const group = (name: string, repetition: number, children: number, converted?: number, logical?: number): ThriftOut =>
  structOf(
    [3, i32(repetition)],
    [4, binary(name)],
    [5, i32(children)],
    [6, converted === undefined ? undefined : i32(converted)],
    [10, logical === undefined ? undefined : structOf([logical, structOf()])],
  );

function leafElement(name: string, type: DataType, repetition: number): ThriftOut {
  const { physical, length } = physicalFor({ type });
  const { converted, logical } = annotations(type);
  return structOf(
    [1, i32(physical)],
    [2, length === 0 ? undefined : i32(length)],
    [3, i32(repetition)],
    [4, binary(name)],
    [6, converted === undefined ? undefined : i32(converted)],
    [7, type.kind === "decimal" ? i32(type.scale) : undefined],
    [8, type.kind === "decimal" ? i32(type.precision) : undefined],
    [10, logical],
  );
}

/** Converted (old) and logical (new) annotation of a type; both are written, so that old readers know it too. */
function annotations(type: DataType): { converted?: number; logical?: ThriftOut } {
  const micros = structOf([2, structOf()]);
  const integer = (converted: number, bits: number, signed: boolean) => ({
    converted,
    logical: structOf([10, structOf([1, i8(bits)], [2, bool(signed)])]),
  });
  switch (type.kind) {
    case "tinyint":
      return integer(15, 8, true);
    case "smallint":
      return integer(16, 16, true);
    case "integer":
      return integer(17, 32, true);
    case "bigint":
      return integer(18, 64, true);
    case "utinyint":
      return integer(11, 8, false);
    case "usmallint":
      return integer(12, 16, false);
    case "uinteger":
      return integer(13, 32, false);
    case "ubigint":
      return integer(14, 64, false);
    case "decimal":
      return { converted: 5, logical: structOf([5, structOf([1, i32(type.scale)], [2, i32(type.precision)])]) };
    case "date":
      return { converted: 6, logical: structOf([6, structOf()]) };
    case "time":
      return { converted: 8, logical: structOf([7, structOf([1, bool(false)], [2, micros])]) };
    // The old annotation means "adjusted to UTC", which a TIMESTAMP without zone is not
    case "timestamp":
      return { logical: structOf([8, structOf([1, bool(false)], [2, micros])]) };
    case "timestamptz":
      return { converted: 10, logical: structOf([8, structOf([1, bool(true)], [2, micros])]) };
    case "varchar":
    case "enum":
      return { converted: 0, logical: structOf([1, structOf()]) };
    case "json":
      return { converted: 19, logical: structOf([12, structOf()]) };
    case "uuid":
      return { logical: structOf([14, structOf()]) };
    case "interval":
      return { converted: 21 };
    case "boolean":
    case "float":
    case "double":
    case "hugeint":
    case "blob":
    case "null":
      return {};
    default:
      throw unsupported(`Parquet cannot hold ${typeName(type)}`);
  }
}
