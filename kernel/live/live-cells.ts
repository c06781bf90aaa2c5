import { FrameBudget } from "./frame-budget.ts";
import type { LiveDisplay } from "./live-display.ts";

/** The live outputs of a kernel, by the cells that hold them. */
export class LiveCells {
  readonly budget = new FrameBudget();
  readonly #cells = new Map<string, Set<LiveDisplay>>();

  /** Displays whose query may still run. */
  get all(): LiveDisplay[] {
    return [...this.#cells.values()].flatMap((cell) => [...cell]);
  }

  add(cell: string, display: LiveDisplay): void {
    const displays = this.#cells.get(cell) ?? new Set();
    this.#cells.set(cell, displays.add(display));
    void display.over.then(() => {
      if (!display.outlives) displays.delete(display);
      if (displays.size === 0 && this.#cells.get(cell) === displays) this.#cells.delete(cell);
    });
  }

  /** A cell is run anew or was deleted: its queries end, and what they showed is no longer theirs. */
  async end(cell: string): Promise<void> {
    const displays = [...(this.#cells.get(cell) ?? [])];
    for (const display of displays) {
      display.drop();
      display.stop();
    }
    await Promise.all(displays.map((display) => display.over));
  }

  /** Whether there was anything to stop. */
  stopAll(): boolean {
    for (const display of this.all) display.stop();
    return this.all.length > 0;
  }
}

/** What a cell is known by from run to run: its id, or its text where the front end gives none. */
export function cellKey(metadata: Readonly<Record<string, unknown>>, code: string): string {
  return typeof metadata.cellId === "string" ? `id ${metadata.cellId}` : `text ${code.trim()}`;
}

/** Ids of cells that were deleted since the last request, as JupyterLab tells them. */
export function deletedCells(metadata: Readonly<Record<string, unknown>>): string[] {
  const { deletedCells: ids } = metadata;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string").map((id) => `id ${id}`) : [];
}
