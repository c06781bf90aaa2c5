import type { MorselSource, ScanRequest } from "../../catalog/source-spec.ts";
import { runtimeError } from "../../core/errors.ts";
import { BATCH_ROWS } from "../../core/vector.ts";
import { filenameOption, lineNumbers } from "../csv/format.ts";
import { fileSize } from "../csv/sniff.ts";
import type { FileFormat, FileSpec } from "../format.ts";
import { openSequential } from "../input.ts";
import { bindFiles, type FilePart, openFiles, uniteText } from "../multi-file.ts";
import { RejectLog } from "../rejects.ts";
import { compileDateFormat } from "../text/date-format.ts";
import { type JsonColumn, JsonDecoder } from "./decoder.ts";
import { JSON_READ_OPTIONS } from "./options.ts";
import { type JsonChunk, LineChunks, ValueChunks } from "./records.ts";
import { type JsonDialect, sniffJson } from "./sniff.ts";
import { jsonWriter } from "./writer.ts";

interface JsonPart {
  readonly columns: readonly JsonColumn[];
  readonly dialect: JsonDialect;
}

/** JSON: a record a line, an array of records, or one document. Records that cannot be read are skipped and reported. */
export const jsonFormat: FileFormat = {
  name: "json",
  extensions: [".json", ".ndjson", ".jsonl", ".geojson"],
  options: JSON_READ_OPTIONS,
  bind(files, options) {
    const parts = files.map((file): FilePart => {
      const { columns, dialect } = sniffJson(file, options);
      const settled: JsonPart = { columns, dialect };
      const byLine = dialect.layout === "lines" && dialect.compression === "none";
      return {
        schema: columns.map(({ name, type }) => ({ name, type })),
        settled,
        morsels: byLine ? LineChunks.morselCount(fileSize(file)) : 1,
      };
    });
    const filename = filenameOption(options);
    return bindFiles("json", files, parts, { unionByName: options.boolean("union_by_name") ?? true, filename, unite: uniteText });
  },
  open: (spec: FileSpec, request: ScanRequest) => openFiles(spec, request, openPart),
  write: jsonWriter,
};

function openPart(path: string, part: FilePart, request: ScanRequest): MorselSource {
  const { columns, dialect } = part.settled as JsonPart;
  const typed = columns.map((column, i) => ({ ...column, type: part.schema[i].type }));
  const rejects = new RejectLog(path, dialect.ignoreErrors, (offsets) =>
    lineNumbers(path, { ...dialect, encoding: "utf-8", newline: 10 }, offsets),
  );
  const conversion = {
    dateFormat: dialect.dateFormat === undefined ? undefined : compileDateFormat(dialect.dateFormat),
    timestampFormat: dialect.timestampFormat === undefined ? undefined : compileDateFormat(dialect.timestampFormat),
  };
  const decoder = new JsonDecoder(typed, request.columns, conversion, rejects);
  const capacity = Math.min(BATCH_ROWS, Math.max(64, request.limit ?? BATCH_ROWS));
  const warnings = () => rejects.warnings();
  if (dialect.layout === "lines" && dialect.compression === "none") {
    const lines = new LineChunks(path);
    return {
      morselCount: part.morsels,
      open: (morsel) => read([lines.read(morsel)], decoder, capacity),
      warnings,
      close: () => lines.close(),
    };
  }
  const values = new ValueChunks(openSequential(path, dialect.compression));
  let isCutOff = false;
  const cutOff = `"${path}" ends before its array does: it may have been cut off`;
  const onEnd = () => {
    if (values.isCutOff && !dialect.ignoreErrors) throw runtimeError(cutOff, undefined, "with ignore_errors = true what is there is read");
    isCutOff = values.isCutOff;
  };
  return {
    morselCount: 1,
    open: () => read(eachValue(values, onEnd), decoder, capacity),
    warnings: () => [...(isCutOff ? [{ message: cutOff, rejected: [], rejectedCount: 0 }] : []), ...warnings()],
    close: () => values.close(),
  };
}

function* eachValue(values: ValueChunks, onEnd: () => void): Generator<JsonChunk> {
  for (let chunk = values.next(); chunk !== null; chunk = values.next()) yield chunk;
  onEnd();
}

/** Batches from chunks; small chunks (single values) are gathered into one batch by the decoder's caller. */
function read(chunks: Iterable<JsonChunk>, decoder: JsonDecoder, capacity: number) {
  const rest = chunks[Symbol.iterator]();
  let entered = false;
  return {
    next() {
      for (;;) {
        if (!entered) {
          const step = rest.next();
          if (step.done) return null;
          decoder.enter(step.value);
          entered = true;
        }
        const batch = decoder.decode(capacity);
        if (batch !== null && batch.length > 0) return batch;
        if (batch === null) entered = false;
      }
    },
  };
}
