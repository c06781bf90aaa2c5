import { BIGINT, BOOLEAN, DATE, type DataType, DOUBLE, TIME, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../core/types.ts";
import { readBoolean } from "../column-sink.ts";
import { compileDateFormat, type DateFormat } from "../text/date-format.ts";
import { lastDouble, looksLikeNumber, parseDouble } from "../text/number.ts";
import { lastHadZone, parseDate, parseTime, parseTimestamp } from "../text/temporal.ts";

/** Date formats tried where the standard one does not fit, the first that fits all values wins: as DuckDB's sniffer, days first. */
const DATE_PATTERNS = ["-", "/", "."].flatMap((s) => [
  `%d${s}%m${s}%Y`,
  `%m${s}%d${s}%Y`,
  `%Y${s}%m${s}%d`,
  `%d${s}%m${s}%y`,
  `%m${s}%d${s}%y`,
  `%y${s}%m${s}%d`,
]);
const TIMES = ["%H:%M:%S", "%I:%M:%S %p"];
const TIMESTAMP_PATTERNS = DATE_PATTERNS.flatMap((date) => TIMES.map((time) => `${date} ${time}`));

const dateFormats = DATE_PATTERNS.map(compileDateFormat);
const timestampFormats = TIMESTAMP_PATTERNS.map(compileDateFormat);

export interface GuessedType {
  readonly type: DataType;
  readonly dateFormat?: string;
  readonly timestampFormat?: string;
}

/** Narrows down what type all values of a column can have. A column without values is VARCHAR. */
export class TypeGuess {
  #boolean = true;
  #integer = true;
  #double = true;
  #time = true;
  #date = true;
  #timestamp = true;
  #timestamptz = true;
  #dates: DateFormat[] = dateFormats;
  #timestamps: DateFormat[] = timestampFormats;
  #values = 0;
  readonly #commaDecimals: boolean;

  constructor(decimalSeparator = 46, dateFormat?: DateFormat, timestampFormat?: DateFormat) {
    this.#commaDecimals = decimalSeparator === 44;
    if (dateFormat !== undefined) {
      this.#date = false;
      this.#dates = [dateFormat];
    }
    if (timestampFormat !== undefined) {
      this.#timestamp = false;
      this.#timestamptz = false;
      this.#timestamps = [timestampFormat];
    }
  }

  get values(): number {
    return this.#values;
  }

  /** Takes one non-NULL value into account. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#values++;
    if (this.#boolean && (readBoolean(bytes, start, end) < 0 || isDigit(bytes[start]))) this.#boolean = false;
    if (this.#integer || this.#double) {
      let look = looksLikeNumber(bytes, start, end);
      if (look === "no" && this.#commaDecimals) {
        const swapped = bytes.slice(start, end).map((byte) => (byte === 44 ? 46 : byte));
        look = looksLikeNumber(swapped, 0, swapped.length);
      }
      if (look === "double" && !this.#commaDecimals && !(parseDouble(bytes, start, end) && Number.isFinite(lastDouble()))) look = "no";
      if (look !== "integer") this.#integer = false;
      if (look === "no") this.#double = false;
    }
    if (this.#time && !parseTime(bytes, start, end)) this.#time = false;
    const isDate = parseDate(bytes, start, end) && hasFullYear(bytes, start, end);
    if (!isDate) this.#date = false;
    if (this.#timestamp || this.#timestamptz) {
      if (isDate || !parseTimestamp(bytes, start, end) || !hasFullYear(bytes, start, end)) this.#timestamp = this.#timestamptz = false;
      else if (lastHadZone()) this.#timestamp = false;
    }
    if (this.#dates.length > 0) this.#dates = this.#dates.filter((format) => !Number.isNaN(format.read(bytes, start, end)));
    if (this.#timestamps.length > 0) this.#timestamps = this.#timestamps.filter((format) => !Number.isNaN(format.read(bytes, start, end)));
  }

  /** Whether a value fits the type guessed so far. */
  fits(bytes: Uint8Array, start: number, end: number): boolean {
    const before = this.guess().type;
    if (before === VARCHAR) return true;
    const copy = new TypeGuess(this.#commaDecimals ? 44 : 46);
    copy.#dates = this.#dates;
    copy.#timestamps = this.#timestamps;
    copy.add(bytes, start, end);
    switch (before) {
      case BOOLEAN:
        return copy.#boolean;
      case BIGINT:
        return copy.#integer;
      case DOUBLE:
        return copy.#double;
      case TIME:
        return copy.#time;
      case DATE:
        return copy.#date || copy.#dates.length > 0;
      default:
        return copy.#timestamp || copy.#timestamptz || copy.#timestamps.length > 0;
    }
  }

  guess(): GuessedType {
    if (this.#values === 0) return { type: VARCHAR };
    if (this.#boolean) return { type: BOOLEAN };
    if (this.#integer) return { type: BIGINT };
    if (this.#double) return { type: DOUBLE };
    if (this.#time) return { type: TIME };
    if (this.#date) return { type: DATE };
    if (this.#dates.length > 0) return { type: DATE, dateFormat: this.#dates[0].pattern };
    if (this.#timestamp) return { type: TIMESTAMP };
    if (this.#timestamptz) return { type: TIMESTAMPTZ };
    if (this.#timestamps.length > 0) {
      const [format] = this.#timestamps;
      return { type: format.hasZone ? TIMESTAMPTZ : TIMESTAMP, timestampFormat: format.pattern };
    }
    return { type: VARCHAR };
  }
}

/** A year of two digits is for the formats to read, not for the standard form (where it means the first century). */
function hasFullYear(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && !isDigit(bytes[at])) at++;
  let digits = 0;
  while (at < end && isDigit(bytes[at++])) digits++;
  return digits >= 4;
}

const isDigit = (c: number) => c >= 48 && c <= 57;
