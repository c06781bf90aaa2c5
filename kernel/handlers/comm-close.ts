import type { Handler } from "../handler.ts";

export const commClose: Handler = {
  reply: undefined,
  handle(request, kernel) {
    kernel.comms.receiveClose(request);
    return undefined;
  },
};
