import type { ScanWarning } from "../catalog/source-spec.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { MemoryBudget, Operator, Output, ScanProgress, SourceOperator } from "./operator.ts";

/** An operator tree as it is built: a source, or an operator over inputs. `planNodes` are the plan nodes (pre-order) it does the work of, top first. */
export type OperatorTree =
  | { readonly source: SourceOperator; readonly planNodes: readonly number[] }
  | { readonly operator: Operator; readonly inputs: readonly OperatorTree[]; readonly planNodes: readonly number[] };

/** Figures of one operator of a running or finished query. */
export interface OperatorMetrics {
  readonly tree: OperatorTree;
  readonly rowsOut: number;
  /** Time spent in its own pieces on the driving thread, milliseconds. */
  readonly selfMs: number;
  /** Largest state seen. */
  readonly stateBytes: number;
}

/** A tree node at run time: its input queues, and where its output goes. */
class Node implements Output {
  readonly tree: OperatorTree;
  readonly operator: Operator | undefined;
  readonly source: SourceOperator | undefined;
  readonly inputs: Node[] = [];
  readonly queues: RecordBatch[][] = [];
  /** The input will bring nothing more; its end was told to the operator. */
  readonly ended: boolean[] = [];
  readonly endTold: boolean[] = [];
  /** The operator has more to do before anything else reaches it. */
  busy = false;
  done = false;
  rowsOut = 0;
  selfMs = 0;
  stateBytes = 0;
  maxStateBytes = 0;
  readonly #deliver: (batch: RecordBatch) => void;

  constructor(tree: OperatorTree, deliver: (batch: RecordBatch) => void) {
    this.tree = tree;
    this.#deliver = deliver;
    this.operator = "operator" in tree ? tree.operator : undefined;
    this.source = "source" in tree ? tree.source : undefined;
    if ("inputs" in tree) {
      tree.inputs.forEach((input, i) => {
        const queue: RecordBatch[] = [];
        this.queues.push(queue);
        this.ended.push(false);
        this.endTold.push(false);
        this.inputs[i] = new Node(input, (batch) => queue.push(batch));
      });
    }
  }

  push(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.rowsOut += batch.length;
    this.#deliver(batch);
  }
}

/**
 * Runs one operator tree in bounded pieces. What is queued furthest downstream goes first, and a source is pulled only when nothing is queued,
 * so that queues hold what one piece gave and no more.
 */
export class Driver {
  readonly #root: Node;
  /** Every node before its inputs. */
  readonly #nodes: Node[] = [];
  readonly #memory: MemoryBudget;
  readonly #checkInterrupt: () => void;
  readonly #wake: () => void;
  readonly #warnings: ScanWarning[] = [];

  /** `sink` gets the root's batches; `wake` is called when a source that had nothing has something again. */
  constructor(
    tree: OperatorTree,
    sink: (batch: RecordBatch) => void,
    options: { memory: MemoryBudget; checkInterrupt: () => void; wake: () => void },
  ) {
    this.#root = new Node(tree, sink);
    this.#memory = options.memory;
    this.#checkInterrupt = options.checkInterrupt;
    this.#wake = options.wake;
    const collect = (node: Node): void => {
      this.#nodes.push(node);
      node.inputs.forEach(collect);
    };
    collect(this.#root);
  }

  /** Works until about `deadline` (performance.now milliseconds). Throws what an operator throws; the caller then closes the driver. */
  run(deadline: number): "more" | "waiting" | "done" {
    let now = performance.now();
    while (!this.#root.done) {
      this.#checkInterrupt();
      const node = this.#nodes.find(hasWork) ?? this.#sourceToPull();
      const state = node.source === undefined ? this.#step(node, node.operator!) : this.#pull(node, node.source);
      const then = performance.now();
      node.selfMs += then - now;
      now = then;
      this.#account(node);
      if (state === "waiting") return "waiting";
      if (now >= deadline) break;
    }
    return this.#root.done ? "done" : "more";
  }

  #step(node: Node, operator: Operator): void {
    if (node.busy) node.busy = operator.resume(node);
    else {
      const input = readyInput(node);
      const batch = node.queues[input].shift();
      if (batch !== undefined) node.busy = operator.process(input, batch, node);
      else {
        node.endTold[input] = true;
        node.busy = operator.onEnd(input, node);
      }
    }
    if (operator.satisfied?.() === true) this.#endInputs(node);
    if (!node.busy && node.endTold.every(Boolean)) this.#finish(node);
  }

  #pull(node: Node, source: SourceOperator): "waiting" | undefined {
    const result = source.pull(node, this.#wake);
    if (result === "end") {
      this.#warnings.push(...(source.warnings?.() ?? []));
      this.#finish(node);
    }
    return result === "waiting" ? "waiting" : undefined;
  }

  /** The source that the operator furthest downstream waits for. */
  #sourceToPull(): Node {
    let node = this.#root;
    while (node.source === undefined) {
      const wanted = node.operator!.wants?.();
      const input = wanted !== undefined && !node.ended[wanted] ? wanted : node.ended.indexOf(false);
      node = node.inputs[input];
    }
    return node;
  }

  #account(node: Node): void {
    const bytes = node.done ? 0 : ((node.operator ?? node.source)!.stateBytes?.() ?? 0);
    if (bytes === node.stateBytes) return;
    const more = bytes - node.stateBytes;
    node.stateBytes = bytes;
    if (bytes > node.maxStateBytes) node.maxStateBytes = bytes;
    this.#memory.charge((node.operator ?? node.source)!.name, more);
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
    (node.operator ?? node.source)!.close?.();
  }

  /** Releases everything, whether or not the run came to its end. */
  close(): void {
    this.#stop(this.#root);
  }

  /** Pre-order. */
  metrics(): OperatorMetrics[] {
    return this.#nodes.map(({ tree, rowsOut, selfMs, maxStateBytes }) => ({ tree, rowsOut, selfMs, stateBytes: maxStateBytes }));
  }

  warnings(): readonly ScanWarning[] {
    return this.#warnings;
  }

  /** Progress of each source that can tell. */
  progress(): ScanProgress[] {
    return this.#nodes.flatMap((node) => node.source?.progress?.() ?? []);
  }
}

const hasWork = (node: Node): boolean => !node.done && node.operator !== undefined && (node.busy || readyInput(node) >= 0);

/** The input that has a batch, or an end not told yet; -1 when none has. */
function readyInput(node: Node): number {
  const wanted = node.operator!.wants?.();
  if (wanted !== undefined && !node.endTold[wanted]) return isReady(node, wanted) ? wanted : -1;
  for (let i = 0; i < node.queues.length; i++) if (isReady(node, i)) return i;
  return -1;
}

const isReady = (node: Node, input: number): boolean => node.queues[input].length > 0 || (node.ended[input] && !node.endTold[input]);
