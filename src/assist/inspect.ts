import type { SnapshotModel } from "../catalog/catalog.ts";
import { SETTINGS, type SettingDefinition } from "../catalog/settings.ts";
import { type CompletionContext, completionContext, visibleName } from "../sql/index.ts";
import { type Token, tokenize } from "../sql/tokenizer.ts";
import type { AssistContext } from "./complete.ts";
import { type FunctionInfo, findFunction } from "./function-info.ts";
import { KEYWORD_HELP } from "./keyword-help.ts";
import { type CatalogEntry, columnsOf, findEntry, findModel, relationsFor, type ScopeColumn } from "./scope.ts";

/** What a place in a query is about. */
export type Inspection =
  | { readonly kind: "function"; readonly info: FunctionInfo }
  | { readonly kind: "table"; readonly entry: CatalogEntry }
  /** `entry` is the table the column comes from, where the text tells. */
  | { readonly kind: "column"; readonly column: ScopeColumn; readonly entry: CatalogEntry | undefined }
  | { readonly kind: "model"; readonly model: SnapshotModel }
  | { readonly kind: "setting"; readonly setting: SettingDefinition }
  | { readonly kind: "keyword"; readonly syntax: string; readonly meaning: string };

/** What stands at `cursor` (a UTF-16 offset), or the function whose arguments it is in; among the inputs of a model, that model. */
export function inspectSql(text: string, cursor: number, assist: AssistContext): Inspection | undefined {
  const { list } = tokenize(text);
  const word = list.find((token) => (token.type === "word" || token.type === "quoted") && token.start <= cursor && cursor <= token.end);
  const found = word && inspectWord(text, word, list[list.indexOf(word) + 1], assist);
  if (found !== undefined) return found;
  // Inside a number nothing can be written; the call around it is the one at its start.
  const number = list.find((token) => token.type === "number" && token.start < cursor && cursor <= token.end);
  const { call, expecting, insideString } = completionContext(text, number?.start ?? cursor);
  if (insideString && expecting.has("model")) {
    const string = list.find((token) => token.type === "string" && token.start <= cursor && cursor <= token.end);
    const model = findModel(assist.catalog, string?.value ?? "");
    if (model !== undefined) return { kind: "model", model };
  }
  const scored = call?.model === undefined || call.argument === 0 ? undefined : findModel(assist.catalog, call.model);
  if (scored !== undefined) return { kind: "model", model: scored };
  const info = call && (findFunction(assist.functions, call.name.join(".")) ?? findFunction(assist.functions, call.name.at(-1) ?? ""));
  return info && { kind: "function", info };
}

function inspectWord(text: string, word: Token, next: Token, assist: AssistContext): Inspection | undefined {
  const name = word.type === "word" ? text.slice(word.start, word.end) : word.value;
  const context = contextAtEnd(text, word);
  const inPack = context.qualifier.length === 1 ? findFunction(assist.functions, `${context.qualifier[0]}.${name}`) : undefined;
  const info = inPack ?? (word.type === "word" ? findFunction(assist.functions, name) : undefined);
  const isCall = next.type === "op" && next.value === "(";
  if (info !== undefined && isCall) return { kind: "function", info };

  const model = context.expecting.has("model") ? findModel(assist.catalog, name) : undefined;
  if (model !== undefined) return { kind: "model", model };
  const relation = context.relations.find((candidate) => visibleName(candidate)?.toLowerCase() === name.toLowerCase());
  const entry = findEntry(assist.catalog, relation?.name.at(-1) ?? name);
  if (entry !== undefined && context.qualifier.length === 0 && (context.expecting.has("table") || relation !== undefined)) {
    return { kind: "table", entry };
  }
  for (const candidate of relationsFor(context)) {
    const column = columnsOf(candidate, context.ctes, assist).find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) continue;
    const source = candidate.kind === "table" ? findEntry(assist.catalog, candidate.name.at(-1) ?? "") : undefined;
    return { kind: "column", column, entry: source };
  }
  if (entry !== undefined) return { kind: "table", entry };
  if (info !== undefined) return { kind: "function", info };
  return inspectFixedWord(name.toLowerCase(), context.expecting.has("setting"));
}

/** At the word's end nothing of it is hidden: what would be offered there is what it can mean. */
const contextAtEnd = (text: string, word: Token): CompletionContext =>
  completionContext(text, word.type === "quoted" ? word.end - 1 : word.end);

function inspectFixedWord(name: string, isSetting: boolean): Inspection | undefined {
  const setting = SETTINGS.find((one) => [one.name, ...(one.aliases ?? [])].some((spelling) => spelling.toLowerCase() === name));
  if (setting !== undefined && isSetting) return { kind: "setting", setting };
  const help = KEYWORD_HELP.get(name);
  return help && { kind: "keyword", syntax: help[0], meaning: help[1] };
}
