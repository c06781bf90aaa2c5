import { isComplete as isCompleteSql } from "../../src/engine/index.ts";
import { parseCell } from "../cell.ts";
import type { Handler } from "../handler.ts";
import { MAGICS } from "../magics/registry.ts";
import { readTypeScript } from "../typescript-text.ts";

/** Whether Enter should run the text. Magics are complete at the end of their line, but for those that need SQL below or behind them. */
export const isComplete: Handler = {
  reply: "is_complete_reply",
  handle({ content }) {
    const { status, indent } = completeness(String(content.code ?? ""));
    return status === "incomplete" ? { status, indent: indent ?? "" } : { status };
  },
};

function completeness(code: string): ReturnType<typeof isCompleteSql> {
  const cell = parseCell(code);
  const calls = [...cell.modifiers, ...cell.steps.flatMap((step) => (step.kind === "magic" ? [step.call] : []))];
  if (calls.some((call) => !MAGICS.has(call.name))) return { status: "invalid" };
  if (cell.body !== undefined) {
    const text = code.slice(cell.body.start, cell.body.end);
    // What a file is to hold may be anything: an empty line ends it.
    if (cell.modifiers.some((call) => MAGICS.get(call.name)?.takeBody !== undefined))
      return { status: text.trim() !== "" && /\n[ \t]*$/.test(text) ? "complete" : "incomplete" };
    const { open, hasCode } = readTypeScript(text);
    return open > 0 || !hasCode ? { status: "incomplete", indent: "  ".repeat(open) } : { status: "complete" };
  }
  const needsMore = cell.steps.some((step) => step.kind === "magic" && MAGICS.get(step.call.name)?.precedesSql);
  if (needsMore || (cell.modifiers.length > 0 && cell.steps.length === 0)) return { status: "incomplete" };
  for (const step of cell.steps) {
    if (step.kind === "magic") continue;
    const result = isCompleteSql(code.slice(step.statements[0].start, step.statements.at(-1)?.end));
    if (result.status !== "complete") return result;
  }
  return isCompleteSql(cell.steps.length === 0 ? code.slice(cell.modifiers.at(-1)?.span.end ?? 0) : "");
}
