import type { ScanWarning } from "../catalog/source-spec.ts";
import type { Clock, Framing, SourceConnector } from "../connectors/connector.ts";
import type { BoundFormat } from "../connectors/formats/record-format.ts";
import type { CheckedProperties } from "../connectors/properties.ts";
import type { Schema } from "../core/types.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { WatermarkRules } from "./watermarks.ts";

/** A stream as its readers need it: declared, checked, and ready to be opened. */
export interface BoundStream {
  readonly name: string;
  readonly schema: Schema;
  readonly endless: boolean;
  readonly source: SourceConnector;
  readonly properties: CheckedProperties;
  /** Absent where the source gives columns itself. */
  readonly format: BoundFormat | undefined;
  readonly formatName: string | undefined;
  readonly eventTime: { readonly column: number; readonly delay: number } | undefined;
  readonly rules: WatermarkRules;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly cwd: string;
  /** Tells the person who declared the stream of something at once. */
  readonly warn: (warning: ScanWarning) => void;
}

/** Where records are not cut, because there are none. */
export const NO_FRAMING: Framing = { preamble: () => 0, lastEnd: (_bytes, _start, end) => end, maxRecordBytes: 0 };
