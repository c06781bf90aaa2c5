import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bindError, nearestName, WeirError } from "../../core/errors.ts";
import { typeName } from "../../core/types.ts";
import type { FunctionKind, Signature } from "../module-source.ts";

/**
 * `udf.json`: what a pack is and holds. It is read without running any of the pack's code; completion, SHOW PACKS and DESCRIBE PACK need nothing else.
 * udfs/udf.schema.json says the same as a JSON Schema.
 */
export interface PackManifest {
  /** The word before the point in `finance.vwap`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** TypeScript files in the pack's folder whose exported functions are the pack's; others are for those to import. */
  readonly modules: readonly string[];
  readonly functions: readonly PackFunction[];
  readonly models: readonly PackModel[];
}

export interface PackFunction {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly params: readonly PackParam[];
  /** The last parameter takes any number of arguments. */
  readonly variadic?: boolean;
  /** SQL spelling of the type; of a table function a STRUCT of its columns. */
  readonly returns: string;
  /** The result may be NULL though no argument is. */
  readonly nullable?: boolean;
  readonly doc: string;
  /** An SQL expression that can be run, and its result as text. */
  readonly example?: string;
  readonly result?: string;
}

export interface PackParam {
  readonly name: string;
  /** SQL spelling. */
  readonly type: string;
  readonly optional?: boolean;
  /** It takes NULL. */
  readonly nullable?: boolean;
  /** What it is, its unit, its default. */
  readonly doc?: string;
}

/** A model of the pack: `finance.churn`, made when the pack is loaded. */
export interface PackModel {
  readonly name: string;
  /** In the pack's folder. */
  readonly path: string;
  /** Columns by name, where the file does not say them: SQL types. */
  readonly input?: Readonly<Record<string, string>>;
  readonly output?: Readonly<Record<string, string>>;
  /** Further properties of CREATE MODEL. */
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

export const MANIFEST = "udf.json";

const KINDS: readonly FunctionKind[] = ["scalar", "vectorised", "async", "aggregate", "window", "table"];
/** Names of packs, functions, parameters and models: words that need no quotes in SQL. */
const WORD = /^[A-Za-z_]\w*$/;
const VERSION = /^\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

/** Reads and checks the manifest of a folder. An error names the file and the place in it. */
export function readManifest(folder: string): PackManifest {
  const file = join(folder, MANIFEST);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new WeirError(
      "io",
      missing ? `"${folder}" is no pack: it has no ${MANIFEST}` : `cannot read "${file}": ${(cause as Error).message}`,
      {
        cause,
        hint: missing ? "weir udf new makes a pack" : undefined,
      },
    );
  }
  return parseManifest(text, file);
}

/** The manifest in a text; `file` is for errors. */
export function parseManifest(text: string, file: string): PackManifest {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw bindError(`"${file}" is no JSON: ${(error as Error).message}`);
  }
  return manifestOf(new Place(file, "", json));
}

function manifestOf(root: Place): PackManifest {
  root.object(["name", "version", "description", "license", "modules", "functions", "models"], ["$schema"]);
  const manifest: PackManifest = {
    name: root.at("name").word(),
    version: root.at("version").matching(VERSION, "a version such as 1.0.0"),
    description: root.at("description").string(),
    license: root.at("license").string(),
    modules: root.at("modules").array((module) => module.file(/\.ts$/, "the name of a .ts file in the pack's folder")),
    functions: root.at("functions").array(functionOf),
    models: root.at("models").array(modelOf),
  };
  root.at("functions").unique(manifest.functions);
  root.at("models").unique(manifest.models);
  return manifest;
}

function functionOf(place: Place): PackFunction {
  place.object(["name", "kind", "params", "returns", "doc"], ["variadic", "nullable", "example", "result"]);
  const params = place.at("params").array((param) => {
    param.object(["name", "type"], ["optional", "nullable", "doc"]);
    return {
      name: param.at("name").word(),
      type: param.at("type").string(),
      ...param.flag("optional"),
      ...param.flag("nullable"),
      ...(param.has("doc") && { doc: param.at("doc").string() }),
    };
  });
  place.at("params").unique(params);
  return {
    name: place.at("name").word(),
    kind: place.at("kind").oneOf(KINDS),
    params,
    ...place.flag("variadic"),
    returns: place.at("returns").string(),
    ...place.flag("nullable"),
    doc: place.at("doc").string(),
    ...(place.has("example") && { example: place.at("example").string() }),
    ...(place.has("result") && { result: place.at("result").string() }),
  };
}

function modelOf(place: Place): PackModel {
  const { name: _name, path: _path, input: _input, output: _output, ...properties } = place.record();
  const columns = (key: string) => {
    const types = place.at(key);
    return Object.fromEntries(Object.keys(types.record()).map((name) => [name, types.at(name).string()]));
  };
  return {
    name: place.at("name").word(),
    path: place.at("path").file(/\.\w+$/, "the name of a file in the pack's folder"),
    ...(place.has("input") && { input: columns("input") }),
    ...(place.has("output") && { output: columns("output") }),
    properties: Object.fromEntries(Object.keys(properties).map((key) => [key, place.at(key).scalar()])),
  };
}

/** A value in a manifest and where it stands, for errors such as `functions[2].kind`. */
class Place {
  readonly #file: string;
  readonly #path: string;
  readonly #value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.#value = value;
  }

  error(message: string, hint?: string): Error {
    return bindError(`"${this.#file}": ${this.#path === "" ? "" : `${this.#path}: `}${message}`, undefined, hint);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.record(), key);
  }

  at(key: string): Place {
    return new Place(this.#file, this.#path === "" ? key : `${this.#path}.${key}`, this.record()[key]);
  }

  record(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw this.error(`expected an object, not ${shown(value)}`);
  }

  /** An object with these keys and no others. */
  object(required: readonly string[], optional: readonly string[]): void {
    const keys = Object.keys(this.record());
    const unknown = keys.find((key) => !required.includes(key) && !optional.includes(key));
    if (unknown !== undefined) {
      const near = nearestName(unknown, [...required, ...optional]);
      throw this.error(`there is no "${unknown}"`, near === undefined ? `there are ${required.join(", ")}` : `did you mean "${near}"?`);
    }
    const missing = required.find((key) => !keys.includes(key));
    if (missing !== undefined) throw this.error(`"${missing}" is missing`);
  }

  array<T>(element: (place: Place) => T): readonly T[] {
    if (!Array.isArray(this.#value)) throw this.error(`expected a list, not ${shown(this.#value)}`);
    return this.#value.map((value, i) => element(new Place(this.#file, `${this.#path}[${i}]`, value)));
  }

  unique(named: readonly { readonly name: string }[]): void {
    const names = named.map(({ name }) => name.toLowerCase());
    const twice = named.find((_, i) => names.indexOf(names[i]) < i);
    if (twice !== undefined) throw this.error(`"${twice.name}" stands here twice`);
  }

  string(): string {
    if (typeof this.#value === "string" && this.#value.trim() !== "") return this.#value;
    throw this.error(`expected a text, not ${shown(this.#value)}`);
  }

  matching(pattern: RegExp, expected: string): string {
    if (typeof this.#value === "string" && pattern.test(this.#value)) return this.#value;
    throw this.error(`expected ${expected}, not ${shown(this.#value)}`);
  }

  word(): string {
    return this.matching(WORD, "a word of letters, digits and underscores");
  }

  /** Never one outside of the pack's folder. */
  file(pattern: RegExp, expected: string): string {
    const name = this.matching(pattern, expected);
    if (name.split(/[\\/]/).includes("..") || /^[\\/]|^\w:|\0/.test(name)) throw this.error(`"${name}" is not in the pack's folder`);
    return name;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value);
    if (found !== undefined) return found;
    throw this.error(`expected ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}, not ${shown(this.#value)}`);
  }

  scalar(): string | number | boolean {
    const value = this.#value;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    throw this.error(`expected a text, a number or true or false, not ${shown(value)}`);
  }

  /** `{ key: true }` where it is true, else nothing. */
  flag(key: string): { readonly [name: string]: true } {
    const place = this.at(key);
    const value = place.#value;
    if (value !== undefined && typeof value !== "boolean") throw place.error(`expected true or false, not ${shown(value)}`);
    return value === true ? { [key]: true } : {};
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** A function as its module declares it, in the manifest's words. Examples' results are not in the module. */
export function packFunction(signature: Signature): PackFunction {
  return {
    name: signature.name,
    kind: signature.kind,
    params: signature.params.map(({ name, type, optional, takesNull, doc }) => ({
      name,
      type: typeName(type),
      ...(optional && { optional: true }),
      ...(takesNull && { nullable: true }),
      ...(doc !== undefined && { doc }),
    })),
    ...(signature.variadic && { variadic: true }),
    returns: typeName(signature.returns),
    ...(signature.returnsNull && { nullable: true }),
    doc: flowing(signature.doc),
    ...(signature.example !== undefined && { example: signature.example }),
  };
}

/** Without what is said of parameters: that is for people. */
const comparable = (value: unknown): string | undefined => JSON.stringify(value, (key, part) => (key === "doc" ? undefined : part));

/** Lines that a comment's width has broken are one; paragraphs stay apart. */
const flowing = (doc: string): string =>
  doc
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .join("\n\n");

/** What differs between the manifest and the modules' exported functions, a sentence each; empty where they agree. */
export function disagreements(manifest: PackManifest, signatures: readonly Signature[]): readonly string[] {
  const declared = new Map(manifest.functions.map((fn) => [fn.name, fn]));
  const found = new Map(signatures.map((signature) => [signature.name, packFunction(signature)]));
  const differences: string[] = [];
  for (const name of declared.keys()) if (!found.has(name)) differences.push(`no module exports ${name}`);
  for (const [name, actual] of found) {
    const stated = declared.get(name);
    if (stated === undefined) differences.push(`${name} is not in the manifest`);
    else {
      for (const key of ["kind", "params", "variadic", "returns", "nullable"] as const) {
        const [said, is] = [comparable(stated[key]), comparable(actual[key])];
        if (said !== is) differences.push(`${name}: ${key} is ${is ?? "absent"} in the module and ${said ?? "absent"} in the manifest`);
      }
    }
  }
  return differences;
}
