import type { FunctionDefinition } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { bindError, nearestName, WeirError } from "../core/errors.ts";
import { userAggregate } from "./aggregate/aggregate.ts";
import * as api from "./api.ts";
import { asyncFunction } from "./async.ts";
import { frameText, rememberModule, sourceFrames } from "./call-error.ts";
import { IMPORTS_PARAMETER } from "./module-code.ts";
import type { ModuleSource, Signature } from "./module-source.ts";
import { scalarFunction } from "./scalar.ts";
import { userTableFunction } from "./table.ts";
import { vectorisedFunction } from "./vectorised.ts";
import { userWindowFunction } from "./window.ts";

type Namespace = Readonly<Record<string, unknown>>;

export interface LoadOptions {
  /** Statement that defines the functions, for jobs and SHOW. */
  readonly sql?: string;
  /** Modules of this thread that were evaluated before, by hash: what several modules of a pack import is evaluated once. */
  readonly evaluated?: Map<string, Promise<Namespace>>;
}

/**
 * Evaluates a module in this thread, in the engine's own context (so that V8 can inline its functions), and gives its functions as definitions, named
 * `pack.name` in packs. Each call evaluates it anew, with module variables of its own. Throws a bind error for what the module's own code throws.
 */
export async function loadModule(source: ModuleSource, options: LoadOptions = {}): Promise<readonly FunctionDefinition[]> {
  const exported = await evaluate(source, options.evaluated ?? new Map());
  const origin: Origin = { pack: source.pack, hash: source.hash, source, sql: options.sql };
  return source.functions.map((signature) => definitionOf(signature, exported[signature.exported], origin));
}

/** The definition of one exported value. */
function definitionOf(signature: Signature, exported: unknown, origin: Origin): FunctionDefinition {
  if (signature.kind === "aggregate") return userAggregate(signature, exported, origin);
  if (typeof exported !== "function") throw bindError(`${signature.name} is not a function`, undefined, "export it as one");
  const call = exported as (...args: unknown[]) => unknown;
  switch (signature.kind) {
    case "scalar":
      return scalarFunction(signature, call, origin);
    case "vectorised":
      return vectorisedFunction(signature, call, origin);
    case "async":
      return asyncFunction(signature, call, origin);
    case "window":
      return userWindowFunction(signature, call, origin);
    case "table":
      return userTableFunction(signature, call, origin);
  }
}

/** How long a module's own code may wait. One that never waits and never ends is ended by function_timeout. */
const LOAD_LIMIT_MS = 30_000;

type ModuleBody = (modules: readonly Namespace[]) => Promise<Namespace>;
const AsyncFunction = (async () => {}).constructor as new (parameter: string, body: string) => ModuleBody;
let serial = 1;

async function evaluate(source: ModuleSource, evaluated: Map<string, Promise<Namespace>>): Promise<Namespace> {
  const modules = await Promise.all(
    source.imports.map((one): Namespace | Promise<Namespace> => {
      if (typeof one !== "string") {
        let module = evaluated.get(one.hash);
        if (module === undefined) {
          module = evaluate(one, evaluated);
          evaluated.set(one.hash, module);
        }
        return module;
      }
      return one === "weir-sql/udf" ? api : import(one);
    }),
  );
  for (const [i, names] of source.importedNames.entries()) {
    for (const name of names) {
      if (Object.hasOwn(modules[i], name)) continue;
      const near = nearestName(name, Object.keys(modules[i]));
      const from = source.imports[i];
      throw bindError(
        `module ${typeof from === "string" ? from : from.name} exports no ${name}`,
        undefined,
        near === undefined ? undefined : `did you mean ${near}?`,
      );
    }
  }
  // The number keeps the texts of two evaluations apart: V8 shares what it learnt of functions between identical texts.
  const file = `weir-udf:${source.name.replace(/[^\w.-]/g, "_")}.${serial++}`;
  rememberModule(file, source);
  try {
    const body = new AsyncFunction(IMPORTS_PARAMETER, `${source.code}\n//# sourceURL=${file}`);
    return await inTime(body(modules), source);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    const trace = sourceFrames(error).map(frameText);
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new WeirError("bind", `the code of ${source.name} failed when it was loaded: ${text}`, { trace, cause: error });
  }
}

async function inTime<T>(work: Promise<T>, { name }: ModuleSource): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(bindError(`the code of ${name} still waits after ${LOAD_LIMIT_MS / 1000} seconds`)), LOAD_LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
