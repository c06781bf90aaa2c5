import { ioError } from "../files.ts";
import type { RandomInput } from "../input.ts";
import { ThriftReader, type ThriftStruct } from "./thrift.ts";

/** A Parquet file's footer (parquet.thrift), what reading needs of it. */
export interface ParquetMetadata {
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: readonly RowGroup[];
  readonly rowCount: number;
}

export interface SchemaElement {
  readonly name: string;
  /** Number of Physical; undefined for groups. */
  readonly physical: number | undefined;
  readonly typeLength: number;
  readonly repetition: "required" | "optional" | "repeated";
  readonly childCount: number;
  readonly converted: number | undefined;
  readonly scale: number;
  readonly precision: number;
  readonly logical: ThriftStruct | undefined;
}

export interface RowGroup {
  readonly rows: number;
  /** By leaf, in schema order. */
  readonly columns: readonly ColumnChunk[];
}

export interface ColumnChunk {
  readonly codec: number;
  readonly valueCount: number;
  /** File position of the first page (the dictionary, where there is one), and bytes of all pages. */
  readonly start: number;
  readonly length: number;
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly nullCount: number | undefined;
}

export const PHYSICAL = { BOOLEAN: 0, INT32: 1, INT64: 2, INT96: 3, FLOAT: 4, DOUBLE: 5, BYTE_ARRAY: 6, FIXED: 7 } as const;

const REPETITIONS = ["required", "optional", "repeated"] as const;

export function readMetadata(input: RandomInput, path: string): ParquetMetadata {
  const { size } = input;
  const tail = new Uint8Array(8);
  if (size < 12 || input.read(tail, 0, 8, size - 8) !== 8) throw ioError(`"${path}" is not a Parquet file: it is too short`);
  const magic = String.fromCharCode(...tail.subarray(4));
  if (magic === "PARE") throw ioError(`"${path}" is encrypted, which is not read`);
  if (magic !== "PAR1") throw ioError(`"${path}" is not a Parquet file: it does not end with PAR1`);
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length + 12 > size) throw ioError(`"${path}" is broken: its metadata is said to have ${length} bytes`);
  const bytes = new Uint8Array(length);
  input.read(bytes, 0, length, size - 8 - length);
  const footer = new ThriftReader(bytes).struct();
  return {
    schema: (footer[2] as ThriftStruct[]).map(schemaElement),
    rowGroups: ((footer[4] ?? []) as ThriftStruct[]).map((group) => rowGroup(group, path)),
    rowCount: footer[3] as number,
  };
}

function schemaElement(fields: ThriftStruct): SchemaElement {
  return {
    physical: fields[1] as number | undefined,
    typeLength: (fields[2] as number | undefined) ?? 0,
    repetition: REPETITIONS[(fields[3] as number | undefined) ?? 0],
    name: Buffer.from(fields[4] as Uint8Array).toString("utf8"),
    childCount: (fields[5] as number | undefined) ?? 0,
    converted: fields[6] as number | undefined,
    scale: (fields[7] as number | undefined) ?? 0,
    precision: (fields[8] as number | undefined) ?? 0,
    logical: fields[10] as ThriftStruct | undefined,
  };
}

function rowGroup(fields: ThriftStruct, path: string): RowGroup {
  const columns = (fields[1] as ThriftStruct[]).map((chunk): ColumnChunk => {
    if (chunk[1] !== undefined) throw ioError(`"${path}" keeps columns in other files, which is not read`);
    const meta = chunk[3] as ThriftStruct | undefined;
    if (meta === undefined) throw ioError(`"${path}" has a column without metadata: it is encrypted or broken`);
    const dataStart = meta[9] as number;
    const dictionaryStart = meta[11] as number | undefined;
    const start = dictionaryStart !== undefined && dictionaryStart > 0 && dictionaryStart < dataStart ? dictionaryStart : dataStart;
    const statistics = meta[12] as ThriftStruct | undefined;
    return {
      codec: meta[4] as number,
      valueCount: meta[5] as number,
      start,
      length: meta[7] as number,
      // The old fields 1 and 2 had no defined order for text and unsigned numbers: only the new ones count
      max: statistics?.[5] as Uint8Array | undefined,
      min: statistics?.[6] as Uint8Array | undefined,
      nullCount: statistics?.[3] as number | undefined,
    };
  });
  return { rows: fields[3] as number, columns };
}
