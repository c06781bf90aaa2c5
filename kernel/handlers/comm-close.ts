import type { Handler } from "../handler.ts";

/** No comm is ever open, so there is nothing to close. */
export const commClose: Handler = { reply: undefined, handle: () => undefined };
