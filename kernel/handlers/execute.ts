import type { EngineClient } from "../../src/engine/index.ts";
import { CellRun } from "../cell-run.ts";
import { resultBundle } from "../display.ts";
import { errorContent } from "../error-display.ts";
import type { Handler, KernelState } from "../handler.ts";
import type { JsonObject } from "../message.ts";
import { Output } from "../output.ts";

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
    const signal = kernel.startForeground();
    try {
      const engine = await kernel.engine;
      const run = new CellRun({ kernel, engine, request, output, signal, cellNumber: silent ? undefined : execution_count });
      await run.run(code);
      output.endProgress();
      if (stored && output.resultText !== undefined) kernel.history.setOutput(execution_count, output.resultText);
      const user_expressions = await evaluate(request.content.user_expressions, engine, kernel);
      return { status: "ok", execution_count, payload: output.payload, user_expressions };
    } catch (error) {
      const content = errorContent(error, code);
      output.error(content);
      return { status: "error", execution_count, ...content };
    }
  },
};

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
    { code, parameters: kernel.parameters },
    {
      onResult: (result) => {
        data = { ...resultBundle(result) };
      },
    },
  );
  if (outcome.error === undefined) return { status: "ok", data, metadata: {} };
  return { status: "error", ...errorContent(outcome.error, code) };
}
