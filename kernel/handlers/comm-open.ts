import type { Handler } from "../handler.ts";

/** Whoever opens a comm to a target that does not exist is told so by `comm_close`, on iopub. */
export const commOpen: Handler = {
  reply: undefined,
  handle(request, kernel) {
    kernel.comms.receiveOpen(request);
    return undefined;
  },
};
