import { readFile, writeFile } from "node:fs/promises";
import type { JsonObject } from "./message.ts";

/** Notebook files, nbformat 4. What this file does not know is kept as it is. */

export interface NotebookOutput {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  [field: string]: unknown;
}

export interface NotebookCell {
  cell_type: string;
  id?: string;
  metadata: JsonObject;
  source: string | string[];
  outputs?: NotebookOutput[];
  execution_count?: number | null;
  [field: string]: unknown;
}

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: JsonObject;
  cells: NotebookCell[];
}

export const textOf = (source: unknown): string => (Array.isArray(source) ? source.join("") : String(source ?? ""));

export function tagsOf(cell: NotebookCell): readonly string[] {
  return Array.isArray(cell.metadata?.tags) ? cell.metadata.tags : [];
}

/** Reads a notebook; an error names the file and what is wrong with it. */
export async function readNotebook(path: string): Promise<Notebook> {
  let value: Partial<Notebook>;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === "ENOENT" ? `there is no notebook ${path}` : `cannot read the notebook ${path}: ${message}`, { cause: error });
  }
  if (value.nbformat !== 4 || !Array.isArray(value.cells)) {
    throw new Error(`${path} is not a notebook of format 4 (its format is ${value.nbformat ?? "unknown"})`);
  }
  return { ...value, nbformat: 4, nbformat_minor: value.nbformat_minor ?? 5, metadata: value.metadata ?? {}, cells: value.cells };
}

/** Writes a notebook as Jupyter does: keys in order, one space of indentation, texts as lists of lines. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeFile(path, `${JSON.stringify(sorted({ ...notebook, cells: notebook.cells.map(splitTexts) }), undefined, 1)}\n`);
}

function splitTexts(cell: NotebookCell): NotebookCell {
  const source = splitLines(textOf(cell.source));
  return cell.outputs === undefined ? { ...cell, source } : { ...cell, source, outputs: cell.outputs.map(splitOutput) };
}

function splitOutput(output: NotebookOutput): NotebookOutput {
  if (output.output_type === "stream") return { ...output, text: splitLines(textOf(output.text)) };
  if (output.data === undefined) return output;
  const entries = Object.entries(output.data as JsonObject).map(([mime, value]) => {
    const isText = typeof value === "string" && !mime.startsWith("image/") && !mime.endsWith("+json") && mime !== "application/json";
    return [mime, isText || mime === "image/svg+xml" ? splitLines(textOf(value)) : value];
  });
  return { ...output, data: Object.fromEntries(entries) };
}

const splitLines = (text: string): string[] => (text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
