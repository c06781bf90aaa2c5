import { Ajv, type ValidateFunction } from "ajv";
import type { Message } from "../../kernel/message.ts";

/** JSON schemas of every message this kernel sends, after the protocol's description at version 5.5. */

type Schema = Record<string, unknown>;

const text = { type: "string" };
const integer = { type: "integer" };
const flag = { type: "boolean" };
const anyObject = { type: "object" };
const mimeBundle = {
  type: "object",
  minProperties: 1,
  propertyNames: { pattern: "^[\\w\\-+.]+/[\\w\\-+.]+$" },
  additionalProperties: true,
};

const object = (properties: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema => ({
  type: "object",
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
  additionalProperties: false,
});

const failure = { ename: text, evalue: text, traceback: { type: "array", items: text } };

/** A reply is `ok` with its own fields, or an error. */
const reply = (properties: Record<string, Schema>, optional: Record<string, Schema> = {}, always: Record<string, Schema> = {}): Schema => ({
  oneOf: [
    object({ status: { const: "ok" }, ...always, ...properties }, optional),
    object({ status: { enum: ["error", "aborted"] }, ...always, ...failure }),
  ],
});

const CONTENT: Readonly<Record<string, Schema>> = {
  status: object({ execution_state: { enum: ["starting", "busy", "idle"] } }),
  iopub_welcome: object({ subscription: text }),
  stream: object({ name: { enum: ["stdout", "stderr"] }, text }),
  execute_input: object({ code: text, execution_count: integer }),
  display_data: object({ data: mimeBundle, metadata: anyObject, transient: object({}, { display_id: text }) }),
  update_display_data: object({ data: mimeBundle, metadata: anyObject, transient: object({ display_id: text }) }),
  execute_result: object({ execution_count: integer, data: mimeBundle, metadata: anyObject }),
  error: object(failure),
  clear_output: object({ wait: flag }),
  comm_open: object({ comm_id: text, target_name: text, data: anyObject }),
  comm_msg: object({ comm_id: text, data: anyObject }),
  comm_close: object({ comm_id: text, data: anyObject }),
  input_request: object({ prompt: text, password: flag }),
  kernel_info_reply: reply(
    {
      protocol_version: { const: "5.5" },
      implementation: text,
      implementation_version: text,
      language_info: object(
        { name: { const: "sql" }, version: text, mimetype: text, file_extension: { type: "string", pattern: "^\\." } },
        { pygments_lexer: text, codemirror_mode: text, nbconvert_exporter: text },
      ),
      banner: text,
      help_links: { type: "array", items: object({ text, url: { type: "string", pattern: "^https://" } }) },
      supported_features: { type: "array", items: text },
      debugger: flag,
    },
    {},
  ),
  execute_reply: reply(
    {
      payload: { type: "array", items: object({ source: { const: "page" }, data: mimeBundle, start: integer }) },
      user_expressions: {
        type: "object",
        additionalProperties: {
          oneOf: [
            object({ status: { const: "ok" }, data: mimeBundle, metadata: anyObject }),
            object({ status: { const: "error" }, ...failure }),
          ],
        },
      },
    },
    {},
    { execution_count: integer },
  ),
  complete_reply: reply({
    matches: { type: "array", items: text },
    cursor_start: integer,
    cursor_end: integer,
    metadata: object({
      _jupyter_types_experimental: {
        type: "array",
        items: object({ start: integer, end: integer, text, type: { type: "string", minLength: 1 }, signature: text }),
      },
    }),
  }),
  inspect_reply: reply({ found: flag, data: anyObject, metadata: anyObject }),
  is_complete_reply: {
    oneOf: [object({ status: { enum: ["complete", "invalid", "unknown"] } }), object({ status: { const: "incomplete" }, indent: text })],
  },
  history_reply: reply({
    history: {
      type: "array",
      items: {
        type: "array",
        minItems: 3,
        maxItems: 3,
        items: { oneOf: [integer, text, { type: "array", minItems: 2, maxItems: 2 }] },
      },
    },
  }),
  comm_info_reply: reply({ comms: { type: "object", additionalProperties: object({ target_name: text }) } }),
  interrupt_reply: reply({}),
  shutdown_reply: reply({ restart: flag }),
  create_subshell_reply: reply({ subshell_id: text }),
  delete_subshell_reply: reply({}),
  list_subshell_reply: reply({ subshell_id: { type: "array", items: text } }),
};

const HEADER = object({
  msg_id: { type: "string", minLength: 1 },
  session: { type: "string", minLength: 1 },
  username: text,
  date: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z$" },
  msg_type: text,
  version: { const: "5.5" },
});

/** Messages that nobody asked for. */
const WITHOUT_PARENT = new Set(["iopub_welcome"]);

const ajv = new Ajv({ strict: false, allErrors: true });
const checkHeader = ajv.compile(HEADER);
const checkContent = new Map<string, ValidateFunction>(Object.entries(CONTENT).map(([type, schema]) => [type, ajv.compile(schema)]));

/** What is wrong with a message; empty where nothing is. */
export function messageFaults(message: Message): string[] {
  const { msg_type } = message.header;
  const faults: string[] = [];
  if (!checkHeader(message.header)) faults.push(`header: ${ajv.errorsText(checkHeader.errors)}`);
  const check = checkContent.get(msg_type);
  if (check === undefined) faults.push("unknown message type");
  else if (!check(message.content)) faults.push(`content: ${ajv.errorsText(check.errors)} in ${JSON.stringify(message.content)}`);
  const orphan = WITHOUT_PARENT.has(msg_type) || message.content.execution_state === "starting";
  if (orphan !== (message.parent.msg_id === undefined)) faults.push(orphan ? "has a parent" : "has no parent");
  return faults.map((fault) => `${msg_type}: ${fault}`);
}
