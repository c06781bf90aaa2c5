/** Kinds of change, one byte a row in `RecordBatch.kinds`. Odd kinds take a row away. */
export const INSERT = 0;
export const UPDATE_BEFORE = 1;
export const UPDATE_AFTER = 2;
export const DELETE = 3;

/** Kinds as they are written: in a column `op`, in a changelog. */
export const KIND_NAMES = ["+I", "-U", "+U", "-D"] as const;

/** Whether a change takes a row away (-U, -D). */
export const isRetraction = (kind: number): boolean => (kind & 1) === 1;
