import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError, type WeirError } from "../../core/errors.ts";
import { type DataType, DOUBLE, integerRange, isFloating, isInteger, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { codePointLength, sliceCodePoints } from "./code-points.ts";
import { fixed, general, group, scientific, shortest } from "./number-format.ts";

type ArgumentKind = "integer" | "unsigned" | "float" | "string" | "boolean";
type Argument = number | bigint | string | boolean;

/** How one argument is shown. */
interface Spec {
  readonly fill: string;
  readonly align: "<" | ">" | "^" | "=" | "";
  readonly sign: "+" | " " | "-" | "";
  readonly alternate: boolean;
  /** Whether a zero has its prefix too: 0x0. */
  readonly prefixZero: boolean;
  readonly width: number;
  readonly separator: string;
  readonly precision: number | undefined;
  readonly type: string;
}

interface Field {
  readonly index: number;
  readonly spec: Spec;
  /** Arguments that give width and precision (printf's *). */
  readonly widthFrom?: number;
  readonly precisionFrom?: number;
}

type Piece = string | Field;

const invalid = (text: string): WeirError => runtimeError(`invalid format string: '${text}'`);

const SPEC = /^(?:([^{}])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?(?:([,_'])|t(.))?(?:\.(\d+))?([a-zA-Z%])?$/su;

function parseSpec(text: string): Spec {
  const match = SPEC.exec(text);
  if (match === null) throw invalid(`{:${text}}`);
  const [, fill, align, sign, alternate, zero, width, separator, ownSeparator, precision, type] = match;
  const zeroFill = zero !== undefined && align === undefined;
  return {
    fill: fill ?? (zeroFill ? "0" : " "),
    align: zeroFill ? "=" : ((align ?? "") as Spec["align"]),
    sign: (sign ?? "") as Spec["sign"],
    alternate: alternate !== undefined,
    prefixZero: type !== "o",
    width: Number(width ?? 0),
    separator: separator ?? ownSeparator ?? "",
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? "",
  };
}

/** Python-like fields: {}, {0}, {:05.2f}; {{ and }} are braces. */
function parseFormat(format: string): Piece[] {
  const pieces: Piece[] = [];
  let next = 0;
  let literal = "";
  for (let i = 0; i < format.length; ) {
    const c = format[i];
    if (c !== "{" && c !== "}") {
      literal += c;
      i++;
    } else if (format[i + 1] === c) {
      literal += c;
      i += 2;
    } else {
      const end = format.indexOf("}", i);
      if (c === "}" || end === -1) throw invalid(format);
      const match = /^(\d*)(?::(.*))?$/s.exec(format.slice(i + 1, end));
      if (match === null) throw invalid(format);
      pieces.push(literal, { index: match[1] === "" ? next++ : Number(match[1]), spec: parseSpec(match[2] ?? "") });
      literal = "";
      i = end + 1;
    }
  }
  pieces.push(literal);
  return pieces;
}

const CONVERSION = /%(?:%|(?:(\d+)\$)?([-+ #0,'_]*)(\*|\d+)?(?:\.(\*|\d+)?)?((?:hh?|ll?|[jztL])?)([a-zA-Z]))/g;

/** C's conversions: %d, %5.2f, %-10s, %*d; %% is a percent sign. `,`, `'` and `_` among the flags part thousands. */
function parsePrintf(format: string): Piece[] {
  const pieces: Piece[] = [];
  let next = 0;
  let at = 0;
  let literal = "";
  for (const match of format.matchAll(CONVERSION)) {
    literal += format.slice(at, match.index);
    if (literal.includes("%")) throw invalid(format);
    at = match.index + match[0].length;
    pieces.push(literal);
    literal = "";
    const [whole, position, flags, width, precision, , type] = match;
    if (whole === "%%") {
      pieces.push("%");
      continue;
    }
    const widthFrom = width === "*" ? next++ : undefined;
    const precisionFrom = precision === "*" ? next++ : undefined;
    const left = flags.includes("-");
    const zero = flags.includes("0") && !left;
    pieces.push({
      index: position === undefined ? next++ : Number(position) - 1,
      widthFrom,
      precisionFrom,
      spec: {
        fill: zero ? "0" : " ",
        align: left ? "<" : zero ? "=" : ">",
        sign: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "",
        alternate: flags.includes("#"),
        prefixZero: false,
        width: width === undefined || width === "*" ? 0 : Number(width),
        separator: /[,'_]/.exec(flags)?.[0] ?? "",
        precision: precision === "*" ? undefined : whole.includes(".") ? Number(precision ?? 0) : undefined,
        type: type === "i" || type === "u" ? "d" : type,
      },
    });
  }
  literal += format.slice(at);
  if (literal.includes("%")) throw invalid(format);
  return [...pieces, literal];
}

function align(text: string, sign: string, spec: Spec, numeric: boolean): string {
  const missing = spec.width - codePointLength(sign + text);
  if (missing <= 0) return sign + text;
  const fill = (count: number) => spec.fill.repeat(count);
  switch (spec.align || (numeric ? ">" : "<")) {
    case "<":
      return sign + text + fill(missing);
    case "^":
      return fill(Math.floor(missing / 2)) + sign + text + fill(Math.ceil(missing / 2));
    case "=":
      return sign + fill(missing) + text;
    default:
      return fill(missing) + sign + text;
  }
}

const wrongType = (type: string, kind: ArgumentKind) => runtimeError(`the format type '${type}' does not fit a value of type ${kind}`);

const signOf = (negative: boolean, spec: Spec) => (negative ? "-" : spec.sign === "+" || spec.sign === " " ? spec.sign : "");

const RADIX: Record<string, [radix: number, prefix: string]> = { x: [16, "0x"], X: [16, "0X"], o: [8, "0"], b: [2, "0b"], B: [2, "0B"] };

function showInteger(value: number | bigint, spec: Spec): string {
  const negative = value < 0;
  const magnitude = negative ? -value : value;
  if (spec.precision !== undefined) throw runtimeError("a whole number takes no precision in a format");
  const sign = signOf(negative, spec);
  const radix = RADIX[spec.type];
  if (radix !== undefined) {
    const digits = magnitude.toString(radix[0]);
    const prefix = spec.alternate && (Number(value) !== 0 || spec.prefixZero) ? radix[1] : "";
    return align(spec.type === "X" ? digits.toUpperCase() : digits, sign + prefix, spec, true);
  }
  switch (spec.type) {
    case "":
    case "d":
    case "n":
    case "L":
      return align(group(magnitude.toString(), spec.separator), sign, spec, true);
    case "c":
      if (value < 0 || value > 127)
        throw runtimeError(`%c writes one ASCII character, and got ${value}`, undefined, "chr(code) gives any character");
      return align(String.fromCharCode(Number(value)), "", spec, false);
    default:
      throw wrongType(spec.type, "integer");
  }
}

function showFloat(value: number, spec: Spec): string {
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  const precision = spec.precision ?? 6;
  const digits = (() => {
    switch (spec.type.toLowerCase()) {
      case "":
        return spec.precision === undefined ? shortest(magnitude) : general(magnitude, spec.precision);
      case "f":
        return fixed(magnitude, precision);
      case "e":
        return scientific(magnitude, precision);
      case "g":
        return general(magnitude, precision);
      default:
        throw wrongType(spec.type, "float");
    }
  })();
  const shown = /[FEG]/.test(spec.type) ? digits.toUpperCase() : digits;
  return align(
    group(shown, spec.separator),
    signOf(negative, spec),
    Number.isFinite(value) || (spec.align !== "" && spec.align !== "=") ? spec : { ...spec, align: "<" },
    true,
  );
}

/** {:+d} is for types that have a sign; HUGEINT is treated as one that has none. */
function checkSigned(spec: Spec, printf: boolean): Spec {
  if (spec.sign !== "" && !printf) throw runtimeError("a sign in a format needs a signed number");
  return spec;
}

function show(value: Argument, kind: ArgumentKind, spec: Spec, printf: boolean): string {
  switch (kind) {
    case "integer":
      return showInteger(value as number | bigint, spec);
    case "unsigned":
      return showInteger(value as number | bigint, checkSigned(spec, printf));
    case "float":
      return showFloat(value as number, spec);
    case "boolean":
      if (spec.type === "" || (spec.type === "s" && printf)) return align(String(value), "", spec, false);
      return showInteger(value ? 1 : 0, checkSigned(spec, printf));
    case "string": {
      if (spec.type !== "" && spec.type !== "s") throw wrongType(spec.type, "string");
      const text = value as string;
      return align(spec.precision === undefined ? text : sliceCodePoints(text, 0, spec.precision), "", spec, false);
    }
  }
}

function render(pieces: readonly Piece[], kinds: readonly ArgumentKind[], values: readonly Argument[], printf: boolean): string {
  const valueAt = (index: number): Argument => {
    if (index < 0 || index >= values.length) throw runtimeError(`the format names argument ${index + 1}, and there are ${values.length}`);
    return values[index];
  };
  let result = "";
  for (const piece of pieces) {
    if (typeof piece === "string") {
      result += piece;
      continue;
    }
    let { spec } = piece;
    if (piece.widthFrom !== undefined) spec = { ...spec, width: Number(valueAt(piece.widthFrom)) };
    if (piece.precisionFrom !== undefined) spec = { ...spec, precision: Number(valueAt(piece.precisionFrom)) };
    const value = valueAt(piece.index);
    const kind = kinds[piece.index];
    if (!printf && spec.type === "c") throw wrongType("c", kind);
    result += show(value, kind, spec, printf);
  }
  return result;
}

const kindOf = (type: DataType): ArgumentKind =>
  isInteger(type)
    ? integerRange(type.kind).min === 0n || type.kind === "hugeint"
      ? "unsigned"
      : "integer"
    : isFloating(type)
      ? "float"
      : type.kind === "boolean"
        ? "boolean"
        : "string";

/** Numbers and booleans go in as they are (decimals as DOUBLE); everything else as text. */
const formatTypes = ({ types }: BindContext): DataType[] =>
  types.map((type, i) => {
    if (i === 0) return VARCHAR;
    if (type.kind === "decimal" || type.kind === "float") return DOUBLE;
    return kindOf(type) === "string" ? VARCHAR : type;
  });

function formatting(parse: (format: string) => Piece[], printf: boolean): ScalarOverload {
  return {
    args: ["varchar"],
    variadic: "any",
    returns: VARCHAR,
    coerce: formatTypes,
    specialise: ({ types }) => {
      const kinds = types.slice(1).map(kindOf);
      let last: string | undefined;
      let pieces: Piece[] = [];
      const impl: Implementation = (format: string, ...values: Argument[]) => {
        if (format !== last) {
          pieces = parse(format);
          last = format;
        }
        return render(pieces, kinds, values, printf);
      };
      return { impl, wide: impl };
    },
  };
}

export const formatEntries: readonly ScalarEntry[] = [
  {
    name: "format",
    doc: doc(
      "Text with values in place of {} fields, as in Python and fmt: {:>8}, {:,}, {:.2f}.",
      ["format", "value", "..."],
      "format('Benchmark \"{}\" took {} seconds', 'CSV', 42)",
      'Benchmark "CSV" took 42 seconds',
    ),
    overloads: [formatting(parseFormat, false)],
  },
  {
    name: "printf",
    doc: doc(
      "Text with values in place of C's conversions: %d, %8.2f, %-10s.",
      ["format", "value", "..."],
      "printf('Benchmark \"%s\" took %d seconds', 'CSV', 42)",
      'Benchmark "CSV" took 42 seconds',
    ),
    overloads: [formatting(parsePrintf, true)],
  },
];
