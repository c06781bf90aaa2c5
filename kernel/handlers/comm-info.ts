import type { Handler } from "../handler.ts";

/** This kernel opens no comms, and accepts none. */
export const commInfo: Handler = { reply: "comm_info_reply", handle: () => ({ status: "ok", comms: {} }) };
