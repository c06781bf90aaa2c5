import type { Handler } from "../handler.ts";

export const commInfo: Handler = {
  reply: "comm_info_reply",
  handle({ content }, kernel) {
    const target = typeof content.target_name === "string" ? content.target_name : undefined;
    return { status: "ok", comms: kernel.comms.info(target) };
  },
};
