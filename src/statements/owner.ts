import type { FunctionRegistry } from "../catalog/function-registry.ts";
import { findFunction } from "../catalog/functions.ts";
import { type Span, WeirError } from "../core/errors.ts";
import type { CodeWatch } from "../exec/code-watch.ts";
import { WatchedCode } from "../exec/watched-code.ts";
import { type Statement, walk } from "../sql/index.ts";

const DEFINITIONS: readonly Statement["kind"][] = ["createFunction", "createFunctions", "createModel", "installPack", "loadPack", "drop"];

/** Statements that change what functions and models there are. Modules are evaluated where their functions are made. */
export const definesFunctions = ({ kind }: Statement): boolean => DEFINITIONS.includes(kind);

/** A statement as the owner of code that may never return: what is evaluated while it is planned, and modules. Its queries answer for themselves. */
export class StatementOwner extends WatchedCode {
  readonly #calls: readonly UserCall[];
  readonly #isDefinition: boolean;
  readonly #onAbandoned: (error: WeirError) => void;

  /** `onAbandoned`: is told why its code was ended from outside. */
  constructor(statement: Statement, functions: FunctionRegistry, onAbandoned: (error: WeirError) => void) {
    const isDefinition = definesFunctions(statement);
    const calls = isDefinition ? [] : userCalls(statement, functions);
    super([...new Set(calls.map(({ name }) => name))], isDefinition ? codeNameOf(statement) : undefined);
    this.#isDefinition = isDefinition;
    this.#calls = calls;
    this.#onAbandoned = onAbandoned;
  }

  /** Runs the statement. */
  async answer<T>(watch: CodeWatch, work: () => Promise<T>): Promise<T> {
    try {
      return await this.run(watch, work, this.#isDefinition);
    } catch (error) {
      throw error instanceof WeirError ? this.place(error) : error;
    }
  }

  override abandon(error: WeirError): void {
    this.#onAbandoned(error);
    super.abandon(error);
  }

  /** Puts an error in code of the user's own at the call, where the statement has only one of that function. Gives the error. */
  place(error: WeirError): WeirError {
    const names = error.functions.map(lastPart);
    const found = this.#calls.filter(({ name }) => names.includes(lastPart(name)));
    if (found.length === 1) error.span ??= found[0].span;
    return error;
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
