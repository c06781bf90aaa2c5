import type { Handler } from "../handler.ts";

export const createSubshell: Handler = {
  reply: "create_subshell_reply",
  handle: (_request, kernel) => ({ status: "ok", subshell_id: kernel.subshells.create() }),
};

export const deleteSubshell: Handler = {
  reply: "delete_subshell_reply",
  handle({ content }, kernel) {
    kernel.subshells.delete(String(content.subshell_id));
    return { status: "ok" };
  },
};

export const listSubshell: Handler = {
  reply: "list_subshell_reply",
  handle: (_request, kernel) => ({ status: "ok", subshell_id: kernel.subshells.ids }),
};
