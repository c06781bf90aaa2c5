import { readFileSync } from "node:fs";
import { text as readStream } from "node:stream/consumers";
import { errorContent } from "../kernel/error-display.ts";
import { parseParameter } from "../kernel/parameters.ts";
import { errorDetail, type FinishedStatement, type Parameters, Session } from "../src/index.ts";
import { askYes, canAsk } from "./confirm.ts";
import { LinePrinter, untilItEnds } from "./follow.ts";
import { type OutputFormat, outputChunks } from "./output-format.ts";
import { untilStopped } from "./signals.ts";

export interface SqlOptions {
  readonly file?: string;
  /** Folder that names in the statements are meant from; default: the process's. */
  readonly cwd?: string;
  readonly format: OutputFormat;
  readonly param: readonly string[];
}

/** `weir sql`: runs statements in one session and prints the last result; returns the exit status. */
export async function runSql(statements: string | undefined, options: SqlOptions): Promise<number> {
  const text = await readStatements(statements, options.file);
  // What functions print is not to stand among the rows.
  console.log = console.info = console.debug = console.error;
  const given = parameters(options.param);
  const session = new Session({ cwd: options.cwd, print: "stderr", notify: (message) => process.stderr.write(`${message}\n`) });
  const timeZone = () => String(session.settings.get("TimeZone"));
  const lines = new LinePrinter((line) => process.stdout.write(line), timeZone);
  const stopped = untilStopped().then(() => {
    session.interrupt();
    session.stop();
  });
  try {
    const finished: FinishedStatement[] = [];
    await session.run(text, {
      parameters: given,
      // Where the statements themselves come from the terminal, it is at its end.
      confirm: canAsk() && (statements ?? options.file) !== undefined ? (question) => askYes(question, { stopped }) : undefined,
      // Lines can be printed as they come; a table or a file is whole only at the end.
      onChanges: options.format === "ndjson" ? (batch, schema) => lines.print(batch, schema) : undefined,
      onOutput: (output) => {
        for (const warning of output.warnings) process.stderr.write(`warning: ${warning}\n`);
        finished[0] = output;
      },
    });
    const [last] = finished;
    if (last !== undefined && "live" in last.output) {
      const { live } = last.output;
      const table = await untilItEnds(live);
      for (const warning of live.warnings) process.stderr.write(`warning: ${warning}\n`);
      finished[0] = { ...last, output: { table } };
    }
    if (!lines.printed && finished[0] !== undefined) await write(outputChunks(finished[0], options.format, timeZone()));
    return await untilJobsEnd(session, stopped);
  } catch (error) {
    const isFull = session.settings.get("errors") === "full";
    process.stderr.write(`${plainError(error, text)}\n${isFull ? `${errorDetail(error)}\n` : ""}`);
    return 1;
  } finally {
    await session.close();
  }
}

/** Jobs run until they end or the process is stopped, when each takes a last checkpoint. Gives the exit status: 1 where one has failed. */
async function untilJobsEnd(session: Session, stopped: Promise<void>): Promise<number> {
  const names = session.jobs.active();
  if (names.length === 0) return 0;
  process.stderr.write(`${names.join(", ")} at work; Ctrl-C stops at a checkpoint\n`);
  const ended = await Promise.race([session.jobs.atRest(), stopped]);
  if (ended === undefined) {
    await session.close();
    for (const { name, checkpoint } of session.jobs.all())
      process.stderr.write(`job ${name} stopped at checkpoint ${checkpoint?.number}\n`);
    return 0;
  }
  for (const { name, state, rowsOut, error } of ended) {
    process.stderr.write(`job ${name} ${state}: ${rowsOut} rows written${error === undefined ? "" : `; ${error}`}\n`);
  }
  return ended.some(({ state }) => state === "failed") ? 1 : 0;
}

async function readStatements(statements: string | undefined, file: string | undefined): Promise<string> {
  if (statements !== undefined && file !== undefined) throw new Error("give statements or -f file, not both");
  if (statements !== undefined) return statements;
  if (file !== undefined) return readStatementFile(file);
  if (process.stdin.isTTY) process.stderr.write("reading SQL from the terminal; Ctrl-D ends it\n");
  return readStream(process.stdin);
}

function readStatementFile(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(code === "ENOENT" ? `no such file "${file}"` : `cannot read "${file}": ${message}`, { cause });
  }
}

function parameters(given: readonly string[]): Parameters {
  return Object.fromEntries(
    given.map((pair) => {
      const match = /^(\w+)=([\s\S]*)$/.exec(pair);
      if (match === null) throw new Error(`-p ${pair}: expected name=value`);
      return [match[1], parseParameter(match[2])];
    }),
  );
}

/** The message, the place with a caret, the hint; in colour only on a terminal. */
function plainError(error: unknown, text: string): string {
  const shown = errorContent(error, text).traceback.join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  return process.stderr.isTTY ? shown : shown.replace(/\u001b\[\d+m/g, "");
}

/** Text is handed on in pieces of about this many characters. */
const PIECE = 1 << 16;

/** Writes piece by piece, each when the last was taken, so that nothing piles up or is cut at the end. A reader that has gone is no error. */
async function write(chunks: Iterable<string | Uint8Array>): Promise<void> {
  process.stdout.on("error", () => {}); // each write reports its own
  try {
    let text = "";
    for (const chunk of chunks) {
      if (typeof chunk !== "string") await writePiece(chunk);
      else text += chunk;
      if (text.length < PIECE) continue;
      await writePiece(text);
      text = "";
    }
    if (text !== "") await writePiece(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

const writePiece = (piece: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
  });
