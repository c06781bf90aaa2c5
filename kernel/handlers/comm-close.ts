import type { Handler } from "../kernel.ts";

/** No comm is ever open, so there is nothing to close. */
export const commClose: Handler = { reply: undefined, handle: () => undefined };
