import { valueReader } from "../../core/read.ts";
import type { Schema } from "../../core/types.ts";
import type { RecordBatch, Table } from "../../core/vector.ts";
import { textForm } from "../../functions/cast/index.ts";

export interface CsvStyle {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  /** How NULL is written. */
  readonly nullText: string;
  /** Quotes every field. */
  readonly forceQuote: boolean;
}

export const DEFAULT_STYLE: CsvStyle = { delimiter: ",", quote: '"', escape: '"', nullText: "", forceQuote: false };

/** A table as CSV, with a header, batch by batch. */
export function* csvText(table: Table, timeZone = "UTC", style = DEFAULT_STYLE): Generator<string> {
  yield csvHeader(table.schema, style);
  for (const batch of table.batches) yield csvLines(table.schema, batch, timeZone, style);
}

export function csvHeader(schema: Schema, style: CsvStyle): string {
  return `${schema.map((field) => csvField(field.name, style)).join(style.delimiter)}\n`;
}

export function csvLines(schema: Schema, batch: RecordBatch, timeZone: string, style: CsvStyle): string {
  const readers = batch.columns.map((column) => valueReader(column));
  const forms = schema.map((field) => textForm(field.type, timeZone));
  const lines: string[] = [];
  for (let row = 0; row < batch.length; row++) {
    const fields = readers.map((read, c) => {
      const value = read(row);
      return value === null ? style.nullText : csvField(forms[c](value), style);
    });
    lines.push(fields.join(style.delimiter));
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Quoted where it would be read otherwise: a delimiter, quote or line break inside, or the text that stands for NULL. */
function csvField(text: string, style: CsvStyle): string {
  const { quote, escape: escapeText, delimiter } = style;
  const plain = !style.forceQuote && text !== style.nullText && !text.includes(delimiter) && !text.includes(quote) && !/[\r\n]/.test(text);
  if (plain || quote === "") return text;
  return quote + text.replaceAll(quote, escapeText + quote) + quote;
}
