import type { Handler } from "../handler.ts";

export const commMessage: Handler = {
  reply: undefined,
  handle(request, kernel) {
    kernel.comms.receiveMessage(request);
    return undefined;
  },
};
