import { bindError, nearestName, type Span } from "../core/errors.ts";
import { parseInterval } from "../core/interval.ts";
import type { Value } from "../core/value.ts";

export type SettingValue = string | number | boolean;

/** One setting of a session. */
export interface SettingDefinition {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: "VARCHAR" | "BIGINT" | "BOOLEAN";
  readonly default: SettingValue;
  readonly doc: string;
  /** The value as it is kept, from one of the right type; throws a bind error that says what is allowed. */
  readonly check?: (value: SettingValue, span?: Span) => SettingValue;
}

const oneOf =
  (name: string, values: readonly string[]) =>
  (value: SettingValue, span?: Span): SettingValue => {
    const wanted = String(value).toLowerCase();
    if (values.includes(wanted)) return wanted;
    const near = nearestName(wanted, values);
    throw bindError(`${name} cannot be '${value}'`, span, near === undefined ? `one of ${values.join(", ")}` : `did you mean '${near}'?`);
  };

const between =
  (name: string, min: number, max: number) =>
  (value: SettingValue, span?: Span): SettingValue => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw bindError(`${name} cannot be ${value}`, span, `a whole number from ${min} to ${max}`);
  };

/** Zones are those of the JavaScript engine's ICU data, under their IANA names. */
function checkTimeZone(value: SettingValue, span?: Span): SettingValue {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: String(value) }).resolvedOptions().timeZone;
  } catch (cause) {
    const near = nearestName(String(value), ["UTC", ...Intl.supportedValuesOf("timeZone")]);
    const error = bindError(
      `unknown time zone '${value}'`,
      span,
      near === undefined ? "an IANA name such as 'Europe/Berlin'" : `did you mean '${near}'?`,
    );
    error.cause = cause;
    throw error;
  }
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of a size such as '512MB' (powers of 1000) or '2GiB' (powers of 1024); undefined if it is not one. */
export function parseByteSize(text: string): number | undefined {
  const match = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match === null ? undefined : BYTE_UNITS[match[2].toLowerCase()];
  return match === null || unit === undefined ? undefined : Math.floor(Number(match[1]) * unit);
}

/** Microseconds of a setting such as '10 seconds' or '1 hour'; undefined where it is empty. */
export function durationMicros(value: SettingValue): number | undefined {
  const text = String(value).trim();
  if (text === "") return undefined;
  const parsed = parseInterval(text);
  if (parsed === undefined || "unknownUnit" in parsed || parsed.months !== 0) return undefined;
  const micros = parsed.days * 86_400e6 + parsed.micros;
  return micros > 0 ? micros : undefined;
}

const checkDuration =
  (name: string) =>
  (value: SettingValue, span?: Span): SettingValue => {
    const text = String(value).trim();
    if (text === "" || durationMicros(text) !== undefined) return text;
    throw bindError(`${name} cannot be '${value}'`, span, "a length of time such as '10 seconds' or '1 hour', or '' for none");
  };

const checkMemoryLimit =
  (name: string) =>
  (value: SettingValue, span?: Span): SettingValue => {
    const bytes = parseByteSize(String(value));
    if (bytes === undefined || bytes < 1) throw bindError(`${name} cannot be '${value}'`, span, "a size such as '512MB' or '4GB'");
    return String(value).trim();
  };

/** Every setting there is; `SET`, `RESET`, `SHOW SETTINGS` and completion read this list. */
export const SETTINGS: readonly SettingDefinition[] = [
  {
    name: "memory_limit",
    aliases: ["max_memory"],
    type: "VARCHAR",
    default: "2GB",
    doc: "Memory that queries of this session may hold together; the one that goes over it fails.",
    check: checkMemoryLimit("memory_limit"),
  },
  {
    name: "threads",
    aliases: ["worker_threads"],
    type: "BIGINT",
    default: 2,
    doc: "Threads that large scans and aggregations are spread over.",
    check: between("threads", 1, 64),
  },
  {
    name: "TimeZone",
    aliases: ["time_zone"],
    type: "VARCHAR",
    default: "UTC",
    doc: "Zone in which TIMESTAMP WITH TIME ZONE is shown, read and cut into days.",
    check: checkTimeZone,
  },
  { name: "progress", type: "BOOLEAN", default: true, doc: "Whether long queries show their progress." },
  {
    name: "max_rows_shown",
    type: "BIGINT",
    default: 1000,
    doc: "Rows of a result that a notebook shows; the whole result stays in the engine.",
    check: between("max_rows_shown", 1, 1000),
  },
  {
    name: "clock",
    type: "VARCHAR",
    default: "wall",
    doc: "What streams take for the present time: 'wall', or 'virtual', which jumps to the next event as soon as nothing is left to do, so that runs are the same every time.",
    check: oneOf("clock", ["wall", "virtual"]),
  },
  {
    name: "state_ttl",
    type: "VARCHAR",
    default: "",
    doc: "How long state of a streaming query is kept without being touched, such as '1 hour'; empty: for ever.",
    check: checkDuration("state_ttl"),
  },
  {
    name: "allow_unbounded_state",
    type: "BOOLEAN",
    default: false,
    doc: "Whether streaming queries may run whose state grows with every row.",
  },
  {
    name: "allowed_lateness",
    type: "VARCHAR",
    default: "",
    doc: "How long after its close a window still takes late rows, such as '10 seconds'; ALLOWED LATENESS in a query outranks it.",
    check: checkDuration("allowed_lateness"),
  },
  {
    name: "checkpoint_interval",
    type: "VARCHAR",
    default: "10 seconds",
    doc: "Time between the checkpoints of a job; checkpoint_interval in CREATE JOB … WITH (…) outranks it.",
    check: (value, span) => {
      if (durationMicros(value) !== undefined) return String(value).trim();
      throw bindError(`checkpoint_interval cannot be '${value}'`, span, "a length of time such as '10 seconds'");
    },
  },
  {
    name: "function_timeout",
    type: "VARCHAR",
    default: "5 seconds",
    doc: "How long functions of the user's own may take for one piece of work, a batch of rows at most, before the query fails; empty: for ever.",
    check: checkDuration("function_timeout"),
  },
  {
    name: "live_rows_kept",
    type: "BIGINT",
    default: 100_000,
    doc: "Rows that a live query without an end keeps of a result that only grows: the last ones.",
    check: between("live_rows_kept", 1, 100_000_000),
  },
  {
    name: "live_rows_shown",
    type: "BIGINT",
    default: 25,
    doc: "Rows of a live table: the last of a result that grows, the first of one that changes.",
    check: between("live_rows_shown", 1, 200),
  },
  {
    name: "live_seconds_unattended",
    type: "BIGINT",
    default: 10,
    doc: "Seconds after which a query without an end is stopped where nobody is there to stop it.",
    check: between("live_seconds_unattended", 1, 86_400),
  },
  {
    name: "live_widget",
    type: "BOOLEAN",
    default: false,
    doc: "Whether live outputs are widgets (the front end needs anywidget), which keep zoom and scroll position.",
  },
  {
    name: "model_memory_limit",
    type: "VARCHAR",
    default: "2GB",
    doc: "Memory that the process of a model may hold, the process itself with it; the property 'memory_limit' of CREATE MODEL outranks it.",
    check: checkMemoryLimit("model_memory_limit"),
  },
  {
    name: "model_timeout",
    type: "VARCHAR",
    default: "30 seconds",
    doc: "How long a model may take to load, and to score one batch; the property 'timeout' of CREATE MODEL outranks it.",
    check: (value, span) => {
      if (durationMicros(value) !== undefined) return String(value).trim();
      throw bindError(`model_timeout cannot be '${value}'`, span, "a length of time such as '30 seconds'");
    },
  },
  {
    name: "errors",
    type: "VARCHAR",
    default: "short",
    doc: "How errors are shown: 'short' (message, place, hint) or 'full' (with the stack as well).",
    check: oneOf("errors", ["short", "full"]),
  },
];

/** Values of one session's settings. */
export class Settings {
  readonly #values = new Map<string, SettingValue>();

  /** The definition of a name or alias, or an error that suggests the nearest one. */
  static find(name: string, span?: Span): SettingDefinition {
    const wanted = name.toLowerCase();
    const names = (setting: SettingDefinition) => [setting.name, ...(setting.aliases ?? [])];
    const found = SETTINGS.find((setting) => names(setting).some((candidate) => candidate.toLowerCase() === wanted));
    if (found !== undefined) return found;
    const near = nearestName(name, SETTINGS.flatMap(names));
    throw bindError(`unknown setting "${name}"`, span, near === undefined ? "SHOW SETTINGS lists them" : `did you mean "${near}"?`);
  }

  get(name: string, span?: Span): SettingValue {
    const setting = Settings.find(name, span);
    return this.#values.get(setting.name) ?? setting.default;
  }

  /** Checks and keeps a value; returns the definition. */
  set(name: string, value: Value, span?: Span): SettingDefinition {
    const setting = Settings.find(name, span);
    const typed = convert(setting, value, span);
    this.#values.set(setting.name, setting.check === undefined ? typed : setting.check(typed, span));
    return setting;
  }

  reset(name: string, span?: Span): SettingDefinition {
    const setting = Settings.find(name, span);
    this.#values.delete(setting.name);
    return setting;
  }

  /** All settings with their present values, by name. */
  all(): readonly { readonly setting: SettingDefinition; readonly value: SettingValue }[] {
    return SETTINGS.map((setting) => ({ setting, value: this.get(setting.name) }));
  }

  /** Bytes of `memory_limit`. */
  memoryLimitBytes(): number {
    return parseByteSize(String(this.get("memory_limit"))) as number;
  }
}

const TRUE_WORDS = ["true", "on", "yes", "1"];
const FALSE_WORDS = ["false", "off", "no", "0"];

function convert(setting: SettingDefinition, value: Value, span?: Span): SettingValue {
  const text = typeof value === "object" ? "" : String(value);
  switch (setting.type) {
    case "BOOLEAN":
      if (TRUE_WORDS.includes(text.toLowerCase())) return true;
      if (FALSE_WORDS.includes(text.toLowerCase())) return false;
      break;
    case "BIGINT":
      if (text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
      break;
    case "VARCHAR":
      if (text !== "" || value === "") return text;
  }
  throw bindError(`${setting.name} cannot be ${value === null ? "NULL" : `'${text}'`}`, span, `it takes a ${setting.type}`);
}
