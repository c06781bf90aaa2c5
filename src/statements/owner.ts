import type { FunctionRegistry } from "../catalog/function-registry.ts";
import { findFunction } from "../catalog/functions.ts";
import type { Span, WeirError } from "../core/errors.ts";
import { inTurn } from "../core/turn.ts";
import { type CodeOwner, CodeTimeout, type CodeWatch } from "../exec/code-watch.ts";
import { type Statement, walk } from "../sql/index.ts";
import { CallError } from "../udf/call-error.ts";

const DEFINITIONS: readonly Statement["kind"][] = ["createFunction", "createFunctions", "createModel", "installPack", "loadPack", "drop"];

/** Statements that change what functions and models there are. Modules are evaluated where their functions are made. */
export const definesFunctions = ({ kind }: Statement): boolean => DEFINITIONS.includes(kind);

/** A statement as the owner of code that may never return: what is evaluated while it is planned, and modules. Its queries answer for themselves. */
export class StatementOwner implements CodeOwner {
  readonly userFunctions: readonly string[];
  readonly codeName: string | undefined;
  readonly #calls: readonly UserCall[];
  readonly #isDefinition: boolean;
  #fail: (error: WeirError) => void = () => {};

  constructor(statement: Statement, functions: FunctionRegistry) {
    this.#isDefinition = definesFunctions(statement);
    this.#calls = this.#isDefinition ? [] : userCalls(statement, functions);
    this.codeName = this.#isDefinition ? codeNameOf(statement) : undefined;
    this.userFunctions = this.codeName === undefined ? [...new Set(this.#calls.map(({ name }) => name))] : [this.codeName];
  }

  /** Runs the statement; rejects too where its code was ended from outside, which leaves its own promise for ever open. */
  async run<T>(watch: CodeWatch, work: () => Promise<T>): Promise<T> {
    const ended = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    ended.catch(() => {});
    const leave = this.#isDefinition ? watch.between(this) : undefined;
    try {
      // In a turn of its own: what ends it must leave the one that waits here alone.
      const done = new Promise<T>((resolve, reject) => {
        inTurn(() => void watch.during(this, async () => work()).then(resolve, reject));
      });
      return await Promise.race([done, ended]);
    } catch (error) {
      throw placeAtCall(error, this.#calls);
    } finally {
      leave?.();
    }
  }

  abandon(error: WeirError): void {
    this.#fail(error);
  }
}

/** What is evaluated where a statement defines functions. */
function codeNameOf({ kind }: Statement): string {
  switch (kind) {
    case "createFunction":
      return "the code of this function";
    case "installPack":
    case "loadPack":
      return "the code of this pack";
    default:
      return "the code of this module";
  }
}

/** An error in code of the user's own is shown at the call, where the statement has only one of that function. */
function placeAtCall(error: unknown, calls: readonly UserCall[]): unknown {
  if (!(error instanceof CallError || error instanceof CodeTimeout) || error.span !== undefined) return error;
  const names = (error instanceof CallError ? [error.functionName] : error.functions).map(lastPart);
  const found = calls.filter(({ name }) => names.includes(lastPart(name)));
  if (found.length === 1) error.span = found[0].span;
  return error;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1).toLowerCase();

interface UserCall {
  readonly name: string;
  readonly span: Span;
}

function userCalls(statement: Statement, functions: FunctionRegistry): UserCall[] {
  const calls: UserCall[] = [];
  walk(statement, (node) => {
    if (node.kind !== "call" && node.kind !== "tableFunction") return;
    const { name, span } = node.name[node.name.length - 1];
    const definition = functions.lookup(node.name.map((part) => part.name).join(".")) ?? findFunction(functions, name, span);
    if (definition?.origin !== undefined) calls.push({ name: definition.name, span: node.span });
  });
  return calls;
}
