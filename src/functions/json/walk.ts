import type { JsonNode } from "./node.ts";
import type { Step } from "./path.ts";

/**
 * Finds what a path leads to by walking over the text, without building a tree: the rest is checked and passed over.
 * One walk at a time: its state stands in the module, where V8 keeps it cheap.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const MAX_DEPTH = 500;

let text = "";
let at = 0;
let steps: readonly Step[] = [];
let foundStart = -1;
let foundEnd = -1;

function space(): void {
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
  }
}

/** Passes over a string, `at` on its opening quote; false where it is malformed. */
function passString(): boolean {
  for (at++; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at++;
      return true;
    }
    if (code === BACKSLASH) {
      const next = text.charCodeAt(++at);
      if (next === 117) {
        if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) return false;
        at += 4;
      } else if (!'"\\/bfnrt'.includes(text[at])) return false;
    } else if (!(code >= 32)) return false;
  }
}

const isDigit = (code: number) => code >= 48 && code <= 57;

function passDigits(): boolean {
  if (!isDigit(text.charCodeAt(at))) return false;
  while (isDigit(text.charCodeAt(at))) at++;
  return true;
}

function passNumber(): boolean {
  if (text.charCodeAt(at) === 45) at++;
  if (text.charCodeAt(at) === 48) at++;
  else if (!passDigits()) return false;
  if (text.charCodeAt(at) === 46) {
    at++;
    if (!passDigits()) return false;
  }
  const code = text.charCodeAt(at);
  if (code === 101 || code === 69) {
    at++;
    const sign = text.charCodeAt(at);
    if (sign === 43 || sign === 45) at++;
    if (!passDigits()) return false;
  }
  return true;
}

function passWord(word: string): boolean {
  if (!text.startsWith(word, at)) return false;
  at += word.length;
  return true;
}

/** Whether the step leads to the key that stands from `start` to `end`, quotes included. */
function isKey(step: Step | undefined, start: number, end: number): boolean {
  if (step === undefined || (step.kind !== "key" && step.kind !== "either")) return false;
  const { key } = step;
  if (end - start - 2 === key.length && text.startsWith(key, start + 1)) return !key.includes("\\");
  const escaped = text.indexOf("\\", start);
  return escaped !== -1 && escaped < end && JSON.parse(text.slice(start, end)) === key;
}

const indexOf = (step: Step | undefined): number => {
  if (step === undefined) return -1;
  if (step.kind === "index") return step.index;
  return step.kind === "either" && /^\d+$/.test(step.key) ? Number(step.key) : -1;
};

function passObject(depth: number, level: number): boolean {
  at++;
  space();
  if (text.charCodeAt(at) === 125) {
    at++;
    return true;
  }
  const step = level >= 0 ? steps[level] : undefined;
  let taken = false;
  for (;;) {
    space();
    const start = at;
    if (text.charCodeAt(at) !== QUOTE || !passString()) return false;
    const leads = !taken && isKey(step, start, at);
    if (leads) taken = true;
    space();
    if (text.charCodeAt(at++) !== 58) return false;
    if (!passValue(depth, leads ? level + 1 : -1)) return false;
    space();
    const code = text.charCodeAt(at++);
    if (code === 125) return true;
    if (code !== 44) return false;
  }
}

function passArray(depth: number, level: number): boolean {
  at++;
  space();
  if (text.charCodeAt(at) === 93) {
    at++;
    return true;
  }
  const wanted = level >= 0 ? indexOf(steps[level]) : -1;
  for (let i = 0; ; i++) {
    if (!passValue(depth, i === wanted ? level + 1 : -1)) return false;
    space();
    const code = text.charCodeAt(at++);
    if (code === 93) return true;
    if (code !== 44) return false;
  }
}

/** Passes over a value. `level`: how many steps have led here, -1 off the path. */
function passValue(depth: number, level: number): boolean {
  space();
  const start = at;
  const ok = passAny(depth + 1, level);
  if (level === steps.length && ok) {
    foundStart = start;
    foundEnd = at;
  }
  return ok;
}

function passAny(depth: number, level: number): boolean {
  const code = text.charCodeAt(at);
  switch (code) {
    case 123:
      return depth < MAX_DEPTH && passObject(depth, level);
    case 91:
      return depth < MAX_DEPTH && passArray(depth, level);
    case QUOTE:
      return passString();
    case 116:
      return passWord("true");
    case 102:
      return passWord("false");
    case 110:
      return passWord("null");
    default:
      return passNumber();
  }
}

/** Steps that a walk can follow: no wildcards, nothing counted from the end. */
export const isWalkable = (path: readonly Step[]): boolean =>
  path.every((step) => step.kind === "key" || step.kind === "either" || (step.kind === "index" && step.index >= 0));

/** Text of the value that the steps lead to; undefined where they lead nowhere, null where the document is malformed (or needs the tree's care). */
export function walk(document: string, path: readonly Step[]): string | undefined | null {
  text = document;
  steps = path;
  at = 0;
  foundStart = -1;
  const ok = passValue(0, 0);
  if (ok) space();
  const whole = ok && at === text.length;
  text = "";
  if (!whole) return null;
  return foundStart === -1 ? undefined : document.slice(foundStart, foundEnd);
}

/** A scalar's node from its text; undefined for arrays and objects. */
export function scalarNode(raw: string): JsonNode | undefined {
  switch (raw.charCodeAt(0)) {
    case 123:
    case 91:
      return undefined;
    case QUOTE:
      return { kind: "string", raw, text: raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1) };
    case 116:
      return { kind: "true", raw };
    case 102:
      return { kind: "false", raw };
    case 110:
      return { kind: "null", raw };
    default:
      return { kind: "number", raw };
  }
}
