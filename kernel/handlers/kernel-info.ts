import type { Handler } from "../handler.ts";
import { PROTOCOL_VERSION } from "../message.ts";
import { IMPLEMENTATION, VERSION } from "../version.ts";

export const kernelInfo: Handler = {
  reply: "kernel_info_reply",
  handle: () => ({
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: IMPLEMENTATION,
    implementation_version: VERSION,
    language_info: {
      name: "sql",
      version: VERSION,
      mimetype: "text/x-sql",
      file_extension: ".sql",
      pygments_lexer: "sql",
      codemirror_mode: "sql",
      nbconvert_exporter: "script",
    },
    banner: `Weir ${VERSION}: streaming SQL. %help lists what there is.`,
    help_links: [{ text: "DuckDB's SQL, which Weir's follows", url: "https://duckdb.org/docs/stable/sql/introduction" }],
    supported_features: ["kernel subshells"],
    debugger: false,
  }),
};
