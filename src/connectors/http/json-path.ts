import { bindError } from "../../core/errors.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from "../../formats/json/bytes.ts";

/** Steps of a path such as `$.data.items` or `data[0].rows`: keys and positions. */
export function parseJsonPath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  const part = /\.?([^.[\]]+)|\[(\d+)\]/y;
  const text = path.replace(/^\$\.?/, "");
  for (let at = 0; at < text.length; at = part.lastIndex) {
    part.lastIndex = at;
    const match = part.exec(text);
    if (match === null) throw bindError(`property "json_path" cannot be "${path}"`, undefined, "as '$.data.items' or 'rows[0].values'");
    steps.push(match[2] === undefined ? match[1] : Number(match[2]));
  }
  return steps;
}

/** Where the value of a path stands in a document, without building anything of it; undefined when it is not there. */
export function findValue(bytes: Uint8Array, steps: readonly (string | number)[]): { start: number; end: number } | undefined {
  const length = bytes.length;
  let start = skipSpace(bytes, 0, length);
  let end = skipValue(bytes, start, length);
  for (const step of steps) {
    if (end < 0) return undefined;
    const found = typeof step === "number" ? element(bytes, start, end, step) : member(bytes, start, end, step);
    if (found < 0) return undefined;
    start = found;
    end = skipValue(bytes, start, length);
  }
  return end < 0 ? undefined : { start, end };
}

function member(bytes: Uint8Array, start: number, end: number, key: string): number {
  if (bytes[start] !== OPEN_BRACE) return -1;
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] === QUOTE) {
    const keyEnd = skipString(bytes, at, end);
    const isIt = stringText(bytes, at, keyEnd) === key;
    const value = skipSpace(bytes, skipSpace(bytes, keyEnd, end) + 1, end);
    if (isIt) return value;
    at = skipSpace(bytes, skipValue(bytes, value, end), end);
    if (bytes[at] === CLOSE_BRACE) return -1;
    at = skipSpace(bytes, at + 1, end);
  }
  return -1;
}

function element(bytes: Uint8Array, start: number, end: number, index: number): number {
  if (bytes[start] !== OPEN_BRACKET) return -1;
  let at = skipSpace(bytes, start + 1, end);
  for (let i = 0; bytes[at] !== CLOSE_BRACKET; i++) {
    if (i === index) return at;
    at = skipSpace(bytes, skipValue(bytes, at, end), end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return -1;
}
