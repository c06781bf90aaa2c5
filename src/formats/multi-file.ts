import type { BatchReader, MorselSource, ScanPredicate, ScanRequest, ScanWarning } from "../catalog/source-spec.ts";
import { commonType } from "../core/common-type.ts";
import { bindError } from "../core/errors.ts";
import { type DataType, type Schema, typeName, VARCHAR } from "../core/types.ts";
import { constantVector, nullVector } from "../core/vector-builder.ts";
import type { FileSpec } from "./format.ts";

/**
 * Several files as one source: each is bound alone, their schemas are united by position or by name, and each is opened when its first
 * morsel is. The parts live in the spec's options.
 */
export interface FilePart {
  readonly schema: Schema;
  /** What the format settled for this file; plain data. */
  readonly settled: unknown;
  readonly morsels: number;
  readonly rowCount?: number;
}

export interface MultiFileOptions {
  readonly unionByName: boolean;
  /** Name of a column that holds each row's file, if wanted. */
  readonly filename: string | undefined;
  /** What two types become when files differ; undefined: an error. */
  readonly unite: (a: DataType, b: DataType) => DataType | undefined;
}

interface Settled {
  readonly parts: readonly FilePart[];
  /** For each file, the position in its schema of each column of the source; -1 where it has none. */
  readonly mapping: readonly (readonly number[])[];
  /** Position of the file name column, or -1. */
  readonly filenameColumn: number;
}

/** Text formats can read a column as whatever type the files agree on: any two types meet at VARCHAR. */
export const uniteText = (a: DataType, b: DataType): DataType => commonType(a, b) ?? VARCHAR;

export function bindFiles(format: string, files: readonly string[], parts: readonly FilePart[], options: MultiFileOptions): FileSpec {
  const columns: { name: string; type: DataType }[] = parts[0].schema.map(({ name, type }) => ({ name, type }));
  const mapping = parts.map((part, index) => matchColumns(columns, part, files, index, options));
  const width = columns.length;
  const full = mapping.map((own) => [...own, ...new Array<number>(width - own.length).fill(-1)]);
  let filenameColumn = -1;
  if (options.filename !== undefined) {
    const wanted = options.filename;
    if (columns.some((column) => column.name.toLowerCase() === wanted.toLowerCase())) {
      throw bindError(`the files have a column "${wanted}" already`, undefined, 'give the option another name: filename = "source"');
    }
    filenameColumn = width;
    columns.push({ name: wanted, type: VARCHAR });
  }
  const known = parts.every((part) => part.rowCount !== undefined);
  const rowCount = known ? parts.reduce((sum, part) => sum + part.rowCount!, 0) : undefined;
  const settled: Settled = { parts, mapping: full, filenameColumn };
  return { kind: "file", format, schema: columns, files, options: settled as unknown as Record<string, unknown>, rowCount };
}

function matchColumns(
  columns: { name: string; type: DataType }[],
  part: FilePart,
  files: readonly string[],
  index: number,
  options: MultiFileOptions,
): number[] {
  if (index === 0) return columns.map((_, i) => i);
  const own = new Array<number>(columns.length).fill(-1);
  if (!options.unionByName && part.schema.length !== columns.length) {
    const counts = `"${files[index]}" has ${part.schema.length} columns, "${files[0]}" has ${columns.length}`;
    throw bindError(`the files differ: ${counts}`, undefined, "union_by_name = true matches columns by name");
  }
  const byName = options.unionByName || !matchByPosition(columns, part.schema);
  part.schema.forEach((field, i) => {
    let at = byName ? columns.findIndex((column) => sameName(column, field)) : i;
    if (at < 0 && !options.unionByName) {
      const names = columns.map((column) => `"${column.name}"`).join(", ");
      const differ = `"${files[index]}" has a column "${field.name}", and those of "${files[0]}" are ${names}`;
      throw bindError(`the files differ: ${differ}`, undefined, "union_by_name = true puts NULL where a file lacks a column");
    }
    if (at < 0) {
      at = columns.length;
      columns.push({ name: field.name, type: field.type });
    } else {
      const united = options.unite(columns[at].type, field.type);
      if (united === undefined) {
        const types = `${typeName(columns[at].type)} and ${typeName(field.type)}`;
        throw bindError(`column "${field.name}" has different types in "${files[0]}" and "${files[index]}": ${types}`);
      }
      columns[at].type = united;
    }
    own[at] = i;
  });
  return own;
}

const sameName = (a: { readonly name: string }, b: { readonly name: string }): boolean => a.name.toLowerCase() === b.name.toLowerCase();

/** Names made up for a file without a header. */
const MADE_UP = /^column\d+$/;

/** Whether columns are the same by position already: by name, or because one of the files names none. */
function matchByPosition(columns: readonly { readonly name: string }[], schema: Schema): boolean {
  if (columns.every((column) => MADE_UP.test(column.name)) || schema.every((field) => MADE_UP.test(field.name))) return true;
  return schema.every((field, i) => sameName(field, columns[i]));
}

/** Opens one file: `part.schema` carries the types wanted, which may be wider than the file's own. */
export type OpenFile = (path: string, part: FilePart, request: ScanRequest) => MorselSource;

/** Open files kept at a time. */
const OPEN_LIMIT = 16;

export function openFiles(spec: FileSpec, request: ScanRequest, openFile: OpenFile): MorselSource {
  const settled = spec.options as unknown as Settled;
  const starts: number[] = [];
  let total = 0;
  for (const part of settled.parts) {
    starts.push(total);
    total += part.morsels;
  }
  const open = new Map<number, MorselSource>();
  const warnings: ScanWarning[] = [];
  const closeOne = (file: number) => {
    const source = open.get(file)!;
    open.delete(file);
    warnings.push(...(source.warnings?.() ?? []));
    source.close();
  };
  const sourceOf = (file: number): MorselSource => {
    let source = open.get(file);
    if (source === undefined) {
      if (open.size >= OPEN_LIMIT) closeOne(open.keys().next().value!);
      source = openFile(spec.files[file], partOf(spec, settled, file), requestOf(settled, file, request));
      open.set(file, source);
    }
    return source;
  };
  return {
    morselCount: total,
    open(morsel) {
      let file = 0;
      while (file + 1 < starts.length && starts[file + 1] <= morsel) file++;
      const reader = sourceOf(file).open(morsel - starts[file]);
      return arrange(reader, spec, settled, file, request.columns);
    },
    warnings: () => [...warnings, ...[...open.values()].flatMap((source) => source.warnings?.() ?? [])],
    close() {
      for (const source of open.values()) source.close();
      open.clear();
    },
  };
}

function partOf(spec: FileSpec, settled: Settled, file: number): FilePart {
  const part = settled.parts[file];
  const schema = part.schema.map((field) => ({ ...field }));
  settled.mapping[file].forEach((own, at) => {
    if (own >= 0) schema[own].type = spec.schema[at].type;
  });
  return { ...part, schema };
}

function requestOf(settled: Settled, file: number, request: ScanRequest): ScanRequest {
  const mapping = settled.mapping[file];
  const columns = [...new Set(request.columns.map((column) => mapping[column] ?? -1).filter((own) => own >= 0))];
  const predicates: ScanPredicate[] = [];
  for (const predicate of request.predicates) {
    const own = mapping[predicate.column] ?? -1;
    if (own >= 0) predicates.push({ ...predicate, column: own });
  }
  return { columns, predicates, limit: request.limit };
}

/** Puts a file's columns in the places asked for (a column asked for twice is read once), with NULLs for those it lacks. */
function arrange(reader: BatchReader, spec: FileSpec, settled: Settled, file: number, columns: readonly number[]): BatchReader {
  const mapping = settled.mapping[file];
  const own = columns.map((column) => mapping[column] ?? -1);
  const read = [...new Set(own.filter((column) => column >= 0))];
  if (read.length === columns.length) return reader;
  return {
    next() {
      const batch = reader.next();
      if (batch === null) return null;
      const arranged = columns.map((column, i) => {
        if (column === settled.filenameColumn) return constantVector(VARCHAR, spec.files[file], batch.length);
        return own[i] >= 0 ? batch.columns[read.indexOf(own[i])] : nullVector(spec.schema[column].type, batch.length);
      });
      return { columns: arranged, length: batch.length };
    },
  };
}
