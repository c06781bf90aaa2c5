import { runtimeError } from "../core/errors.ts";

/** In a thread that runs functions of the user's own: process.exit() is an error of the query that calls it, instead of the end of the thread and all it holds. */
export function refuseExit(): void {
  process.exit = (code?: unknown): never => {
    throw runtimeError(
      `a function called process.exit(${code === undefined ? "" : String(code)})`,
      undefined,
      "throw an error to end the query",
    );
  };
}
