import type { FunctionInfo } from "./function-info.ts";

/** Functions in FROM whose arguments are a table, a descriptor or a model: the binder has them, not the registry. */
export const TABLE_SYNTAX: readonly FunctionInfo[] = [
  info(
    "tumble",
    "windows",
    "TABLE t, DESCRIPTOR(ts), size [, offset]",
    "Rows with the window of that size they fall into.",
    "SELECT window_start, count(*) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE) GROUP BY ALL",
  ),
  info(
    "hop",
    "windows",
    "TABLE t, DESCRIPTOR(ts), slide, size [, offset]",
    "Rows with each window they fall into; one begins every slide.",
    "SELECT window_start, count(*) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE) GROUP BY ALL",
  ),
  info(
    "cumulate",
    "windows",
    "TABLE t, DESCRIPTOR(ts), step, size [, offset]",
    "Rows with windows that grow by steps up to the size.",
    "SELECT window_end, count(*) FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '10' MINUTE) GROUP BY ALL",
  ),
  info(
    "session",
    "windows",
    "TABLE t [PARTITION BY k], DESCRIPTOR(ts), gap",
    "Rows with their session: it ends where none comes for the gap.",
    "SELECT k, window_start, count(*) FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE) GROUP BY ALL",
  ),
  info(
    "count_window",
    "windows",
    "TABLE t [PARTITION BY k], rows [, slide]",
    "Rows with windows of a number of rows.",
    "SELECT k, avg(x) FROM COUNT_WINDOW(TABLE t PARTITION BY k, 100) GROUP BY ALL",
  ),
  info(
    "replay",
    "windows",
    "TABLE t, DESCRIPTOR(ts) [, speed => 60]",
    "A table as a stream, at the pace of its times.",
    "SELECT * FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 60)",
  ),
  info(
    "ml_predict",
    "models",
    "TABLE t, MODEL m [, DESCRIPTOR(a, b)]",
    "Rows with a model's outputs; the descriptor names its inputs.",
    "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))",
  ),
  info(
    "ml_evaluate",
    "models",
    "TABLE t, MODEL m, DESCRIPTOR(label) [, DESCRIPTOR(a, b)]",
    "One row that says how good a model is on rows whose answer is known.",
    "SELECT * FROM ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, b))",
  ),
];

function info(name: string, family: string, params: string, summary: string, example: string): FunctionInfo {
  const call = `${name.toUpperCase()}(${params})`;
  return { kind: "table", name, aliases: [], family, call, signatures: [`${call} → rows`], summary, example, result: "", options: [] };
}
