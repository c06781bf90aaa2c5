import { valueAt } from "../core/read.ts";
import { zoneOffsetMicros } from "../core/time-zone.ts";
import { type DataType, isNumeric } from "../core/types.ts";
import type { Table, Vector } from "../core/vector.ts";

/** How a column can be drawn: on a time axis, as a measure, or as categories. */
export type Role = "time" | "measure" | "category";

export interface ChartColumn {
  readonly name: string;
  readonly type: DataType;
  readonly role: Role;
  readonly length: number;
  /** Numbers for measures; milliseconds of the session zone's clock for times; NaN for NULL. Computed at the first call. */
  numbers(): Float64Array;
  /** Text of row i, exact to the last digit; null for NULL. */
  text(row: number): string | null;
}

export function roleOf(type: DataType): Role {
  if (type.kind === "date" || type.kind === "timestamp" || type.kind === "timestamptz") return "time";
  return isNumeric(type) ? "measure" : "category";
}

export function chartColumns(
  table: Table,
  timeZone: string,
  format: (type: DataType, value: ReturnType<typeof valueAt>) => string,
): ChartColumn[] {
  const starts: number[] = [];
  let total = 0;
  for (const batch of table.batches) {
    starts.push(total);
    total += batch.length;
  }
  return table.schema.map((field, index) => {
    const parts = table.batches.map((batch) => batch.columns[index]);
    let cached: Float64Array | undefined;
    return {
      name: field.name,
      type: field.type,
      role: roleOf(field.type),
      length: total,
      numbers: () => (cached ??= readNumbers(parts, starts, total, field.type, timeZone)),
      text: (row) => {
        let part = starts.length - 1;
        while (starts[part] > row) part--;
        const value = valueAt(parts[part], row - starts[part]);
        return value === null ? null : format(field.type, value);
      },
    };
  });
}

const MILLIS_PER_DAY = 86_400_000;

function readNumbers(parts: readonly Vector[], starts: readonly number[], total: number, type: DataType, timeZone: string): Float64Array {
  const out = new Float64Array(total);
  const scale = type.kind === "decimal" ? 10 ** -type.scale : type.kind === "date" ? MILLIS_PER_DAY : isTime(type) ? 1 / 1000 : 1;
  parts.forEach((part, p) => {
    const start = starts[p];
    if (
      part.layout === "flat" &&
      part.data.length === part.length &&
      !(part.data instanceof BigInt64Array) &&
      !(part.data instanceof BigUint64Array)
    ) {
      for (let i = 0; i < part.length; i++) out[start + i] = part.data[i] * scale;
    } else if (part.layout === "flat" && part.data.length === part.length) {
      for (let i = 0; i < part.length; i++) out[start + i] = Number(part.data[i]) * scale;
    } else {
      for (let i = 0; i < part.length; i++) out[start + i] = Number(valueAt(part, i) ?? Number.NaN) * scale;
    }
    if (part.validity !== null) {
      for (let i = 0; i < part.length; i++) if (part.validity[i] === 0) out[start + i] = Number.NaN;
    }
  });
  if (type.kind === "timestamptz") {
    for (let i = 0; i < total; i++) {
      if (Number.isFinite(out[i])) out[i] += zoneOffsetMicros(timeZone, out[i] * 1000) / 1000;
    }
  }
  return out;
}

const isTime = (type: DataType) => type.kind === "timestamp" || type.kind === "timestamptz";
