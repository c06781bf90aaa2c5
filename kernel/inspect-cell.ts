import { type EngineClient, type FunctionInfo, type Inspection, inspectSql, type ResultColumn } from "../src/engine/index.ts";
import { withoutMagics } from "./complete-cell.ts";
import { escapeHtml } from "./html.ts";
import { htmlTable } from "./html-table.ts";
import { magicHelp } from "./magics/magic-help.ts";
import { MAGICS } from "./magics/registry.ts";
import type { MimeBundle } from "./message.ts";
import { rowCountText, textTable } from "./text-table.ts";

/** How long statistics may take before the answer goes without them. */
const STATISTICS_MS = 1000;
/** Rows of a table whose statistics are computed for a tooltip. */
const STATISTICS_ROWS_MAX = 5_000_000;
const SAMPLE_ROWS = 5;

/** A part of the answer: lines of text, or a table. */
type Part = string | { readonly columns: readonly ResultColumn[]; readonly rows: readonly (readonly (string | null)[])[] };

/** What stands at the cursor, in text, HTML and Markdown; undefined where nothing is known of it. */
export async function inspectCell(text: string, cursor: number, engine: EngineClient): Promise<MimeBundle | undefined> {
  const lineStart = text.lastIndexOf("\n", cursor - 1) + 1;
  const magic = /^\s*%{1,2}(\w+)/.exec(text.slice(lineStart));
  const onMagic = magic !== null && cursor <= lineStart + magic[0].length;
  const known = onMagic ? MAGICS.get(magic[1]) : undefined;
  if (known !== undefined) return bundle([magicHelp(known)]);
  const found = inspectSql(withoutMagics(text), cursor, {
    catalog: engine.catalog(),
    functions: engine.functions(),
    parameters: [],
    cwd: process.cwd(),
  });
  return found && bundle(await describe(found, engine));
}

async function describe(found: Inspection, engine: EngineClient): Promise<Part[]> {
  switch (found.kind) {
    case "function": {
      const { signatures, summary, kind, origin } = found.info;
      const own = origin === undefined ? [] : [`${kind} function of ${origin === "session" ? "this session" : `the pack ${origin}`}`];
      if (found.info.isLoaded === false) own.push(`LOAD ${origin} makes it usable`);
      return [signatures.join("\n"), ...own, ...[summary, exampleText(found.info)].filter((text) => text !== "")];
    }
    case "model": {
      const { name, versions, inputs, outputs } = found.model;
      const rows = (what: string, columns: typeof inputs) => columns.map((column) => [what, column.name, column.type]);
      return [
        `model ${name}@${versions.at(-1)}${versions.length > 1 ? ` (versions ${versions.join(", ")})` : ""}`,
        { columns: ["", "column", "type"].map(leftColumn), rows: [...rows("input", inputs), ...rows("output", outputs)] },
      ];
    }
    case "table": {
      const { name, kind, rowCount } = found.entry;
      const heading = `${kind} ${name}${rowCount === undefined ? "" : `: ${rowCountText(rowCount)}`}`;
      const columns = found.entry.columns.map((column) => [column.name, column.type]);
      const statistics = await statisticsOf(found.entry, engine);
      const schema = { columns: [leftColumn("column"), leftColumn("type")], rows: columns };
      return [heading, statistics ?? schema, ...(await sampleOf(name, rowCount, engine))];
    }
    case "column": {
      const { column, entry } = found;
      const from = entry === undefined ? "" : ` of ${entry.kind} ${entry.name}`;
      const heading = `column ${column.name}${column.type === undefined ? "" : ` ${column.type}`}${from}`;
      const statistics = entry && (await statisticsOf(entry, engine));
      const row = statistics?.rows.find(([name]) => name?.toLowerCase() === column.name.toLowerCase());
      if (statistics === undefined || row === undefined) return [heading];
      const figures = statistics.columns.map(({ name }, i) => [name, row[i]]).slice(2);
      return [heading, { columns: [leftColumn("figure"), leftColumn("value")], rows: figures.filter(([, value]) => value !== null) }];
    }
    case "setting":
      return [`setting ${found.setting.name} ${found.setting.type}: ${engine.settings()[found.setting.name] ?? ""}`, found.setting.doc];
    case "keyword":
      return [found.syntax, found.meaning];
  }
}

const exampleText = ({ example, result }: FunctionInfo): string => (result === "" ? example : `${example}\n→ ${result}`);

const leftColumn = (name: string): ResultColumn => ({ name, type: "", align: "left" });

interface Answer {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

async function statisticsOf(entry: { name: string; rowCount: number | undefined }, engine: EngineClient): Promise<Answer | undefined> {
  if (entry.rowCount === undefined || entry.rowCount > STATISTICS_ROWS_MAX) return undefined;
  return within(engine.summarize(entry.name).then((result) => result.table));
}

async function sampleOf(name: string, rowCount: number | undefined, engine: EngineClient): Promise<Part[]> {
  if (rowCount === undefined || rowCount === 0) return [];
  let sample: Answer | undefined;
  const run = engine.run(
    { code: `SELECT * FROM "${name.replaceAll('"', '""')}" LIMIT ${SAMPLE_ROWS}` },
    {
      onResult: (result) => {
        sample = result.table;
      },
    },
  );
  await within(run);
  return sample === undefined ? [] : ["first rows", sample];
}

/** The answer, if it comes in time; what fails has none. */
function within<T>(answer: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, STATISTICS_MS, undefined).unref());
  return Promise.race([answer.catch(() => undefined), late]);
}

function bundle(parts: readonly Part[]): MimeBundle {
  return {
    "text/plain": parts.map((part) => (typeof part === "string" ? part : tableLines(part))).join("\n\n"),
    "text/html": parts
      .map((part) =>
        typeof part === "string" ? `<pre>${escapeHtml(part)}</pre>` : htmlTable({ ...part, name: undefined, rowCount: undefined }),
      )
      .join(""),
    "text/markdown": parts.map((part) => (typeof part === "string" ? fenced(part) : markdownTable(part))).join("\n\n"),
  };
}

/** Without the row count. */
const tableLines = (part: Answer): string =>
  textTable({ ...part, rowCount: part.rows.length })
    .split("\n")
    .slice(1)
    .join("\n");

const fenced = (text: string): string => `\`\`\`text\n${text.replaceAll("```", "'''")}\n\`\`\``;

function markdownTable({ columns, rows }: Answer): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cell = (text: string | null) => (text ?? "NULL").replace(/[\\|<>&*_`[\]]/g, "\\$&").replaceAll("\n", " ");
  return [line(columns.map(({ name }) => cell(name))), line(columns.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join(
    "\n",
  );
}
