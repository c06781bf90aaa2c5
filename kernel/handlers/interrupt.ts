import type { Handler } from "../handler.ts";

export const interrupt: Handler = {
  reply: "interrupt_reply",
  async handle(request, kernel) {
    const lost = await kernel.interrupt();
    if (lost !== undefined) request.publish("stream", { name: "stderr", text: `warning: ${lost}\n` });
    return { status: "ok" };
  },
};
