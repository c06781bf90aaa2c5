import { type Completions, completeSql, type EngineClient } from "../src/engine/index.ts";
import { lineEnd, parseCell } from "./cell.ts";
import type { FileColumns } from "./file-columns.ts";
import type { MagicSuggestion, SuggestionContext } from "./magics/magic.ts";
import { MAGICS, takesText } from "./magics/registry.ts";

export interface CellCompletions {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly MagicSuggestion[];
}

/** Suggestions in a cell: of magics and their arguments on lines that begin with a percent sign, of SQL elsewhere. */
export function completeCell(
  text: string,
  cursor: number,
  engine: EngineClient,
  files: FileColumns,
  parameters: readonly string[],
): CellCompletions {
  const lineStart = text.lastIndexOf("\n", cursor - 1) + 1;
  const before = text.slice(lineStart, cursor);
  const name = /^\s*(%{1,2})(\w*)$/.exec(before);
  if (name !== null && atStatementStart(text, lineStart)) return completeMagicName(name[1], name[2], cursor);
  const complete = (sql: string, at: number): Completions =>
    completeSql(sql, at, {
      catalog: engine.catalog(),
      functions: engine.functions(),
      parameters,
      cwd: process.cwd(),
      fileColumns: (path) => files.get(path),
    });
  const { body } = parseCell(text);
  if (body !== undefined && cursor >= body.start && lineStart >= body.start) return { start: cursor, end: cursor, suggestions: [] };
  const args = /^\s*%{1,2}(\w+)[ \t]+(.*)$/.exec(before);
  const magic = args === null ? undefined : MAGICS.get(args[1]);
  if (args === null || magic === undefined || magic.precedesSql) return complete(withoutMagics(text), cursor);
  if (magic.suggest === undefined) return { start: cursor, end: cursor, suggestions: [] };
  const word = /[^\s=,]*$/.exec(args[2])?.[0] ?? "";
  const suggestions = magic.suggest(suggestionContext(text, args[2], engine, complete));
  const matching = suggestions.filter((suggestion) => suggestion.text.toLowerCase().startsWith(word.toLowerCase()));
  return { start: cursor - word.length, end: cursor, suggestions: matching };
}

function completeMagicName(percent: string, typed: string, cursor: number): CellCompletions {
  const names = [...MAGICS.values()].filter(({ name, run, modify, precedesSql }) => {
    const fits = percent === "%%" ? modify !== undefined || takesText(name) : run !== undefined || precedesSql;
    return fits && name.startsWith(typed.toLowerCase());
  });
  const suggestions = names.map(({ name, usage }) => ({ text: `${percent}${name}`, type: "magic", signature: usage }));
  return { start: cursor - typed.length - percent.length, end: cursor, suggestions };
}

/** Nothing half-written stands above: `10\n% 3` is a remainder. */
function atStatementStart(text: string, lineStart: number): boolean {
  const above = withoutMagics(text.slice(0, lineStart)).trimEnd();
  return above === "" || above.endsWith(";");
}

/** The text with magics, JSON and what is no SQL as spaces, so that offsets stay. */
export function withoutMagics(text: string): string {
  const cell = parseCell(text);
  const calls = [...cell.modifiers, ...cell.steps.flatMap((step) => (step.kind === "magic" ? [step.call] : step.modifiers))];
  const spans = calls.map((call) =>
    MAGICS.get(call.name)?.precedesSql && !call.wholeCell
      ? { start: call.span.start, end: call.argsStart }
      : { start: call.span.start, end: lineEnd(text, call.span.start) },
  );
  let result = text;
  for (const { start, end } of [...spans, ...[cell.json, cell.body].filter((span) => span !== undefined)]) {
    result = result.slice(0, start) + " ".repeat(end - start) + result.slice(end);
  }
  return result;
}

/** Columns for a magic's arguments: those of the cell's own select list, or else of the last result. */
function suggestionContext(
  text: string,
  before: string,
  engine: EngineClient,
  complete: (sql: string, at: number) => Completions,
): SuggestionContext {
  const { entries, models = [], packs = [] } = engine.catalog();
  const sql = withoutMagics(text).trimEnd().replace(/;$/, "");
  const source = sql.trim() === "" ? "SELECT * FROM _" : sql;
  const ordered = `SELECT  FROM (${source})`;
  const columns = complete(ordered, "SELECT ".length).suggestions.filter((suggestion) => suggestion.type === "column");
  return {
    before,
    tables: entries.map((entry) => entry.name),
    columns: columns.map((suggestion) => suggestion.text.replace(/^"(.*)"$/, "$1").replaceAll('""', '"')),
    settings: Object.keys(engine.settings()),
    functions: engine.functions().map((info) => info.name),
    models: models.map((model) => model.name),
    packs: packs.map((pack) => pack.name),
    magics: [...MAGICS.keys()],
  };
}
