import type { Span } from "../core/errors.ts";

/**
 * Collects the lines of one generated function. Names are made here and are letters and a number; strings, functions and objects of the
 * query are closure constants (k0, k1, …) and never appear in the text.
 */
export class SourceWriter {
  readonly #lines: string[] = [];
  readonly values: unknown[] = [];
  readonly #valueNames = new Map<unknown, string>();
  /** Places of the calls that may throw; generated code keeps the number of the latest in `site`. */
  readonly sites: Span[] = [];
  #names = 0;
  #depth = 1;
  /** Lambdas' bodies do not set `site`: it stays at the call that takes the lambda. */
  tracksSites = true;

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
  }

  open(text: string): void {
    this.line(text);
    this.#depth++;
  }

  close(text = "}"): void {
    this.#depth--;
    this.line(text);
  }

  name(prefix: string): string {
    return `${prefix}_${this.#names++}`;
  }

  /** Declares a constant and gives its name. */
  constant(text: string, prefix = "v"): string {
    const name = this.name(prefix);
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** Name of a closure constant. */
  value(value: unknown): string {
    let name = this.#valueNames.get(value);
    if (name === undefined) {
      name = `k${this.values.length}`;
      this.values.push(value);
      this.#valueNames.set(value, name);
    }
    return name;
  }

  /** Statement that notes the place of what runs next. */
  site(span: Span): string {
    if (!this.tracksSites) return "";
    const last = this.sites.length - 1;
    if (last >= 0 && this.sites[last] === span) return `site = ${last}; `;
    this.sites.push(span);
    return `site = ${this.sites.length - 1}; `;
  }

  toString(): string {
    return this.#lines.join("\n");
  }

  /** The first line of a function's text that binds the closure constants. */
  prologue(): string {
    return this.values.map((_, i) => `const k${i} = k[${i}];`).join(" ");
  }
}
