import type { ScanWarning } from "../../catalog/source-spec.ts";
import { ioError } from "../files.ts";

/** Reports the lines at `offsets`, which stand above the table that begins at `tableStart`: they may be data after all. */
export function preambleNote(path: string, bytes: Buffer, offsets: readonly number[], tableStart: number, newline: number): ScanWarning[] {
  if (offsets.length === 0) return [];
  const lineOf = (offset: number) => {
    let line = 1;
    for (let at = bytes.indexOf(newline); at >= 0 && at < offset; at = bytes.indexOf(newline, at + 1)) line++;
    return line;
  };
  const rejected = offsets.map((offset) => {
    const lineEnd = bytes.indexOf(newline, offset);
    const text = bytes.toString("utf8", offset, Math.min(lineEnd < 0 ? bytes.length : lineEnd, offset + 200)).trimEnd();
    return { file: path, line: lineOf(offset), reason: "above the table", text };
  });
  const what = offsets.length === 1 ? "1 line" : `${offsets.length} lines`;
  const message = `${what} of "${path}" left out, being above the table (skip = ${lineOf(tableStart) - 1} says so, skip = 0 keeps them)`;
  return [{ message, rejected, rejectedCount: rejected.length }];
}

/** Formats of other files, by their first bytes. */
const MAGIC: readonly { bytes: string; what: string; hint: (quoted: string) => string }[] = [
  {
    bytes: "PK\x03\x04",
    what: "a zip archive (as Excel workbooks are)",
    hint: () => "unpack it, or save the sheet as CSV",
  },
  { bytes: "PAR1", what: "a Parquet file", hint: (quoted) => `read_parquet(${quoted}) reads it` },
  { bytes: "ARROW1", what: "an Arrow file", hint: (quoted) => `read_arrow(${quoted}) reads it` },
];

/** Content that is certainly no text is an error; text that looks like something else is noted, and read as it was asked for. */
export function contentNotes(path: string, bytes: Buffer): ScanWarning[] {
  const start = bytes.toString("latin1", 0, 400).trimStart();
  const quoted = `'${path.replaceAll("'", "''")}'`;
  const magic = MAGIC.find((candidate) => start.startsWith(candidate.bytes));
  if (magic !== undefined) throw ioError(`"${path}" is ${magic.what}, not delimited text`, magic.hint(quoted));
  if (/^(?:\{\s*["}]|\[\s*[{[])/.test(start)) return [note(`"${path}" looks like JSON; read_json(${quoted}) reads it as such`)];
  if (/^<(?:!doctype|html|\?xml)/i.test(start)) return [note(`"${path}" looks like a web page or XML, not like delimited text`)];
  return [];
}

const note = (message: string): ScanWarning => ({ message, rejected: [], rejectedCount: 0 });
