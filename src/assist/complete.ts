import { SETTINGS } from "../catalog/settings.ts";
import { type CompletionContext, completionContext, visibleName } from "../sql/index.ts";
import { identifier, quoteName } from "../sql/print-names.ts";
import { suggestFiles } from "./files.ts";
import { type FunctionInfo, findFunction } from "./function-info.ts";
import { type CatalogEntry, columnsInScope, type Known } from "./scope.ts";

export interface AssistContext extends Known {
  readonly functions: readonly FunctionInfo[];
  /** Names of the parameters that have values, without `$`. */
  readonly parameters: readonly string[];
  /** Folder that file names are relative to. */
  readonly cwd: string;
}

type SuggestionType = "keyword" | "column" | CatalogEntry["kind"] | "function" | "type" | "setting" | "parameter" | "path";

export interface Suggestion {
  /** What replaces the text, quoted where it must be. */
  readonly text: string;
  readonly type: SuggestionType;
  /** A function's parameters, a column's type. */
  readonly signature?: string;
}

export interface Completions {
  /** UTF-16 offsets of the text that a suggestion replaces. */
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly Suggestion[];
}

/** A thing that could be meant. */
interface Candidate {
  /** What the typed prefix is compared with. */
  readonly name: string;
  readonly type: SuggestionType;
  readonly signature?: string;
  /** What is inserted, where that is not the name itself. */
  readonly text?: string;
}

/** Spellings that the docs use; synonyms would crowd the list. */
const TYPE_NAMES = (
  "BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE DECIMAL VARCHAR BLOB DATE TIME " +
  "TIMESTAMP TIMESTAMPTZ INTERVAL UUID JSON STRUCT MAP ENUM"
).split(" ");

/** Suggestions for the place at `cursor` (a UTF-16 offset), the likelier kinds first. Never fails, however broken the text is. */
export function completeSql(text: string, cursor: number, assist: AssistContext): Completions {
  const context = completionContext(text, cursor);
  const { replaceStart: start, replaceEnd: end } = context;
  if (context.insideString) {
    if (context.expecting.has("propertyValue")) {
      const values = propertyValues(context, assist).filter((value) => value.startsWith(context.prefix.toLowerCase()));
      return { start, end, suggestions: values.map((value) => ({ text: value, type: "parameter" })) };
    }
    const paths = context.expecting.has("file") ? suggestFiles(context.prefix, assist.cwd) : [];
    return { start, end, suggestions: paths.map((path) => ({ text: path.replaceAll("'", "''"), type: "path" })) };
  }
  const prefix = context.prefix.toLowerCase();
  const byText = new Map<string, Suggestion>();
  for (const { name, type, signature, text: inserted } of candidatesOf(context, assist)) {
    if (!name.toLowerCase().startsWith(prefix)) continue;
    const written = inserted ?? spell(name, type, context);
    if (!byText.has(written)) byText.set(written, { text: written, type, ...(signature === undefined ? {} : { signature }) });
  }
  return { start, end, suggestions: [...byText.values()] };
}

function* candidatesOf(context: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const { expecting } = context;
  yield* optionCandidates(context, assist);
  if (expecting.has("property")) yield* propertyCandidates(context, assist);
  if (expecting.has("propertyValue")) {
    for (const value of propertyValues(context, assist)) yield { name: value, text: `'${value}'`, type: "parameter" };
  }
  if (expecting.has("parameter")) for (const name of assist.parameters) yield { name, text: `$${name}`, type: "parameter" };
  if (expecting.has("column")) yield* columnCandidates(context, assist);
  if (expecting.has("table")) yield* tableCandidates(context, assist);
  if (expecting.has("setting")) for (const { name, type } of SETTINGS) yield { name, type: "setting", signature: type };
  if (expecting.has("type")) for (const name of TYPE_NAMES) yield { name, type: "type" };
  if (context.qualifier.length === 0 && !context.quoted) yield* functionCandidates(context, assist);
  if (expecting.has("file") && context.prefix === "" && !context.quoted) {
    for (const name of suggestFiles("", assist.cwd)) yield { name, text: `'${name.replaceAll("'", "''")}'`, type: "path" };
  }
  for (const name of context.keywords) yield { name, type: "keyword" };
}

/** Names of properties that are not there yet: those of the connector where it is known, else `connector` itself. */
function* propertyCandidates({ properties }: CompletionContext, { catalog }: AssistContext): Generator<Candidate> {
  const given = new Set(properties?.given.map((key) => key.toLowerCase()));
  const connector = catalog.connectors?.find(({ name }) => name === properties?.connector);
  if (connector === undefined && !given.has("connector")) yield { name: "connector", text: "connector = ", type: "parameter" };
  for (const { name, doc } of connector?.properties ?? []) {
    if (!given.has(name)) yield { name, text: `${name} = `, type: "parameter", signature: doc };
  }
}

/** What a property can be set to, as plain text. */
function propertyValues({ properties }: CompletionContext, { catalog }: AssistContext): readonly string[] {
  const key = properties?.property?.toLowerCase();
  if (key === "connector") return (catalog.connectors ?? []).map(({ name }) => name);
  const connector = catalog.connectors?.find(({ name }) => name === properties?.connector);
  return connector?.properties.find(({ name }) => name === key)?.choices ?? [];
}

/** `header = ` and its kin, behind the path of a file that is read. */
function* optionCandidates({ call, qualifier }: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const name = call?.name.at(-1);
  if (name === undefined || call?.argument === 0 || qualifier.length > 0) return;
  for (const option of findFunction(assist.functions, name)?.options ?? []) {
    yield { name: option, text: `${option} = `, type: "parameter" };
  }
}

/** Columns in scope; one that several relations have is offered behind each of their names. */
function* columnCandidates(context: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const columns = columnsInScope(context, assist);
  const owners = new Map<string, Set<string | undefined>>();
  for (const { name, relation } of columns) {
    const key = name.toLowerCase();
    owners.set(key, (owners.get(key) ?? new Set()).add(relation));
  }
  const qualified = context.qualifier.length > 0;
  for (const { name, relation, type: signature } of columns) {
    const ambiguous = !qualified && !context.quoted && relation !== undefined && (owners.get(name.toLowerCase())?.size ?? 0) > 1;
    yield { name, type: "column", signature, text: ambiguous ? `${plainName(relation)}.${plainName(name)}` : undefined };
  }
  if (qualified) return;
  for (const name of context.aliases) yield { name, type: "column", signature: "alias" };
  for (const relation of context.relations) {
    const name = visibleName(relation);
    if (name !== undefined && relation.kind !== "file") yield { name, type: "table" };
  }
}

function* tableCandidates(context: CompletionContext, assist: AssistContext): Generator<Candidate> {
  if (context.qualifier.length === 0) {
    for (const cte of context.ctes) {
      const name = visibleName(cte);
      if (name !== undefined) yield { name, type: "table", signature: "WITH" };
    }
  }
  for (const { name, kind, columns } of assist.catalog.entries) {
    yield { name, type: kind, signature: `(${columns.map((column) => column.name).join(", ")})` };
  }
}

function* functionCandidates({ expecting }: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const fitting = assist.functions.filter((info) => expecting.has(info.kind === "table" ? "tableFunction" : "function"));
  const named = fitting.flatMap((info) => [info.name, ...info.aliases].map((name) => ({ name, signature: info.call })));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, signature } of named) if (/^[a-z_]\w*$/i.test(name)) yield { name, type: "function", signature };
}

const plainName = (name: string): string => identifier({ name, quoted: false, span: { start: 0, end: 0 } });

/** Names keep their letters; keywords and functions follow those typed so far. */
function spell(name: string, type: SuggestionType, { prefix, quoted }: CompletionContext): string {
  const lower = prefix !== "" && prefix === prefix.toLowerCase();
  const upper = prefix.length > 1 && prefix === prefix.toUpperCase() && prefix !== prefix.toLowerCase();
  switch (type) {
    case "keyword":
    case "type":
      return lower ? name.toLowerCase() : name;
    case "function":
      return upper ? name.toUpperCase() : name;
    case "setting":
    case "path":
    case "parameter":
      return name;
    default:
      return quoted ? quoteName(name) : plainName(name);
  }
}
