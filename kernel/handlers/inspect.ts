import { codePointToOffset } from "../../src/engine/index.ts";
import type { Handler } from "../handler.ts";
import { inspectCell } from "../inspect-cell.ts";

export const inspect: Handler = {
  reply: "inspect_reply",
  async handle({ content }, kernel) {
    const text = String(content.code ?? "");
    const cursor = codePointToOffset(text, Number(content.cursor_pos ?? 0));
    const data = await inspectCell(text, cursor, await kernel.engine);
    return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
  },
};
