import type { Handler } from "../handler.ts";

const numberOr = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

export const history: Handler = {
  reply: "history_reply",
  async handle({ content }, kernel) {
    const entries = await (() => {
      switch (content.hist_access_type) {
        case "range":
          return kernel.history.range(numberOr(content.session, 0), numberOr(content.start, 0), numberOr(content.stop, Infinity));
        case "search":
          return kernel.history.search(String(content.pattern ?? "*"), numberOr(content.n, Infinity), content.unique === true);
        default:
          return kernel.history.tail(numberOr(content.n, Infinity));
      }
    })();
    const withOutput = content.output === true;
    return {
      status: "ok",
      history: entries.map((entry) => [entry.session, entry.line, withOutput ? [entry.input, entry.output ?? null] : entry.input]),
    };
  },
};
