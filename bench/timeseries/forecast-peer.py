"""Fits and forecasts with statsforecast: the other side of forecast-speed.ts.

Reads one JSON line a request from standard input, `{"model", "series", "season", "horizon"}`, and answers with the seconds of the
processor for all series, one thread, and the mean of the first forecast (so that nothing can be left out).
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from statsforecast.models import AutoARIMA, AutoCES, AutoETS, DynamicOptimizedTheta, Theta

MODELS = {
    "theta": lambda m: Theta(season_length=m),
    "dynamic_optimized_theta": lambda m: DynamicOptimizedTheta(season_length=m),
    "auto_ets": lambda m: AutoETS(season_length=m),
    "ces": lambda m: AutoCES(season_length=m),
    "auto_arima": lambda m: AutoARIMA(season_length=m),
}

for line in sys.stdin:
    request = json.loads(line)
    series = [np.array(values) for values in request["series"]]
    model = MODELS[request["model"]](request["season"])
    model.forecast(series[0], h=request["horizon"])
    started = time.process_time()
    total = sum(float(model.forecast(y, h=request["horizon"])["mean"][0]) for y in series)
    print(json.dumps({"seconds": time.process_time() - started, "first": total / len(series)}), flush=True)
