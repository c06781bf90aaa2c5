import type { Handler } from "../handler.ts";

/** The kernel ends after this reply, which is also published for the other clients. */
export const shutdown: Handler = {
  reply: "shutdown_reply",
  handle: (request) => ({ status: "ok", restart: request.content.restart === true }),
};
