import { codePointToOffset, offsetToCodePoint } from "../../src/engine/index.ts";
import { completeCell } from "../complete-cell.ts";
import type { Handler } from "../handler.ts";

/** How long completion waits for the columns of a file that it meets for the first time. */
const FILE_MS = 150;

/** Cursor positions on the wire count code points; inside, UTF-16 units. */
export const complete: Handler = {
  reply: "complete_reply",
  async handle({ content }, kernel) {
    const text = String(content.code ?? "");
    const cursor = codePointToOffset(text, Number(content.cursor_pos ?? 0));
    const files = await kernel.files;
    const find = async () => completeCell(text, cursor, await kernel.engine, files, Object.keys(kernel.parameters));
    let found = await find();
    if (files.isAsking) {
      await files.settled(FILE_MS);
      found = await find();
    }
    const { start, end, suggestions } = found;
    const cursor_start = offsetToCodePoint(text, start);
    const cursor_end = offsetToCodePoint(text, end);
    return {
      status: "ok",
      matches: suggestions.map((suggestion) => suggestion.text),
      cursor_start,
      cursor_end,
      metadata: {
        _jupyter_types_experimental: suggestions.map(({ text: match, type, signature }) => ({
          start: cursor_start,
          end: cursor_end,
          text: match,
          type,
          signature: signature ?? "",
        })),
      },
    };
  },
};
