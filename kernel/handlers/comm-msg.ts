import type { Handler } from "../handler.ts";

/** A message to a comm that does not exist, as after a restart: its sender is told that it is closed. */
export const commMessage: Handler = {
  reply: undefined,
  handle(request) {
    request.publish("comm_close", { comm_id: String(request.content.comm_id ?? ""), data: {} });
    return undefined;
  },
};
