import type { Handler } from "../handler.ts";

/** Whoever opens a comm to a target that does not exist is told so by `comm_close`, on iopub. */
export const commOpen: Handler = {
  reply: undefined,
  handle(request) {
    request.publish("comm_close", { comm_id: String(request.content.comm_id ?? ""), data: {} });
    return undefined;
  },
};
