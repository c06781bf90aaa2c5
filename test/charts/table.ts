import { buildChart, type Chart } from "../../src/charts/chart.ts";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session } from "../../src/index.ts";

/** The chart of a query's result. */
export async function chartOf(sql: string, options = "", width = 640): Promise<Chart> {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  try {
    const table = await session.query(sql);
    return buildChart(table, options, { timeZone: "UTC", width, formatValue });
  } finally {
    await session.close();
  }
}

export const valuesOf = (chart: Chart): readonly Record<string, unknown>[] =>
  (chart.spec.data as { values: Record<string, unknown>[] }).values;
