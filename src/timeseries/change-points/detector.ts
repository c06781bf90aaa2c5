import { putState, takeState } from "../anomalies/state.ts";
import type { ChangeDetector, ChangeMethod, ChangeOptions } from "./online.ts";

/** What the detectors have in common: values without a finite square are passed over, and the state is the fields. */
export abstract class Detector implements ChangeDetector {
  change = Number.NaN;
  since = 0;
  readonly figures: Float64Array;

  constructor(figures: number) {
    this.figures = new Float64Array(figures).fill(Number.NaN);
  }

  update(value: number): void {
    if (Number.isFinite(value * value)) {
      this.take(value);
    } else {
      this.change = Number.NaN;
      this.figures.fill(Number.NaN);
    }
  }

  state(): unknown {
    return takeState(this);
  }

  /** Sets `change`, `since` where there is one, and `figures`. */
  protected abstract take(value: number): void;
}

/** A method whose detectors are instances of one class. */
export const changeMethod = (
  name: string,
  options: ChangeMethod["options"],
  fields: ChangeMethod["fields"],
  create: (options: ChangeOptions) => ChangeDetector,
): ChangeMethod => ({ name, options, fields, create, restore: (state, given) => putState(create(given), state) });
