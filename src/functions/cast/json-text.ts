/** JSON read into a tree that keeps every scalar's own text, so that no digit is lost, and the place where malformed text breaks. */

export type JsonNode =
  | { readonly kind: "null" | "true" | "false" | "number"; readonly raw: string }
  | { readonly kind: "string"; readonly raw: string; readonly text: string }
  | { readonly kind: "array"; readonly raw: string; readonly items: readonly JsonNode[] }
  | { readonly kind: "object"; readonly raw: string; readonly entries: readonly (readonly [key: string, value: JsonNode])[] };

export interface JsonProblem {
  readonly at: number;
  readonly problem: string;
}

export const isProblem = (result: JsonNode | JsonProblem): result is JsonProblem => "problem" in result;

/** Deeper nesting is refused, before it exhausts the stack. */
const MAX_DEPTH = 1000;

export function readJson(text: string): JsonNode | JsonProblem {
  const reader = new JsonReader(text);
  try {
    return reader.read();
  } catch (error) {
    if (error instanceof Malformed) return { at: error.at, problem: error.message };
    throw error;
  }
}

class Malformed extends Error {
  readonly at: number;
  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORDS: readonly (readonly [string, JsonNode["kind"]])[] = [
  ["null", "null"],
  ["true", "true"],
  ["false", "false"],
  ["NaN", "number"],
  ["Infinity", "number"],
  ["-Infinity", "number"],
];

class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    const node = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw new Malformed("unexpected content after document", this.#at);
    return node;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    }
  }

  #value(): JsonNode {
    this.#space();
    const start = this.#at;
    const char = this.#text[start];
    if (char === undefined) throw new Malformed("unexpected end of data", start);
    if (char === "{" || char === "[") {
      if (++this.#depth > MAX_DEPTH) throw new Malformed("nested too deeply", start);
      const node = char === "{" ? this.#object(start) : this.#array(start);
      this.#depth--;
      return node;
    }
    if (char === '"') {
      const raw = this.#string();
      return { kind: "string", raw, text: JSON.parse(raw) as string };
    }
    for (const [word, kind] of WORDS) {
      if (this.#text.startsWith(word, start)) {
        this.#at += word.length;
        return { kind, raw: word } as JsonNode;
      }
    }
    const raw = this.#match(NUMBER);
    if (raw === undefined) throw new Malformed("unexpected character", start);
    return { kind: "number", raw };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  /** A string with its quotes, checked. */
  #string(): string {
    const start = this.#at++;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 34) break;
      if (code === 92) {
        if (this.#match(ESCAPE) === undefined) throw new Malformed("invalid escaped character in string", this.#at);
      } else if (code >= 32) this.#at++;
      else throw new Malformed(Number.isNaN(code) ? "unclosed string" : "unexpected control character in string", this.#at);
    }
    return this.#text.slice(start, ++this.#at);
  }

  #array(start: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "]") this.#at++;
    else
      do items.push(this.#value());
      while (this.#next("]"));
    return { kind: "array", raw: this.#text.slice(start, this.#at), items };
  }

  #object(start: number): JsonNode {
    const entries: [string, JsonNode][] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "}") this.#at++;
    else
      do {
        this.#space();
        if (this.#text[this.#at] !== '"') throw this.#unexpected();
        const key = this.#string();
        this.#space();
        if (this.#text[this.#at] !== ":") throw this.#unexpected();
        this.#at++;
        entries.push([JSON.parse(key) as string, this.#value()]);
      } while (this.#next("}"));
    return { kind: "object", raw: this.#text.slice(start, this.#at), entries };
  }

  /** Steps over a comma (true) or the closing bracket (false). */
  #next(close: string): boolean {
    this.#space();
    const char = this.#text[this.#at];
    if (char !== "," && char !== close) throw this.#unexpected();
    this.#at++;
    return char === ",";
  }

  #unexpected(): Malformed {
    return new Malformed(this.#at >= this.#text.length ? "unexpected end of data" : "unexpected character", this.#at);
  }
}
