import { randomUUID } from "node:crypto";
import { dirname, resolve } from "node:path";
import { type RunningKernel, startKernel } from "./client.ts";
import { type Notebook, type NotebookCell, type NotebookOutput, tagsOf, textOf } from "./notebook.ts";
import { OutputCollector } from "./notebook-outputs.ts";
import { parseParameter, writeParameter } from "./parameters.ts";

/** How long a kernel that was told to stop a cell may take before it is given up. */
const INTERRUPT_MS = 10_000;

export interface NotebookRunOptions {
  /** Values as `-p name=value` gives them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Milliseconds a cell may take; none by default. */
  readonly timeoutMs?: number;
  /** Goes on behind a cell that fails. */
  readonly allowErrors?: boolean;
  /** Resolves when the user has had enough: what runs is stopped cleanly. */
  readonly stopped?: Promise<void>;
  onCellStart?(cell: NotebookCell, index: number, count: number): void;
  /** What there is to say of jobs, once they have ended. */
  onJobs?(outputs: readonly NotebookOutput[]): void;
  onCellEnd?(cell: NotebookCell, outputs: readonly NotebookOutput[], elapsedMs: number): void;
}

export interface NotebookRunResult {
  readonly notebook: Notebook;
  /** Cells that failed. */
  readonly errors: number;
}

/** Runs a notebook's cells in order through a kernel of its own, which works in the notebook's folder. */
export async function runNotebook(
  path: string,
  notebook: Notebook,
  argv: readonly string[],
  options: NotebookRunOptions,
): Promise<NotebookRunResult> {
  const cells = withParameters(notebook, options.parameters);
  const kernel = await startKernel(argv, { cwd: dirname(resolve(path)) });
  let errors = 0;
  try {
    const code = cells.filter((cell) => cell.cell_type === "code" && textOf(cell.source).trim() !== "");
    for (const cell of cells) if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
    let isStopped = false;
    void options.stopped?.then(() => {
      isStopped = true;
      return kernel.client.interrupt().catch(() => undefined);
    });
    for (const [index, cell] of code.entries()) {
      if (isStopped) break;
      options.onCellStart?.(cell, index, code.length);
      const start = performance.now();
      const failed = await runCell(kernel, cell, options.timeoutMs);
      options.onCellEnd?.(cell, cell.outputs ?? [], performance.now() - start);
      if (failed) errors += 1;
      if (failed && !options.allowErrors) break;
    }
    if (errors === 0 || options.allowErrors) errors += await waitForJobs(kernel, options);
    const info = await kernel.client.request("kernel_info_request", {});
    const metadata = {
      ...notebook.metadata,
      kernelspec: notebook.metadata.kernelspec ?? { display_name: "Weir SQL", language: "sql", name: "weir" },
      language_info: info.reply.content.language_info,
    };
    return { notebook: { ...notebook, metadata, cells }, errors };
  } finally {
    await kernel.stop();
  }
}

/** Jobs that the cells have started run until they end, or the user stops them: then their last checkpoint holds. Gives the number of failures. */
async function waitForJobs(kernel: RunningKernel, { stopped, onJobs }: NotebookRunOptions): Promise<number> {
  const collector = new OutputCollector();
  const waiting = kernel.client.execute("%jobs wait", {
    content: { store_history: false },
    onPublished: (message) => collector.receive(message),
  });
  const exchange = await (stopped === undefined ? waiting : Promise.race([waiting, stopped]));
  onJobs?.(collector.outputs);
  return exchange === undefined || exchange.reply.content.status === "ok" ? 0 : 1;
}

/** Whether the cell failed that should not have: one tagged `raises-exception` may. */
async function runCell(kernel: RunningKernel, cell: NotebookCell, timeoutMs: number | undefined): Promise<boolean> {
  const collector = new OutputCollector();
  const running = kernel.client.execute(textOf(cell.source), { onPublished: (message) => collector.receive(message) });
  const timers: NodeJS.Timeout[] = [];
  let isOver = false;
  const timedOut =
    timeoutMs &&
    new Promise<never>((_, reject) => {
      const onTimeout = () => {
        isOver = true;
        void kernel.client.interrupt().catch(() => undefined);
        const giveUp = () => reject(new Error(`a cell ran over its ${timeoutMs / 1000} s and could not be interrupted`));
        timers.push(setTimeout(giveUp, INTERRUPT_MS));
      };
      timers.push(setTimeout(onTimeout, timeoutMs));
    });
  try {
    const { reply } = await (timedOut ? Promise.race([running, timedOut]) : running);
    const over = `the cell was interrupted: it ran longer than ${(timeoutMs ?? 0) / 1000} s\n`;
    cell.outputs = isOver ? [...collector.outputs, { output_type: "stream", name: "stderr", text: over }] : collector.outputs;
    cell.execution_count = reply.content.execution_count as number;
    return reply.content.status !== "ok" && !tagsOf(cell).includes("raises-exception");
  } finally {
    timers.forEach(clearTimeout);
  }
}

/**
 * The notebook's cells, with one of `%param` lines put behind the cell tagged `parameters`, or at the top where there is none.
 * A cell that an earlier run put in is replaced.
 */
function withParameters(notebook: Notebook, parameters: Readonly<Record<string, string>>): NotebookCell[] {
  const names = Object.keys(parameters);
  const cells = notebook.cells.map((cell) => ({ ...cell }));
  if (names.length === 0) return cells;
  const kept = cells.filter((cell) => !tagsOf(cell).includes("injected-parameters"));
  const injected: NotebookCell = {
    cell_type: "code",
    ...(notebook.nbformat_minor >= 5 ? { id: randomUUID().slice(0, 8) } : {}),
    metadata: { tags: ["injected-parameters"] },
    source: names.map((name) => `%param ${name} = ${writeParameter(parseParameter(parameters[name]))}`).join("\n"),
    outputs: [],
    execution_count: null,
  };
  kept.splice(kept.findIndex((cell) => tagsOf(cell).includes("parameters")) + 1, 0, injected);
  return kept;
}
