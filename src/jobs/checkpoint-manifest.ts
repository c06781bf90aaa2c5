import { crc32 } from "node:zlib";
import { WeirError } from "../core/errors.ts";
import { fromJson, type Json, toJson } from "./checkpoint-json.ts";
import type { JobUse } from "./job-uses.ts";

/** Version of the files' layout. Later ones are refused; 1 has no `uses`. */
const FORMAT = 2;

/** A checkpoint: what there is, and in which files it stands. Everything it names is durable before it is. */
export interface Manifest {
  readonly number: number;
  /** When it was taken, microseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Hash of the plan it was made with: operator ids mean the same in the same plan only. */
  readonly plan: string;
  readonly operators: readonly { readonly id: string; readonly parts: readonly PartEntry[] }[];
  readonly sources: readonly { readonly id: string; readonly position: unknown; readonly watermark: number | undefined }[];
  readonly ended: readonly string[];
  /** Where the sink stood. */
  readonly sink: unknown;
  readonly counts: JobCounts;
  /** Functions and models of the user's own that the query went by: state holds for the same ones only. */
  readonly uses: readonly JobUse[];
  /** The query has come to its end: only the sink is to be finished. */
  readonly complete: boolean;
}

/** Of the whole life of a job, over restarts and sessions. */
export interface JobCounts {
  readonly rowsIn: number;
  readonly rowsOut: number;
}

/** A part: bytes `offset` up to `offset + length` of a segment file. */
export interface PartEntry {
  readonly id: string;
  readonly version: number;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the bytes. */
  readonly checksum: number;
}

export function printManifest(manifest: Manifest): string {
  const body = JSON.stringify({
    ...manifest,
    format: FORMAT,
    sources: manifest.sources.map(({ id, position, watermark }) => ({ id, position: toJson(position), watermark: watermark ?? null })),
    sink: toJson(manifest.sink),
  });
  return `{"checksum":${crc32(body)},"checkpoint":${body}}\n`;
}

/** The manifest in a file's text. Throws an io error that says what is wrong with it. */
export function parseManifest(text: string): Manifest {
  const found = /^\{"checksum":(\d+),"checkpoint":(\{.*\})\}\n$/s.exec(text);
  if (found === null) throw damaged("it is not whole");
  if (crc32(found[2]) !== Number(found[1])) throw damaged("its checksum is wrong");
  const body = object(JSON.parse(found[2]) as Json, "checkpoint");
  if (body.format !== 1 && body.format !== FORMAT)
    throw damaged(`it has format ${JSON.stringify(body.format)}, and this version reads 1 to ${FORMAT}`);
  const counts = object(body.counts, "counts");
  return {
    number: count(body.number, "number"),
    time: number(body.time, "time"),
    plan: textOf(body.plan, "plan"),
    operators: list(body.operators, "operators").map((json) => {
      const operator = object(json, "operators");
      return { id: textOf(operator.id, "id"), parts: list(operator.parts, "parts").map(partEntry) };
    }),
    sources: list(body.sources, "sources").map((json) => {
      const source = object(json, "sources");
      return {
        id: textOf(source.id, "id"),
        position: fromJson(source.position),
        watermark: source.watermark === null ? undefined : number(source.watermark, "watermark"),
      };
    }),
    ended: list(body.ended, "ended").map((id) => textOf(id, "ended")),
    sink: fromJson(body.sink),
    counts: { rowsIn: count(counts.rowsIn, "rowsIn"), rowsOut: count(counts.rowsOut, "rowsOut") },
    uses: body.format === 1 ? [] : list(body.uses, "uses").map(useOf),
    complete: body.complete === true,
  };
}

/** Segments lie in one folder: a name with a path in it is none. */
export const SEGMENT_NAME = /^\d+-\d+\.bin$/;

function partEntry(json: Json): PartEntry {
  const part = object(json, "parts");
  const file = textOf(part.file, "file");
  if (!SEGMENT_NAME.test(file)) throw damaged(`"${file}" is no name of a part file`);
  return {
    id: textOf(part.id, "id"),
    version: number(part.version, "version"),
    file,
    offset: count(part.offset, "offset"),
    length: count(part.length, "length"),
    checksum: count(part.checksum, "checksum"),
  };
}

function useOf(json: Json): JobUse {
  const { kind, name, hash, hasState } = object(json, "uses");
  if (kind !== "function" && kind !== "model") throw damaged(`"kind" is ${JSON.stringify(kind)}`);
  return { kind, name: textOf(name, "name"), hash: textOf(hash, "hash"), hasState: hasState === true };
}

const damaged = (what: string): WeirError => new WeirError("io", what);

function object(json: Json | undefined, name: string): { readonly [key: string]: Json } {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as { readonly [key: string]: Json };
  throw damaged(`"${name}" is no object`);
}

function list(json: Json | undefined, name: string): readonly Json[] {
  if (Array.isArray(json)) return json;
  throw damaged(`"${name}" is no list`);
}

function textOf(json: Json | undefined, name: string): string {
  if (typeof json === "string") return json;
  throw damaged(`"${name}" is no text`);
}

function number(json: Json | undefined, name: string): number {
  if (typeof json === "number") return json;
  throw damaged(`"${name}" is no number`);
}

function count(json: Json | undefined, name: string): number {
  const value = number(json, name);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw damaged(`"${name}" is no whole number`);
}
