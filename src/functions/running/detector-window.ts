import type { RunningWindow } from "../../catalog/function-types.ts";
import type { Vector } from "../../core/vector.ts";
import {
  type DetectorOptions,
  newVerdict,
  type OnlineDetector,
  type OnlineMethod,
  type Verdict,
} from "../../timeseries/anomalies/online.ts";
import { stateBytes } from "../../timeseries/anomalies/state.ts";
import { doublesOf, runningObjects, timesOf } from "./define.ts";

/** What is kept of the verdicts on some rows. */
export interface Results {
  put(row: number, point: ArrayLike<number>, verdict: Verdict, detector: OnlineDetector): void;
  column(): Vector;
}

/** A detector a partition, which judges each row by those before it. @param width columns of a point; the time stands behind them */
export function detectorWindow(
  method: OnlineMethod,
  options: DetectorOptions,
  width: number,
  resultsOf: (length: number) => Results,
): RunningWindow {
  const verdict = newVerdict();
  const point = new Float64Array(width);
  return runningObjects<OnlineDetector>(
    {
      create: () => method.create(options, width),
      save: (detector) => detector.state(),
      load: (saved) => method.restore(saved, options, width),
      bytes: stateBytes,
    },
    (detectors, partitions, args, length) => {
      const values = args.slice(0, width).map(doublesOf);
      const times = timesOf(args[width]);
      const results = resultsOf(length);
      for (let i = 0; i < length; i++) {
        for (let c = 0; c < width; c++) point[c] = values[c][i];
        const detector = detectors[partitions[i]];
        detector.update(point, times[i], verdict);
        results.put(i, point, verdict, detector);
      }
      return results.column();
    },
  );
}
