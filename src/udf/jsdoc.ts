import { parseDuration } from "../core/duration.ts";
import { nearestName, type Span } from "../core/errors.ts";
import type { ModuleErrors } from "./module-error.ts";
import type { SignatureOptions } from "./module-source.ts";
import type { Comment } from "./typescript.ts";

/** What the comment above a function says of it. */
export interface FunctionComment {
  readonly doc: string;
  readonly name?: string;
  readonly example?: string;
  /** What `@param` says of each parameter, by name. */
  readonly params: Readonly<Record<string, string>>;
  /** Options that it names; the others have their defaults. */
  readonly options: Partial<SignatureOptions>;
}

export const DEFAULT_OPTIONS: SignatureOptions = {
  volatility: "immutable",
  onError: "fail",
  concurrency: 8,
  timeoutMs: 10_000,
  retries: 0,
  ordered: true,
  batchRows: 1000,
};

/** Tags that say how a function is called. */
const TAGS: Readonly<Record<string, (text: string) => Partial<SignatureOptions> | string>> = {
  immutable: () => ({ volatility: "immutable" }),
  stable: () => ({ volatility: "stable" }),
  volatile: () => ({ volatility: "volatile" }),
  on_error: (text) => (text === "null" || text === "fail" ? { onError: text } : "on_error is null or fail"),
  concurrency: (text) => count("concurrency", text, 1, 1000, (concurrency) => ({ concurrency })),
  timeout: (text) => {
    const micros = parseDuration(text);
    return micros === undefined || micros < 1000 ? "timeout is a length of time, as in 2s or 500ms" : { timeoutMs: micros / 1000 };
  },
  retries: (text) => count("retries", text, 0, 100, (retries) => ({ retries })),
  ordered: () => ({ ordered: true }),
  unordered: () => ({ ordered: false }),
  batch: (text) => count("batch", text, 1, 100_000, (batchRows) => ({ batchRows })),
};

function count(name: string, text: string, min: number, max: number, of: (value: number) => Partial<SignatureOptions>) {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= min && value <= max ? of(value) : `${name} is a whole number from ${min} to ${max}`;
}

/** Tags of JSDoc that mean nothing here, so that a slip in one of ours can be told from them. */
const OTHER_TAGS = new Set(
  "param,arg,argument,returns,return,throws,exception,see,deprecated,since,author,version,template,typedef,type,default,link,todo,internal,public,private,remarks,license,copyright,summary,description,async,generator,yields,yield,function,export,readonly,override,category,group,beta,alpha,experimental,file,fileoverview,module,this,class".split(
    ",",
  ),
);

/** An option by name, as WITH ('timeout' = '2s') gives it; a text is what is wrong with it. */
export function namedOption(name: string, text: string): Partial<SignatureOptions> | string | undefined {
  return Object.hasOwn(TAGS, name) ? TAGS[name](text) : undefined;
}

export const OPTION_NAMES: readonly string[] = Object.keys(TAGS);

/** What each option for asynchronous functions alone is called. */
const ASYNC_OPTIONS: Readonly<Partial<Record<keyof SignatureOptions, string>>> = {
  concurrency: "concurrency",
  timeoutMs: "timeout",
  retries: "retries",
  ordered: "ordered",
  batchRows: "batch",
};

/** The name of an option that says something of asynchronous functions, and so means nothing for others. */
export const asyncOption = (options: Partial<SignatureOptions>): string | undefined =>
  Object.entries(ASYNC_OPTIONS).find(([option]) => option in options)?.[1];

/** Reads the JSDoc comment that stands directly before `start`. */
export function commentBefore(text: string, comments: readonly Comment[], start: number, errors: ModuleErrors): FunctionComment {
  const comment = comments.findLast((one) => one.end <= start && one.type === "Block" && one.value.startsWith("*"));
  if (comment === undefined || text.slice(comment.end, start).trim() !== "") return { doc: "", params: {}, options: {} };
  return parseComment(comment, errors);
}

function parseComment(comment: Comment, errors: ModuleErrors): FunctionComment {
  const lines = comment.value
    .slice(1)
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .flatMap(tagsApart);
  const firstTag = lines.findIndex((line) => /^@\w/.test(line));
  const doc = lines
    .slice(0, firstTag === -1 ? undefined : firstTag)
    .join("\n")
    .trim();
  const found: { name?: string; example?: string; options: Partial<SignatureOptions> } = { options: {} };
  const params: Record<string, string> = {};
  for (const { tag, text } of firstTag === -1 ? [] : tagsOf(lines.slice(firstTag))) {
    if (tag === "name") found.name = text;
    else if (tag === "example") found.example = text;
    else if (tag === "param") {
      const [, name, said] = /^(?:\{[^}]*\}\s*)?\[?(\w+)[^\s]*\s*(?:-\s+)?([\s\S]*)$/.exec(text) ?? [];
      if (name !== undefined) params[name] = said.replace(/\s+/g, " ");
    } else Object.assign(found.options, optionOf(tag, text, placeOf(comment, tag), errors));
  }
  return { doc, params, ...found };
}

/** `Greets. @volatile @retries 2`: each of our tags begins a line of its own, in a comment of one line and behind another tag. */
const tagsApart = (line: string, _: number, { length }: readonly string[]): string[] =>
  length === 1 || line.startsWith("@") ? line.split(OUR_TAG) : [line];

const OUR_TAG = new RegExp(`\\s+(?=@(?:${[...Object.keys(TAGS), "name", "example"].join("|")})(?:\\s|$))`);

function tagsOf(lines: readonly string[]): { tag: string; text: string }[] {
  const tags: { tag: string; text: string }[] = [];
  for (const line of lines) {
    const match = /^@(\w+)\s*(.*)$/.exec(line);
    if (match !== null) tags.push({ tag: match[1], text: match[2].trim() });
    else if (tags.length > 0) tags[tags.length - 1].text = `${tags[tags.length - 1].text}\n${line}`.trim();
  }
  return tags;
}

function optionOf(tag: string, text: string, place: Span, errors: ModuleErrors): Partial<SignatureOptions> {
  const option = namedOption(tag, text);
  if (typeof option === "string") throw errors.at(place, option);
  if (option !== undefined) return option;
  const near = OTHER_TAGS.has(tag) ? undefined : nearestName(tag, [...OPTION_NAMES, "name", "example"]);
  if (near !== undefined) throw errors.at(place, `no tag is called @${tag}`, `did you mean @${near}?`);
  return {};
}

function placeOf(comment: Comment, tag: string): Span {
  const start = comment.start + 2 + comment.value.indexOf(`@${tag}`);
  return { start, end: start + tag.length + 1 };
}
