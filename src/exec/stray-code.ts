import { runtimeError, WeirError } from "../core/errors.ts";
import { sourceFrames } from "../udf/call-error.ts";

/** Frames that are looked at for a function of the user's own. */
const FRAMES = 50;

/**
 * For a thread that runs functions of the user's own. process.exit() in one is an error of its query, instead of the end of the thread and all it holds. What
 * such code throws where nobody waits for it (in the callback of a timer, in a promise that is dropped) goes to `onStray` instead of ending the thread; what
 * the engine throws there still does.
 */
export function containUserCode(onStray: (error: WeirError) => void): void {
  const exit = process.exit.bind(process);
  process.exit = (code?: number | string | null): never => {
    if (sourceFrames(here()).length === 0) return exit(code);
    throw runtimeError(`a function called process.exit(${code ?? ""})`, undefined, "throw an error to end the query");
  };
  process.on("uncaughtException", (error: unknown) => {
    const [frame] = sourceFrames(error);
    // The engine itself never rejects with what is no error.
    const isValue = !(error instanceof Error) || ("code" in error && error.code === "ERR_UNHANDLED_REJECTION");
    if (frame === undefined && !isValue) throw error;
    const place = frame === undefined ? "" : ` (line ${frame.line} of ${frame.module})`;
    const what = error instanceof Error ? error.message : String(error);
    onStray(new WeirError("runtime", `code of a function failed after its call: ${what}${place}`, { cause: error }));
  });
}

function here(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const error = new Error("here");
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
