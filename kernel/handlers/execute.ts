import type { EngineClient } from "../../src/engine/index.ts";
import { CellRun } from "../cell-run.ts";
import { resultBundle } from "../display.ts";
import { errorContent } from "../error-display.ts";
import type { Handler, KernelRequest, KernelState } from "../handler.ts";
import { cellKey, deletedCells } from "../live/live-cells.ts";
import type { JsonObject } from "../message.ts";
import { Output } from "../output.ts";
import { Printed } from "../printed.ts";

export const execute: Handler = {
  reply: "execute_reply",
  async handle(request, kernel) {
    const code = String(request.content.code ?? "");
    const silent = request.content.silent === true;
    const stored = !silent && request.content.store_history !== false;
    if (stored) {
      kernel.executionCount += 1;
      kernel.history.append(kernel.executionCount, code);
    }
    const execution_count = kernel.executionCount;
    if (!silent) request.publish("execute_input", { code, execution_count });
    const output = new Output(request, silent, execution_count);
    const printed = new Printed(output);
    const { signal, end } = kernel.startForeground();
    try {
      const engine = await kernel.engine;
      if (!silent) engine.onPrint((text) => printed.take(text));
      if (!silent) await endEarlierRuns(request, kernel, code);
      const run = new CellRun({ kernel, engine, request, output, signal, cellNumber: silent ? undefined : execution_count });
      await run.run(code).finally(() => printed.flush());
      output.endProgress();
      if (stored && output.resultText !== undefined) kernel.history.setOutput(execution_count, output.resultText);
      const user_expressions = await evaluate(request.content.user_expressions, engine, kernel);
      return { status: "ok", execution_count, payload: output.payload, user_expressions };
    } catch (error) {
      const content = errorContent(error, code);
      output.error(content);
      return { status: "error", execution_count, ...content };
    } finally {
      end();
    }
  },
};

/** A cell that is run again takes the place of its live queries; those of deleted cells end. */
async function endEarlierRuns({ message: { metadata } }: KernelRequest, kernel: KernelState, code: string): Promise<void> {
  await Promise.all([...deletedCells(metadata), cellKey(metadata, code)].map((cell) => kernel.live.end(cell)));
}

/** Each expression as SQL: a query, or what can stand behind SELECT. */
async function evaluate(expressions: unknown, engine: EngineClient, kernel: KernelState): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const [name, expression] of Object.entries((expressions ?? {}) as JsonObject)) {
    values[name] = await evaluateOne(String(expression), engine, kernel);
  }
  return values;
}

async function evaluateOne(expression: string, engine: EngineClient, kernel: KernelState): Promise<JsonObject> {
  const code = /^\s*(?:select|with|from|values|show|describe|summarize|explain)\b/i.test(expression) ? expression : `SELECT ${expression}`;
  let data: JsonObject = { "text/plain": "" };
  const outcome = await engine.run(
    { code, parameters: kernel.parameters, unattended: true },
    {
      onResult: (result) => {
        data = { ...resultBundle(result) };
      },
    },
  );
  if (outcome.error === undefined) return { status: "ok", data, metadata: {} };
  return { status: "error", ...errorContent(outcome.error, code) };
}
