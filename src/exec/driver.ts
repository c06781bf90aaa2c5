import type { ScanWarning } from "../catalog/source-spec.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { Clock } from "./clock.ts";
import type {
  CallsUnderWay,
  MemoryBudget,
  Operator,
  Output,
  ScanProgress,
  SnapshotPart,
  SourceOperator,
  WindowPreview,
} from "./operator.ts";

/** An operator tree as it is built: a source, or an operator over inputs. `planNodes` are the plan nodes (pre-order) it does the work of, top first. */
export type OperatorTree =
  | { readonly source: SourceOperator; readonly planNodes: readonly number[] }
  | { readonly operator: Operator; readonly inputs: readonly OperatorTree[]; readonly planNodes: readonly number[] };

/** Figures of one operator of a running or finished query. */
export interface OperatorMetrics {
  readonly tree: OperatorTree;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Time spent in its own pieces on the driving thread, milliseconds. */
  readonly selfMs: number;
  /** State held now, and the largest state seen. */
  readonly stateBytes: number;
  readonly maxStateBytes: number;
  readonly stateRows: number | undefined;
  /** The watermark its output has; undefined before the first. */
  readonly watermark: number | undefined;
}

/** The state of a run between two batches: a consistent cut, since nothing is queued anywhere. Ids are the same for the same plan. */
export interface DriverSnapshot {
  readonly operators: readonly { readonly id: string; readonly parts: readonly SnapshotPart[] }[];
  readonly sources: readonly { readonly id: string; readonly position: unknown; readonly watermark: number | undefined }[];
  /** Operators and sources of streams that have come to their end. Tables are not among them: they are read anew. */
  readonly ended: readonly string[];
}

/** What a run starts from instead of nothing: parts' data by operator and part, positions by source. */
export interface DriverRestore {
  readonly operators: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly sources: ReadonlyMap<string, { readonly position: unknown; readonly watermark: number | undefined }>;
  readonly ended: ReadonlySet<string>;
}

export interface DriverOptions {
  readonly memory: MemoryBudget;
  readonly checkInterrupt: () => void;
  /** Called when a run that was waiting can go on. */
  readonly wake: () => void;
  readonly clock: Clock;
  readonly restore?: DriverRestore;
  /** False: whoever takes the rows has no room, and sources are left alone until `wake` is called. Absent: there is always room. */
  readonly hasRoom?: (wake: () => void) => boolean;
  /** The watermark of the root's output has risen. */
  readonly onWatermark?: (watermark: number) => void;
}

const IDLE = Symbol("idle");

/** What waits in a queue: rows, a watermark, or the word that nothing comes for now. */
type Message = RecordBatch | number | typeof IDLE;

/** A tree node at run time: its input queues, and where its output goes. */
class Node implements Output {
  readonly tree: OperatorTree;
  readonly operator: Operator | undefined;
  readonly source: SourceOperator | undefined;
  /** Of an operator that waits for answers from elsewhere. */
  readonly calls: CallsUnderWay | undefined;
  readonly id: string;
  readonly inputs: Node[] = [];
  readonly queues: Message[][] = [];
  /** The input will bring nothing more; its end was told to the operator. */
  readonly ended: boolean[] = [];
  readonly endTold: boolean[] = [];
  /** Watermark of each input; an idle one holds nobody back. */
  readonly inputWatermarks: number[] = [];
  readonly inputIdle: boolean[] = [];
  /** The minimum over the inputs, and what was passed on. */
  combined = -Infinity;
  passedOn = -Infinity;
  idleTold = false;
  /** The operator has more to do before anything else reaches it. */
  busy = false;
  /** A watermark it works on, to be passed on when it is through. */
  pending: number | undefined;
  /** A source that had nothing and has not called yet. */
  waiting = false;
  lastPull = 0;
  done = false;
  rowsIn = 0;
  rowsOut = 0;
  selfMs = 0;
  stateBytes = 0;
  maxStateBytes = 0;
  readonly #deliver: (message: Message) => void;

  constructor(tree: OperatorTree, deliver: (message: Message) => void, ids: { next: number }) {
    this.tree = tree;
    this.#deliver = deliver;
    this.operator = "operator" in tree ? tree.operator : undefined;
    this.source = "source" in tree ? tree.source : undefined;
    this.calls = this.operator?.calls;
    this.id = `${ids.next++}:${(this.operator ?? this.source)!.name}`;
    if ("inputs" in tree) {
      tree.inputs.forEach((input, i) => {
        const queue: Message[] = [];
        this.queues.push(queue);
        this.ended.push(false);
        this.endTold.push(false);
        this.inputWatermarks.push(-Infinity);
        this.inputIdle.push(false);
        this.inputs[i] = new Node(input, (message) => queue.push(message), ids);
      });
    }
  }

  push(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.rowsOut += batch.length;
    this.idleTold = false;
    this.#deliver(batch);
  }

  watermark(watermark: number): void {
    if (watermark <= this.passedOn) return;
    this.passedOn = watermark;
    this.idleTold = false;
    this.#deliver(watermark);
  }

  idle(): void {
    if (this.idleTold) return;
    this.idleTold = true;
    this.#deliver(IDLE);
  }

  /** The least watermark of the inputs that count; +Infinity where none does. */
  minimum(): number {
    let least = Infinity;
    for (let i = 0; i < this.inputWatermarks.length; i++) {
      if (!this.endTold[i] && !this.inputIdle[i]) least = Math.min(least, this.inputWatermarks[i]);
    }
    return least;
  }
}

/**
 * Runs one operator tree in bounded pieces. What is queued furthest downstream goes first, and a source is pulled only when nothing is queued,
 * so that queues hold what one piece gave and no more. Of several streams the one whose watermark is furthest behind is pulled.
 */
export class Driver {
  readonly #root: Node;
  /** Every node before its inputs. */
  readonly #nodes: Node[] = [];
  readonly #timed: readonly Node[];
  readonly #calling: readonly Node[];
  readonly #options: DriverOptions;
  readonly #warnings: ScanWarning[] = [];
  /** Of operators that have ended. */
  readonly #operatorWarnings: ScanWarning[] = [];
  #pulls = 0;
  #cancelTimer: (() => void) | undefined;
  #checkpoint: ((snapshot: DriverSnapshot) => void) | undefined;
  readonly #quietActions: (() => void)[] = [];

  /** `sink` gets the root's batches. */
  constructor(tree: OperatorTree, sink: (batch: RecordBatch) => void, options: DriverOptions) {
    const deliver = (message: Message) => {
      if (typeof message === "object") sink(message);
      else if (typeof message === "number") options.onWatermark?.(message);
    };
    this.#root = new Node(tree, deliver, { next: 0 });
    this.#options = options;
    const collect = (node: Node): void => {
      this.#nodes.push(node);
      node.inputs.forEach(collect);
    };
    collect(this.#root);
    this.#timed = this.#nodes.filter((node) => node.operator?.nextTimer !== undefined);
    this.#calling = this.#nodes.filter((node) => node.calls !== undefined);
    for (const { calls } of this.#calling) calls!.attach(options.wake);
    if (options.restore !== undefined) this.#restore(options.restore);
    for (const node of this.#nodes) if (!node.done) node.source?.open?.();
  }

  /** Works until about `deadline` (performance.now milliseconds). Throws what an operator throws; the caller then closes the driver. */
  run(deadline: number): "more" | "waiting" | "done" {
    let now = performance.now();
    while (!this.#root.done) {
      this.#options.checkInterrupt();
      const node = this.#nodeWithTimer() ?? this.#nodes.find(hasWork) ?? this.#quiet();
      if (node === undefined) {
        this.#setTimer();
        return "waiting";
      }
      if (node.source === undefined) this.#step(node, node.operator!);
      else this.#pull(node, node.source);
      const then = performance.now();
      node.selfMs += then - now;
      now = then;
      this.#account(node);
      if (now >= deadline) break;
    }
    return this.#root.done ? "done" : "more";
  }

  /**
   * Takes a snapshot as soon as nothing is queued, before a source is pulled again: what barriers between the rows of every source would give, since one
   * thread runs the whole tree. A run that waits must be woken for it.
   */
  checkpoint(take: (snapshot: DriverSnapshot) => void): void {
    this.#checkpoint = take;
  }

  /** Calls `action` once no row is half way, at the moment at which a checkpoint would be taken. A run that waits must be woken for it. */
  whenQuiet(action: () => void): void {
    this.#quietActions.push(action);
  }

  /** Calls are under way: it is their answers that the run waits for. */
  get awaitsAnswers(): boolean {
    return this.#nodes.some((node) => !node.done && (isHolding(node) || node.source?.awaitsAnswers?.() === true));
  }

  /** Nothing is queued: the moment for a snapshot, once all calls are through, and then for the next rows. */
  #quiet(): Node | undefined {
    const take = this.#checkpoint;
    if (take !== undefined || this.#quietActions.length > 0) {
      if (this.#calling.some(isHolding)) return undefined;
      for (const action of this.#quietActions.splice(0)) action();
      this.#checkpoint = undefined;
      take?.(this.#snapshot());
    }
    if (this.#options.hasRoom?.(this.#options.wake) === false) return undefined;
    return this.#sourceToPull();
  }

  #nodeWithTimer(): Node | undefined {
    if (this.#timed.length === 0) return undefined;
    const now = this.#options.clock.now();
    return this.#timed.find((node) => !node.done && !node.busy && (node.operator!.nextTimer!() ?? Infinity) <= now);
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const times = this.#timed.filter((node) => !node.done).map((node) => node.operator!.nextTimer!() ?? Infinity);
    const next = Math.min(...times);
    if (next < Infinity) this.#cancelTimer = this.#options.clock.at(next, this.#options.wake);
  }

  #step(node: Node, operator: Operator): void {
    if (node.busy || node.calls?.isAnswered() === true) node.busy = operator.resume(node);
    else if (this.#isDue(operator)) node.busy = operator.onTimer!(this.#options.clock.now(), node);
    else {
      const input = readyInput(node);
      const message = node.queues[input].shift();
      if (message === undefined) this.#endInput(node, operator, input);
      else if (typeof message === "object") {
        node.inputIdle[input] = false;
        node.rowsIn += message.length;
        node.busy = operator.process(input, message, node);
      } else if (typeof message === "number") {
        node.inputWatermarks[input] = message;
        node.inputIdle[input] = false;
        this.#advance(node, operator);
      } else {
        node.inputIdle[input] = true;
        this.#advance(node, operator);
        if (node.endTold.every((told, i) => told || node.inputIdle[i])) {
          if (operator.onIdle === undefined) node.idle();
          else operator.onIdle(node);
        }
      }
    }
    if (!node.busy && node.pending !== undefined) {
      const watermark = node.pending;
      node.pending = undefined;
      node.watermark(operator.outputWatermark?.(watermark) ?? watermark);
    }
    if (operator.satisfied?.() === true) this.#endInputs(node);
    if (!node.busy && node.endTold.every(Boolean) && !isHolding(node)) this.#finish(node);
  }

  #isDue(operator: Operator): boolean {
    return operator.nextTimer !== undefined && (operator.nextTimer() ?? Infinity) <= this.#options.clock.now();
  }

  /** Tells the operator of a watermark, where the minimum over its inputs has risen. */
  #advance(node: Node, operator: Operator): void {
    const minimum = node.minimum();
    if (minimum === Infinity || minimum <= node.combined) return;
    node.combined = minimum;
    node.pending = minimum;
    node.busy = operator.onWatermark?.(minimum, node) ?? false;
  }

  #endInput(node: Node, operator: Operator, input: number): void {
    node.endTold[input] = true;
    node.busy = operator.onEnd(input, node);
    // One that has ended holds the others' watermark back no more.
    if (!node.busy && !node.endTold.every(Boolean)) this.#advance(node, operator);
  }

  #pull(node: Node, source: SourceOperator): void {
    node.lastPull = ++this.#pulls;
    let woken = false;
    const result = source.pull(node, () => {
      woken = true;
      node.waiting = false;
      this.#options.wake();
    });
    if (result === "end") {
      this.#warnings.push(...(source.warnings?.() ?? []));
      this.#finish(node);
    } else if (result === "waiting") node.waiting = !woken;
  }

  /**
   * The source to go on with: of the inputs that can be taken now, the stream that is furthest behind, or the first table. None, while the operator that
   * its rows go to is full, and while another holds rows of tables, which come before all others.
   */
  #sourceToPull(): Node | undefined {
    let best: Node | undefined;
    let bestFits = true;
    const visit = (node: Node, fits: boolean): void => {
      if (node.done) return;
      if (node.source !== undefined) {
        if (node.waiting || !(best === undefined || isFurtherBehind(node, best))) return;
        best = node;
        bestFits = fits;
        return;
      }
      const room = fits && node.calls?.hasRoom() !== false;
      const wanted = node.operator!.wants?.();
      if (wanted !== undefined && !node.ended[wanted]) visit(node.inputs[wanted], room);
      else for (const input of node.inputs) visit(input, room);
    };
    visit(this.#root, true);
    const found = best;
    if (found === undefined || !bestFits) return undefined;
    return this.#calling.some((node) => isHolding(node) && !readsStream(node) && !isBelow(found, node)) ? undefined : found;
  }

  #account(node: Node): void {
    const bytes = node.done ? 0 : ((node.operator ?? node.source)!.stateBytes?.() ?? 0);
    if (bytes === node.stateBytes) return;
    const more = bytes - node.stateBytes;
    node.stateBytes = bytes;
    if (bytes > node.maxStateBytes) node.maxStateBytes = bytes;
    this.#options.memory.charge((node.operator ?? node.source)!.name, more);
  }

  /** A satisfied operator needs nothing more: everything above it stops. */
  #endInputs(node: Node): void {
    node.inputs.forEach((input, i) => {
      node.queues[i].length = 0;
      if (!node.ended[i]) this.#stop(input);
      node.ended[i] = true;
    });
  }

  #stop(node: Node): void {
    for (const input of node.inputs) this.#stop(input);
    for (const queue of node.queues) queue.length = 0;
    this.#markDone(node);
  }

  #finish(node: Node): void {
    this.#markDone(node);
    const parent = this.#nodes.find((candidate) => candidate.inputs.includes(node));
    if (parent !== undefined) parent.ended[parent.inputs.indexOf(node)] = true;
  }

  #markDone(node: Node): void {
    if (node.done) return;
    node.done = true;
    this.#account(node);
    this.#operatorWarnings.push(...(node.operator?.warnings?.() ?? []));
    (node.operator ?? node.source)!.close?.();
  }

  /** Rows of the result that windows still open would give now; undefined where the plan does not end in windows. */
  preview(limit: number): WindowPreview | undefined {
    const above: Operator[] = [];
    let node = this.#root;
    while (node.operator?.map !== undefined) {
      above.unshift(node.operator);
      [node] = node.inputs;
    }
    const open = node.done ? undefined : node.operator?.preview?.(limit);
    return open === undefined ? undefined : { ...open, rows: above.reduce((batch, operator) => operator.map!(batch), open.rows) };
  }

  #snapshot(): DriverSnapshot {
    const running = this.#nodes.filter((node) => !node.done);
    return {
      operators: running.flatMap(({ id, operator }) => (operator?.snapshot === undefined ? [] : [{ id, parts: operator.snapshot() }])),
      sources: running.flatMap(({ id, source, passedOn }) =>
        source === undefined ? [] : [{ id, position: source.position?.(), watermark: passedOn === -Infinity ? undefined : passedOn }],
      ),
      ended: this.#nodes.filter((node) => node.done && readsStream(node)).map(({ id }) => id),
    };
  }

  #restore({ operators, sources, ended }: DriverRestore): void {
    for (const node of this.#nodes) {
      const { id, operator, source } = node;
      if (ended.has(id)) this.#finish(node);
      const parts = operators.get(id);
      if (parts !== undefined) operator?.restore?.(parts);
      const from = sources.get(id);
      if (from !== undefined) source?.restore?.(from.position, from.watermark);
    }
  }

  /** Releases everything, whether or not the run came to its end. */
  close(): void {
    this.#cancelTimer?.();
    this.#stop(this.#root);
  }

  /** Pre-order. */
  metrics(): OperatorMetrics[] {
    return this.#nodes.map((node) => ({
      tree: node.tree,
      rowsIn: node.rowsIn,
      rowsOut: node.rowsOut,
      selfMs: node.selfMs,
      stateBytes: node.stateBytes,
      maxStateBytes: node.maxStateBytes,
      stateRows: node.operator?.stateRows?.(),
      watermark: node.passedOn === -Infinity ? undefined : node.passedOn,
    }));
  }

  warnings(): readonly ScanWarning[] {
    return [...this.#warnings, ...this.operatorWarnings()];
  }

  /** What operators have to say so far; not what sources do, at their end. */
  operatorWarnings(): readonly ScanWarning[] {
    return [...this.#operatorWarnings, ...this.#nodes.flatMap((node) => (node.done ? [] : (node.operator?.warnings?.() ?? [])))];
  }

  /** Progress of each source and operator that can tell. */
  progress(): ScanProgress[] {
    return this.#nodes.flatMap((node) => (node.source ?? node.operator)?.progress?.() ?? []);
  }
}

function hasWork(node: Node): boolean {
  if (node.done || node.operator === undefined) return false;
  if (node.busy || node.calls?.isAnswered() === true) return true;
  return node.calls?.hasRoom() !== false && readyInput(node) >= 0;
}

/** Calls are under way, or their answers wait. */
const isHolding = ({ done, calls }: Node): boolean => !done && calls?.isDrained() === false;

const isBelow = (node: Node, above: Node): boolean => above.inputs.some((input) => input === node || isBelow(node, input));

const readsStream = (node: Node): boolean =>
  node.source === undefined ? node.inputs.some(readsStream) : node.source.endless !== undefined;

/** Tables go first, one after the other; then streams by their watermarks, and of equal ones the one not pulled for longest. */
function isFurtherBehind(node: Node, than: Node): boolean {
  if (than.source!.endless === undefined) return false;
  if (node.source!.endless === undefined) return true;
  if (node.passedOn !== than.passedOn) return node.passedOn < than.passedOn;
  return node.lastPull < than.lastPull;
}

/** The input that has a message, or an end not told yet; -1 when none has. */
function readyInput(node: Node): number {
  const wanted = node.operator!.wants?.();
  if (wanted !== undefined && !node.endTold[wanted]) return isReady(node, wanted) ? wanted : -1;
  for (let i = 0; i < node.queues.length; i++) if (isReady(node, i)) return i;
  return -1;
}

const isReady = (node: Node, input: number): boolean => node.queues[input].length > 0 || (node.ended[input] && !node.endTold[input]);
