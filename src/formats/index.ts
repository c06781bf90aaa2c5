import { basename, resolve } from "node:path";
import type { MorselSource, ScanRequest, SourceSpec } from "../catalog/source-spec.ts";
import { bindError, nearestName, WeirError } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import { expandFiles, localPath } from "./files.ts";
import type { FileFormat, FileWriter, OptionValues } from "./format.ts";
import { openMemory } from "./memory-source.ts";
import { checkOptions } from "./options.ts";
import { FORMATS } from "./registry.ts";

export type { FileFormat, FileWriter, OptionValue, OptionValues } from "./format.ts";

export interface BindFileRequest {
  /** Name of the format; found by the file name's extension when left out. */
  readonly format?: string;
  readonly options?: OptionValues;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/**
 * Binds a path, a glob or a list of them to a source: looks at the files, settles dialect and schema. `name` is what the table may be
 * called. Errors name the file and the nearest one that exists.
 */
export function bindFile(pattern: string | readonly string[], request: BindFileRequest): { source: SourceSpec; name: string } {
  const files = expandFiles(pattern, request.cwd);
  const format = request.format === undefined ? formatOfFile(files[0]) : formatNamed(request.format);
  const options = checkOptions(`read_${format.name}`, format.options, request.options ?? {});
  const source = format.bind(files, options);
  return { source, name: tableName(files[0]) };
}

/** Opens a source in the current thread. Reads are synchronous. */
export function openSource(spec: SourceSpec, request: ScanRequest): MorselSource {
  if (spec.kind === "stream") throw new WeirError("internal", `stream "${spec.name}" is read by its feed`);
  return spec.kind === "memory" ? openMemory(spec, request) : formatNamed(spec.format).open(spec, request);
}

/** Starts a file: `format` by name, or by the path's extension. */
export function createFileWriter(path: string, schema: Schema, request: BindFileRequest): FileWriter {
  const full = resolve(request.cwd, localPath(path));
  const format = request.format === undefined ? writtenFormat(full) : formatNamed(request.format);
  if (format.write === undefined) throw bindError(`format "${format.name}" cannot be written`);
  return format.write.create(full, schema, checkOptions(`COPY TO (format ${format.name})`, format.write.options, request.options ?? {}));
}

function writtenFormat(path: string): FileFormat {
  const format = formatByExtension(path);
  if (format !== undefined) return format;
  const names = FORMATS.filter((candidate) => candidate.write !== undefined).map((candidate) => candidate.name);
  throw bindError(`the format of "${basename(path)}" cannot be told from its name`, undefined, `say (FORMAT name): ${names.join(", ")}`);
}

/** Whether a path has the extension of a format that can be read: what makes `FROM 'x.csv'` a file. */
export const isFilePath = (path: string): boolean => formatByExtension(path) !== undefined;

export function formatNamed(name: string): FileFormat {
  const format = FORMATS.find((candidate) => candidate.name === name.toLowerCase());
  if (format !== undefined) return format;
  const names = FORMATS.map((candidate) => candidate.name);
  const near = nearestName(name, names);
  throw bindError(
    `there is no file format "${name}"`,
    undefined,
    near === undefined ? `formats are ${names.join(", ")}` : `did you mean "${near}"?`,
  );
}

function formatOfFile(path: string): FileFormat {
  const format = formatByExtension(path);
  if (format !== undefined) return format;
  const readers = FORMATS.map((candidate) => `read_${candidate.name}`).join(", ");
  throw bindError(`the format of "${basename(path)}" cannot be told from its name`, undefined, `name it: ${readers}`);
}

function formatByExtension(path: string): FileFormat | undefined {
  const plain = path.toLowerCase().replace(/\.gz$/, "");
  return FORMATS.find((format) => format.extensions.some((extension) => plain.endsWith(extension)));
}

const tableName = (path: string): string =>
  basename(path)
    .replace(/\.gz$/i, "")
    .replace(/\.[^.]+$/, "");
