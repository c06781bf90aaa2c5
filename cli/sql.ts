import { readFileSync } from "node:fs";
import { text as readStream } from "node:stream/consumers";
import { errorContent } from "../kernel/error-display.ts";
import { parseParameter } from "../kernel/parameters.ts";
import { type FinishedStatement, type Parameters, Session, WeirError } from "../src/index.ts";
import { type OutputFormat, outputChunks } from "./output-format.ts";

export interface SqlOptions {
  readonly file?: string;
  readonly format: OutputFormat;
  readonly param: readonly string[];
}

/** `weir sql`: runs statements in one session and prints the last result; returns the exit status. */
export async function runSql(statements: string | undefined, options: SqlOptions): Promise<number> {
  const text = await readStatements(statements, options.file);
  const session = new Session();
  process.once("SIGINT", () => session.interrupt());
  try {
    const finished: FinishedStatement[] = [];
    await session.run(text, {
      parameters: parameters(options.param),
      onOutput: (output) => {
        for (const warning of output.warnings) process.stderr.write(`warning: ${warning}\n`);
        finished[0] = output;
      },
    });
    if (finished[0] !== undefined) await write(outputChunks(finished[0], options.format, String(session.settings.get("TimeZone"))));
    return 0;
  } catch (error) {
    process.stderr.write(`${plainError(error, text)}\n`);
    return 1;
  } finally {
    await session.close();
  }
}

async function readStatements(statements: string | undefined, file: string | undefined): Promise<string> {
  if (statements !== undefined && file !== undefined) throw new WeirError("io", "give statements or -f file, not both");
  if (statements !== undefined) return statements;
  if (file !== undefined) return readFileSync(file, "utf8");
  return readStream(process.stdin);
}

function parameters(given: readonly string[]): Parameters {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new WeirError("io", `-p takes name=value, not "${pair}"`);
      return [pair.slice(0, at), parseParameter(pair.slice(at + 1))];
    }),
  );
}

/** The message, the place with a caret, the hint; in colour only on a terminal. */
function plainError(error: unknown, text: string): string {
  const shown = errorContent(error, text).traceback.join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  return process.stderr.isTTY ? shown : shown.replace(/\u001b\[\d+m/g, "");
}

/** Waits until a pipe has taken everything: ending before would cut it. A reader that has gone is no error. */
function write(chunks: Iterable<string | Uint8Array>): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? resolve() : reject(error)));
    for (const chunk of chunks) process.stdout.write(chunk);
    process.stdout.write("", () => resolve());
  });
}
