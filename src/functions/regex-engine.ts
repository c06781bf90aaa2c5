import { RE2JS } from "re2js";
import { bindError, type WeirError } from "../core/errors.ts";

/** The one door to regular expressions: RE2's syntax and semantics, in time linear in the text. */

export interface RegexOptions {
  readonly ignoreCase: boolean;
  /** The pattern is plain text. */
  readonly literal: boolean;
  /** `.` matches line ends too. */
  readonly dotAll: boolean;
}

/** Where groups of one match lie, in UTF-16 units; -1 for groups that took no part. Group 0 is the whole match. */
export interface Match {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export interface Regex {
  /** Number of capturing groups. */
  readonly groupCount: number;
  test(text: string): boolean;
  /** Whether the pattern matches the text from end to end. */
  testWhole(text: string): boolean;
  /** The first match from a position on. */
  find(text: string, from: number): Match | undefined;
}

const invalidPattern = (pattern: string, cause: unknown): WeirError => {
  const reason = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, "") : String(cause);
  return bindError(`invalid regular expression '${pattern}': ${reason}`, undefined, "look-around and back-references are not supported");
};

/** Compiles a pattern. Throws for one that is not valid RE2 syntax. */
export function compileRegex(pattern: string, options: RegexOptions): Regex {
  const flags = (options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (options.dotAll ? RE2JS.DOTALL : 0);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(options.literal ? RE2JS.quote(pattern) : pattern, flags);
  } catch (error) {
    throw invalidPattern(pattern, error);
  }
  const groupCount = compiled.groupCount();
  return {
    groupCount,
    test: (text) => compiled.test(text),
    testWhole: (text) => compiled.testExact(text),
    find: (text, from) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      const starts: number[] = [];
      const ends: number[] = [];
      for (let group = 0; group <= groupCount; group++) {
        starts.push(matcher.start(group));
        ends.push(matcher.end(group));
      }
      return { starts, ends };
    },
  };
}
