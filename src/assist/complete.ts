import { SETTINGS } from "../catalog/settings.ts";
import { type CompletionContext, completionContext, visibleName } from "../sql/index.ts";
import { identifier, quoteName } from "../sql/print-names.ts";
import { suggestFiles } from "./files.ts";
import { type FunctionInfo, findFunction, inPack } from "./function-info.ts";
import { type CatalogEntry, columnsInScope, findModel, type Known } from "./scope.ts";
import { callableName } from "./signature.ts";

export interface AssistContext extends Known {
  readonly functions: readonly FunctionInfo[];
  /** Names of the parameters that have values, without `$`. */
  readonly parameters: readonly string[];
  /** Folder that file names are relative to. */
  readonly cwd: string;
}

type SuggestionType =
  | ("keyword" | "column" | "function" | "type" | "setting" | "parameter" | "path" | "model" | "pack")
  | CatalogEntry["kind"];

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
  if (context.insideString) return { start, end, suggestions: [...insideString(context, assist)] };
  const prefix = context.prefix.toLowerCase();
  const byText = new Map<string, Suggestion>();
  for (const { name, type, signature, text: inserted } of candidatesOf(context, assist)) {
    if (!name.toLowerCase().startsWith(prefix)) continue;
    const written = inserted ?? spell(name, type, context);
    if (!byText.has(written)) byText.set(written, { text: written, type, ...(signature === undefined ? {} : { signature }) });
  }
  return { start, end, suggestions: [...byText.values()] };
}

/** What the string that is being written can be: a value of a property, the name of a model, a file. */
function* insideString(context: CompletionContext, assist: AssistContext): Generator<Suggestion> {
  const { expecting, prefix, properties } = context;
  const isModelFile = properties?.object === "model" && /^(?:path|model_path)$/i.test(properties.property ?? "");
  if (expecting.has("model")) {
    for (const { name, type, signature } of modelCandidates(assist)) {
      if (name.toLowerCase().startsWith(prefix.toLowerCase())) yield { text: name.replaceAll("'", "''"), type, signature };
    }
  } else if (expecting.has("file") || isModelFile) {
    const paths = suggestFiles(prefix, assist.cwd, isModelFile ? MODEL_FILE : undefined);
    for (const path of paths) yield { text: path.replaceAll("'", "''"), type: "path" };
  } else if (expecting.has("propertyValue")) {
    for (const value of propertyValues(context, assist)) {
      if (value.startsWith(prefix.toLowerCase())) yield { text: value, type: "parameter" };
    }
  }
}

const MODEL_FILE = /\.onnx$/i;

function* candidatesOf(context: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const { expecting } = context;
  yield* optionCandidates(context, assist);
  yield* inputCandidates(context, assist);
  if (expecting.has("property")) yield* propertyCandidates(context, assist);
  if (expecting.has("propertyValue")) {
    for (const value of propertyValues(context, assist)) yield { name: value, text: `'${value}'`, type: "parameter" };
  }
  if (expecting.has("parameter")) for (const name of assist.parameters) yield { name, text: `$${name}`, type: "parameter" };
  if (expecting.has("column")) yield* columnCandidates(context, assist);
  if (expecting.has("table")) yield* tableCandidates(context, assist);
  if (expecting.has("setting")) for (const { name, type } of SETTINGS) yield { name, type: "setting", signature: type };
  if (expecting.has("type")) for (const name of TYPE_NAMES) yield { name, type: "type" };
  if (expecting.has("model")) yield* modelCandidates(assist);
  if (expecting.has("pack")) for (const { name, doc } of assist.catalog.packs ?? []) yield { name, type: "pack", signature: doc };
  if (!context.quoted) yield* functionCandidates(context, assist);
  if (expecting.has("file") && context.prefix === "" && !context.quoted) {
    for (const name of suggestFiles("", assist.cwd)) yield { name, text: `'${name.replaceAll("'", "''")}'`, type: "path" };
  }
  for (const name of context.keywords) yield { name, type: "keyword" };
}

/** Names of properties that are not there yet: those of the connector where it is known, else `connector` itself. */
function* propertyCandidates({ properties }: CompletionContext, { catalog }: AssistContext): Generator<Candidate> {
  const given = new Set(properties?.given.map((key) => key.toLowerCase()));
  if (properties?.object !== undefined) {
    for (const { name, doc } of catalog.properties?.[properties.object] ?? []) {
      if (!given.has(name)) yield { name, text: `'${name}' = `, type: "parameter", signature: doc };
    }
    return;
  }
  const connector = catalog.connectors?.find(({ name }) => name === properties?.connector);
  if (connector === undefined && !given.has("connector")) yield { name: "connector", text: "connector = ", type: "parameter" };
  for (const { name, doc } of connector?.properties ?? []) {
    if (!given.has(name)) yield { name, text: `${name} = `, type: "parameter", signature: doc };
  }
}

/** What a property can be set to, as plain text. */
function propertyValues({ properties }: CompletionContext, { catalog }: AssistContext): readonly string[] {
  const key = properties?.property?.toLowerCase();
  if (properties?.object !== undefined) return catalog.properties?.[properties.object].find(({ name }) => name === key)?.choices ?? [];
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

function* modelCandidates({ catalog }: AssistContext): Generator<Candidate> {
  const list = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join(", ");
  for (const { name, inputs, outputs } of catalog.models ?? []) {
    yield { name, type: "model", signature: `(${list(inputs)}) → ${list(outputs)}` };
  }
}

/** `age => ` and its kin, behind the model of `predict`. */
function* inputCandidates({ call, qualifier }: CompletionContext, { catalog }: AssistContext): Generator<Candidate> {
  if (call?.model === undefined || qualifier.length > 0) return;
  const model = findModel(catalog, call.model);
  for (const { name, type } of model?.inputs ?? []) yield { name, text: `${plainName(name)} => `, type: "parameter", signature: type };
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

/** Functions that can stand here; those of packs by their bare names too. Behind `pack.` those of the pack. */
function* functionCandidates(context: CompletionContext, assist: AssistContext): Generator<Candidate> {
  const { expecting, qualifier } = context;
  const fits = ({ kind, origin }: FunctionInfo): boolean => {
    if (expecting.has("functionName")) return true;
    if (expecting.has("ownFunctionName")) return origin !== undefined;
    if (qualifier.length > 0) return expecting.has(kind === "table" ? "table" : "column");
    return expecting.has(kind === "table" ? "tableFunction" : "function");
  };
  const fitting = assist.functions.filter(fits);
  if (qualifier.length > 0) {
    for (const info of qualifier.length === 1 ? fitting : []) {
      const place = inPack(info);
      if (place?.pack.toLowerCase() !== qualifier[0].toLowerCase()) continue;
      yield { name: place.bare, type: "function", signature: info.call };
    }
    return;
  }
  const named = fitting.flatMap((info) => {
    const bare = inPack(info)?.bare;
    const hasBareName = bare !== undefined && info.isLoaded !== false && findFunction(assist.functions, bare) === info;
    const names = hasBareName ? [bare, info.name] : [info.name];
    const ofAlias = info.aliases.map((name) => ({ name, signature: `${name}${info.call.slice(info.name.length)}`, text: undefined }));
    // A name that SQL has another meaning for is offered in quotes.
    const quoted = (name: string) => (info.origin === undefined || callableName(name) === name ? undefined : callableName(name));
    return [...names.map((name) => ({ name, signature: info.call, text: quoted(name) })), ...ofAlias];
  });
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, signature, text } of named) {
    if (/^[a-z_]\w*(?:\.[a-z_]\w*)?$/i.test(name)) yield { name, text, type: "function", signature };
  }
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
