import { expect, test, vi } from "vitest";
import { VEGALITE_MIME } from "../../kernel/display.ts";
import type { KernelRequest, KernelState } from "../../kernel/handler.ts";
import { isComplete } from "../../kernel/handlers/is-complete.ts";
import type { Notebook } from "../../kernel/notebook.ts";
import { copyOfNotebooks } from "../notebooks/run-notebook.ts";

vi.setConfig({ testTimeout: 180_000 });

test("a pack is written from nothing in five cells", () => {
  const { json, status, outputs, namesThisMachine } = copyOfNotebooks().run("a-pack-in-five-cells");
  expect(status).toBe(0);
  const cells = (JSON.parse(json) as Notebook).cells.filter((cell) => cell.cell_type === "code");
  expect(cells).toHaveLength(5);
  expect(outputs("%%writefile out/cold/cold.ts")).toBe("wrote out/cold/cold.ts\n");
  expect(outputs("%udf test")).toMatch(/agrees with its modules: 2 functions[\s\S]*cold\.slt: 4 passed\nthe pack is in order/);
  const data = cells[4].outputs?.at(-1)?.data as Record<string, { data: { values: { c: string; y: number }[] } }>;
  const south = data[VEGALITE_MIME].data.values.filter(({ c }) => c === "south");
  const temperatures = south.map(({ y }) => y);
  expect(south.length).toBeGreaterThan(100);
  expect(Math.max(...temperatures)).toBeGreaterThan(9);
  expect(Math.min(...temperatures)).toBeLessThan(4);
  expect(namesThisMachine).toBe(false);
});

const status = async (code: string) =>
  (await isComplete.handle({ content: { code } } as unknown as KernelRequest, {} as KernelState))?.status;

test("an empty line ends the text of a file", async () => {
  expect(await status("%%writefile a.txt")).toBe("incomplete");
  expect(await status("%%writefile a.txt\nit's {")).toBe("incomplete");
  expect(await status("%%writefile a.txt\nit's {\n")).toBe("complete");
  expect(await status("%udf list")).toBe("complete");
});
