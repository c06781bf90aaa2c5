import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { WeirError } from "../core/errors.ts";
import { inTurn } from "../core/turn.ts";
import type { CodeOwner, CodeWatch } from "../exec/code-watch.ts";
import { type Statement, walk } from "../sql/index.ts";

const DEFINITIONS: readonly Statement["kind"][] = ["createFunction", "createFunctions", "createModel", "installPack", "loadPack", "drop"];

/** Statements that change what functions and models there are. Modules are evaluated where their functions are made. */
export const definesFunctions = ({ kind }: Statement): boolean => DEFINITIONS.includes(kind);

/** A statement as the owner of code that may never return: what is evaluated while it is planned, and modules. Its queries answer for themselves. */
export class StatementOwner implements CodeOwner {
  readonly userFunctions: readonly string[];
  readonly #isDefinition: boolean;
  #fail: (error: WeirError) => void = () => {};

  constructor(statement: Statement, functions: FunctionRegistry) {
    this.#isDefinition = definesFunctions(statement);
    this.userFunctions = this.#isDefinition ? definedNames(statement) : calledNames(statement, functions);
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
    } finally {
      leave?.();
    }
  }

  abandon(error: WeirError): void {
    this.#fail(error);
  }
}

function definedNames(statement: Statement): string[] {
  switch (statement.kind) {
    case "createFunction":
      return [statement.name.map(({ name }) => name).join(".")];
    case "installPack":
    case "loadPack":
      return ["of the pack"];
    default:
      return ["of the module"];
  }
}

function calledNames(statement: Statement, functions: FunctionRegistry): string[] {
  const names = new Set<string>();
  walk(statement, (node) => {
    if (node.kind !== "call" && node.kind !== "tableFunction") return;
    const written = node.name.map(({ name }) => name).join(".");
    const definition = functions.lookup(written);
    if (definition?.origin !== undefined) names.add(definition.name);
  });
  return [...names];
}
