/**
 * A detector of changes that sees the values of a series in order, once each, with state of bounded size. A value that is NaN, or whose
 * square is infinite, is passed over, and nothing is said of it.
 */
export interface ChangeDetector {
  /** Takes the next value. */
  update(value: number): void;
  /** Of the last value: 1 where a change was found with it, 0 where none was, NaN where nothing can be said yet. */
  readonly change: number;
  /** Points since the change that was found last began, by estimate, up to the point where it was found, that one among them. */
  readonly since: number;
  /** What else it says of the last value, in the order of the method's `fields`. NaN where nothing can be said. */
  readonly figures: Float64Array;
  /** Plain data that structured clone can carry; a detector made of it goes on exactly as this one would. */
  state(): unknown;
}

export type ChangeOptions = Readonly<Record<string, number>>;

/** What an option may be, both ends included. Where the default is NaN, it may be left open. */
export interface ChangeOptionRule {
  readonly default: number;
  readonly from: number;
  readonly to: number;
  readonly integer?: true;
  readonly doc: string;
}

export interface ChangeField {
  readonly name: string;
  /** Whole numbers, as BIGINT; otherwise DOUBLE. */
  readonly integer?: true;
}

/** A method by its name, with its options as they may be written in SQL. */
export interface ChangeMethod {
  readonly name: string;
  readonly options: Readonly<Record<string, ChangeOptionRule>>;
  /** Names of `ChangeDetector.figures`. */
  readonly fields: readonly ChangeField[];
  /** @param options all of them, in their ranges: see `changeOptions` */
  create(options: ChangeOptions): ChangeDetector;
  restore(state: unknown, options: ChangeOptions): ChangeDetector;
}

/** Options of a method: its defaults, with those that are given in their place. A RangeError for a value outside its range. */
export function changeOptions(method: ChangeMethod, given: ChangeOptions): ChangeOptions {
  const options: Record<string, number> = {};
  for (const [name, rule] of Object.entries(method.options)) {
    const value = given[name] ?? rule.default;
    if (given[name] !== undefined && (!(value >= rule.from && value <= rule.to) || (rule.integer && !Number.isInteger(value))))
      throw new RangeError(
        `${name} of ${method.name} must be ${rule.integer ? "a whole number" : "a number"} from ${rule.from} to ${rule.to}, and is ${value}`,
      );
    options[name] = value;
  }
  return options;
}
