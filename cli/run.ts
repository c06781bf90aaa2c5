import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { stripAnsi } from "../kernel/ansi.ts";
import { KERNEL_ARGV } from "../kernel/kernelspec.ts";
import { takesText } from "../kernel/magics/registry.ts";
import { type Notebook, type NotebookOutput, readNotebook, textOf, writeNotebook } from "../kernel/notebook.ts";
import { runNotebook } from "../kernel/notebook-run.ts";
import { untilStopped } from "./signals.ts";

interface RunOptions {
  readonly param: readonly string[];
  readonly output?: string;
  readonly html?: string;
  readonly timeout?: string;
  readonly allowErrors?: boolean;
}

/** `weir run`: a notebook, or a file of statements with the folder it lies in; gives the exit status. */
export async function runCommand(path: string, options: RunOptions): Promise<number> {
  if (!path.toLowerCase().endsWith(".sql")) return runNotebookCommand(path, options);
  const given = (["output", "html", "timeout", "allowErrors"] as const).find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new Error(`--${given === "allowErrors" ? "allow-errors" : given} is for notebooks, and ${path} is a file of statements`);
  const { runSql } = await import("./sql.ts");
  return runSql(undefined, { file: path, cwd: dirname(resolve(path)), format: "table", param: options.param });
}

/** Runs a notebook, shows each cell's outcome as it comes, and writes the files asked for. Exit status 1 where a cell failed. */
async function runNotebookCommand(path: string, options: RunOptions): Promise<number> {
  const notebook = await readNotebook(path);
  const start = performance.now();
  const result = await runNotebook(path, notebook, KERNEL_ARGV, {
    parameters: readParameters(options.param),
    timeoutMs: readTimeout(options.timeout),
    allowErrors: options.allowErrors,
    stopped: untilStopped(),
    onJobs: (outputs) => outputs.forEach(printOutput),
    onCellStart: (cell, index, count) => print(`\n[${index + 1}/${count}] ${firstLine(textOf(cell.source))}`),
    onCellEnd: (_cell, outputs, elapsedMs) => {
      for (const output of outputs) printOutput(output);
      print(dim(`${(elapsedMs / 1000).toFixed(2)} s`));
    },
  });
  print("");
  await writeResults(path, result.notebook, options);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (result.errors === 0) {
    print(`${basename(path)} ran in ${seconds} s`);
    return 0;
  }
  process.stderr.write(`${basename(path)}: ${result.errors} ${result.errors === 1 ? "cell" : "cells"} failed\n`);
  return 1;
}

async function writeResults(path: string, notebook: Notebook, options: RunOptions): Promise<void> {
  if (options.output !== undefined) {
    await mkdir(dirname(resolve(options.output)), { recursive: true });
    await writeNotebook(options.output, notebook);
    print(`notebook: ${resolve(options.output)}`);
  }
  if (options.html !== undefined) {
    const { notebookPage } = await import("../kernel/notebook-html.ts");
    await mkdir(dirname(resolve(options.html)), { recursive: true });
    await writeFile(options.html, await notebookPage(notebook, basename(path, ".ipynb")));
    print(`page:     ${resolve(options.html)}`);
  }
}

function readParameters(given: readonly string[]): Record<string, string> {
  const entries = given.map((text) => {
    const match = /^(\w+)=([\s\S]*)$/.exec(text);
    if (match === null) throw new Error(`-p ${text}: expected name=value`);
    if (match[2].includes("\n")) throw new Error(`-p ${match[1]}: a notebook's parameter is one line`);
    return [match[1], match[2]];
  });
  return Object.fromEntries(entries);
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Error(`--timeout ${text}: expected a number of seconds above 0`);
  return seconds * 1000;
}

function printOutput(output: NotebookOutput): void {
  if (output.output_type === "stream") {
    (output.name === "stderr" ? process.stderr : process.stdout).write(textOf(output.text));
  } else if (output.output_type === "error") {
    const text = (output.traceback as string[]).join("\n");
    process.stderr.write(`${process.stderr.isTTY ? text : stripAnsi(text)}\n`);
  } else {
    print(textOf((output.data as Record<string, unknown>)["text/plain"]));
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);

/** First line that is not a magic or comment, if there is one; of a cell that is no SQL, what its magic says. */
function firstLine(source: string): string {
  const lines = source.split("\n").filter((line) => line.trim() !== "");
  const magic = lines.find((candidate) => takesText(/^\s*%%(\w+)/.exec(candidate)?.[1] ?? ""));
  const line = magic ?? lines.find((candidate) => !/^\s*(?:%%|--)/.test(candidate)) ?? lines[0] ?? "";
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
