/** One measured case: Weir and a peer in turn on the same data, answers checked first, medians printed as a ratio. */

export interface Contender {
  /** Runs once and gives the rows in comparable form; not counted: `setup`. */
  run(): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

export interface BenchCase {
  readonly name: string;
  readonly rows: number;
  readonly threads: number;
  readonly peer: string;
  weir(): Promise<Contender>;
  reference(): Promise<Contender>;
}

export interface BenchLine {
  case: string;
  rows: number;
  threads: number;
  weir_ms: number;
  peer: string;
  peer_ms: number;
  ratio: number;
  agree: boolean;
}

const WARMUPS = 2;

/** Alternates the two, so that a machine that slows down slows both. Ratio above 1: Weir is faster. */
export async function measure(benchCase: BenchCase, runs: number): Promise<BenchLine> {
  const weir = await benchCase.weir();
  const peer = await benchCase.reference();
  try {
    const agree = sameRows(await weir.run(), await peer.run());
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < WARMUPS + runs; i++) {
      const a = await time(weir);
      const b = await time(peer);
      if (i < WARMUPS) continue;
      ours.push(a);
      theirs.push(b);
    }
    const [weirMs, peerMs] = [median(ours), median(theirs)];
    return {
      case: benchCase.name,
      rows: benchCase.rows,
      threads: benchCase.threads,
      weir_ms: round(weirMs),
      peer: benchCase.peer,
      peer_ms: round(peerMs),
      ratio: round(peerMs / weirMs),
      agree,
    };
  } finally {
    await weir.close();
    await peer.close();
  }
}

async function time(contender: Contender): Promise<number> {
  const start = performance.now();
  await contender.run();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** Rows as a multiset; numbers within a relative error, since floating sums may be added in another order. */
export function sameRows(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  if (a.length !== b.length) return false;
  const key = (row: readonly unknown[]) =>
    row.map((value) => (typeof value === "number" ? value.toPrecision(9) : String(value))).join("\u0000");
  const left = [...a].sort((x, y) => (key(x) < key(y) ? -1 : 1));
  const right = [...b].sort((x, y) => (key(x) < key(y) ? -1 : 1));
  return left.every((row, i) => row.length === right[i].length && row.every((value, c) => close(value, right[i][c])));
}

function close(a: unknown, b: unknown): boolean {
  if (typeof a === "number" || typeof b === "number") {
    const [x, y] = [Number(a), Number(b)];
    return x === y || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y)) || (Number.isNaN(x) && Number.isNaN(y));
  }
  return String(a) === String(b);
}
