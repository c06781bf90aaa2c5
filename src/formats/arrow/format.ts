import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { BatchReader, MorselSource, ScanRequest } from "../../catalog/source-spec.ts";
import { type IpcSource, IpcWriter, openIpc, registerIpcCodec } from "../../core/arrow.ts";
import { WeirError } from "../../core/errors.ts";
import { typesEqual } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch } from "../../core/vector.ts";
import { ioError, openForWriting } from "../files.ts";
import type { FileFormat, FileSpec } from "../format.ts";
import { bindFiles, type FilePart, openFiles } from "../multi-file.ts";
import { decompressZstd } from "../parquet/codecs.ts";
import { decodeLz4Frame } from "./lz4-frame.ts";

/** Arrow IPC files (Feather version 2) and streams, compressed ones too. A file is held in memory while it is read. */
export const arrowFormat: FileFormat = {
  name: "arrow",
  extensions: [".arrow", ".arrows", ".feather", ".ipc"],
  options: [
    { name: "union_by_name", type: "boolean", default: "false", doc: "match the columns of several files by name, not by position" },
  ],
  bind(files, options) {
    const unionByName = options.boolean("union_by_name") ?? false;
    return bindFiles("arrow", files, files.map(bindPart), {
      unionByName,
      filename: undefined,
      unite: (a, b) => (typesEqual(a, b) ? a : undefined),
    });
  },
  open: (spec: FileSpec, request: ScanRequest) => openFiles(spec, request, openPart),
  write: {
    options: [],
    create(path, schema) {
      const writer = new IpcWriter(schema, path.endsWith(".arrows") ? "stream" : "file");
      const temporary = `${path}.${process.pid}.part`;
      const fd = openForWriting(path, temporary);
      return {
        write: (batch) => writer.write(batch),
        finish() {
          writeFileSync(fd, writer.finish());
          closeSync(fd);
          renameSync(temporary, path);
        },
        abort() {
          closeSync(fd);
          rmSync(temporary, { force: true });
        },
      };
    },
  },
};

function bindPart(file: string): FilePart {
  const source = open(file);
  return { schema: source.schema, settled: {}, morsels: source.batchCount ?? 1 };
}

function open(path: string): IpcSource {
  if (!looksLikeArrow(path)) throw ioError(`"${basename(path)}" is not an Arrow IPC file or stream`);
  registerIpcCodec("lz4", decodeLz4Frame);
  registerIpcCodec("zstd", decompressZstd);
  try {
    return openIpc(readFileSync(path));
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    throw ioError(
      `cannot read "${basename(path)}" as Arrow IPC: ${cause instanceof Error ? cause.message : String(cause)}`,
      undefined,
      cause,
    );
  }
}

/** A file starts with "ARROW1"; a stream with a continuation mark, or (before 0.15) the length of its schema message. */
function looksLikeArrow(path: string): boolean {
  const head = Buffer.alloc(8);
  const fd = openSync(path, "r");
  const count = readSync(fd, head, 0, 8, 0);
  closeSync(fd);
  if (count < 8) return false;
  const first = head.readUInt32LE(0);
  return head.toString("latin1", 0, 6) === "ARROW1" || first === 0xffffffff || (first > 0 && first < 1 << 20);
}

function openPart(path: string, part: FilePart, request: ScanRequest): MorselSource {
  const source = open(path);
  return {
    morselCount: part.morsels,
    open: (morsel) => inPieces(source.batchCount === undefined ? source.batches(request.columns) : [source.batch(morsel, request.columns)]),
    close: () => {},
  };
}

/** Batches of the file's own size, cut to the engine's. */
function inPieces(batches: Iterable<RecordBatch>): BatchReader {
  const rest = batches[Symbol.iterator]();
  let current: RecordBatch | undefined;
  let at = 0;
  return {
    next() {
      while (current === undefined || at >= current.length) {
        const step = rest.next();
        if (step.done) return null;
        current = step.value;
        at = 0;
      }
      const end = Math.min(current.length, at + BATCH_ROWS);
      const piece = sliceBatch(current, at, end);
      at = end;
      return piece;
    },
  };
}
