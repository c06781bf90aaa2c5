import type { BatchReader, MorselSource, ScanRequest, ScanWarning } from "../../catalog/source-spec.ts";
import { BATCH_ROWS } from "../../core/vector.ts";
import type { CheckedOptions, FileFormat, FileSpec } from "../format.ts";
import { bindFiles, type FilePart, openFiles, uniteText } from "../multi-file.ts";
import { RejectLog } from "../rejects.ts";
import { type ChunkSource, makeBoundaries, morselCountOf, openText, RandomChunks, SequentialChunks } from "./chunks.ts";
import { CsvDecoder } from "./decoder.ts";
import type { CsvColumn, CsvDialect } from "./dialect.ts";
import { CSV_READ_OPTIONS } from "./options.ts";
import { fileSize, sniffCsv } from "./sniff.ts";
import { csvWriter } from "./writer.ts";

interface CsvPart {
  readonly columns: readonly CsvColumn[];
  readonly dialect: CsvDialect;
  /** Starts of morsels found so far, shared by all threads. */
  readonly boundaries: Float64Array | undefined;
  /** What was noticed when the file was bound, reported by whoever reads its first morsel. */
  readonly notes: readonly ScanWarning[];
}

/** Delimited text. Records that cannot be read are skipped and reported, never lost in silence. */
export const csvFormat: FileFormat = {
  name: "csv",
  extensions: [".csv", ".tsv", ".tab", ".psv", ".txt"],
  options: CSV_READ_OPTIONS,
  bind(files, options) {
    const parts = files.map((file) => bindPart(file, options));
    const filename = filenameOption(options);
    return bindFiles("csv", files, parts, { unionByName: options.boolean("union_by_name") ?? false, filename, unite: uniteText });
  },
  open: (spec: FileSpec, request: ScanRequest) => openFiles(spec, request, openPart),
  write: csvWriter,
};

/** The option `filename`: true, false or a column name. */
export function filenameOption(options: CheckedOptions): string | undefined {
  const value = options.text("filename");
  if (value === undefined || value === "false") return undefined;
  return value === "true" ? "filename" : value;
}

function bindPart(file: string, options: CheckedOptions): FilePart {
  const { columns, dialect, notes } = sniffCsv(file, options);
  const isRandom = dialect.compression === "none" && dialect.encoding === "utf-8";
  const size = fileSize(file);
  const settled: CsvPart = { columns, dialect, boundaries: isRandom ? makeBoundaries(size) : undefined, notes };
  return { schema: columns.map(({ name, type }) => ({ name, type })), settled, morsels: isRandom ? morselCountOf(size) : 1 };
}

function openPart(path: string, part: FilePart, request: ScanRequest): MorselSource {
  const { columns, dialect, boundaries, notes } = part.settled as CsvPart;
  const typed = columns.map((column, i) => ({ ...column, type: part.schema[i].type }));
  const rejects = new RejectLog(path, dialect.ignoreErrors, (offsets) => lineNumbers(path, dialect, offsets));
  const decoder = new CsvDecoder(typed, request.columns, dialect, rejects);
  const capacity = Math.min(BATCH_ROWS, Math.max(64, request.limit ?? BATCH_ROWS));
  if (boundaries === undefined) {
    const chunks = new SequentialChunks(path, dialect);
    return {
      morselCount: 1,
      open: () => readAll(chunks, decoder, capacity),
      warnings: () => [...notes, ...rejects.warnings()],
      close: () => chunks.close(),
    };
  }
  const chunks = new RandomChunks(path, dialect, boundaries);
  let readFirst = false;
  return {
    morselCount: part.morsels,
    open(morsel) {
      if (morsel === 0) readFirst = true;
      let done = false;
      const one: ChunkSource = {
        next() {
          if (done) return null;
          done = true;
          return chunks.read(morsel);
        },
        close: () => {},
      };
      return readAll(one, decoder, capacity);
    },
    warnings: () => [...(readFirst ? notes : []), ...rejects.warnings()],
    close: () => chunks.close(),
  };
}

function readAll(chunks: ChunkSource, decoder: CsvDecoder, capacity: number): BatchReader {
  let inChunk = false;
  return {
    next() {
      for (;;) {
        if (!inChunk) {
          const chunk = chunks.next();
          if (chunk === null) return null;
          decoder.enter(chunk);
          inChunk = true;
        }
        const batch = decoder.decode(capacity);
        if (batch === null) inChunk = false;
        else if (batch.length > 0) return batch;
      }
    },
  };
}

/** 1-based lines of byte offsets in ascending order, counted from the start of the (decoded) file. */
export function lineNumbers(
  path: string,
  dialect: Pick<CsvDialect, "compression" | "encoding" | "newline">,
  offsets: readonly number[],
): number[] {
  const input = openText(path, dialect);
  const buffer = Buffer.alloc(1 << 20);
  const lines: number[] = [];
  let position = 0;
  let line = 1;
  while (lines.length < offsets.length) {
    const count = input.read(buffer, 0, buffer.length);
    let at = 0;
    while (lines.length < offsets.length && (offsets[lines.length] <= position + count || count === 0)) {
      const goal = Math.min(count, offsets[lines.length] - position);
      for (at = buffer.indexOf(dialect.newline, at); at >= 0 && at < goal; at = buffer.indexOf(dialect.newline, at + 1)) line++;
      at = goal;
      lines.push(line);
    }
    for (
      let i = buffer.subarray(0, count).indexOf(dialect.newline, at);
      i >= 0;
      i = buffer.subarray(0, count).indexOf(dialect.newline, i + 1)
    )
      line++;
    position += count;
  }
  input.close();
  return lines;
}
