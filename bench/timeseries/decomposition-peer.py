"""STL and MSTL of statsmodels: the other side of decomposition-speed.ts.

    python decomposition-peer.py points

Prints seconds of one run of each case, one thread, and the trend at every thousandth of the series, as JSON.
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from statsmodels.tsa.seasonal import MSTL, STL

points = int(sys.argv[1])
i = np.arange(points)
noise = (i * i * 7) % 1009 / 1009 - 0.5
series = 10 + 0.001 * i + 3 * np.sin(2 * np.pi * i / 24) + 2 * np.cos(2 * np.pi * i / 168) + noise
cases = {
    "stl_24": lambda: STL(series, period=24).fit(),
    "stl_24_robust": lambda: STL(series, period=24, robust=True).fit(),
    "mstl_24_168": lambda: MSTL(series, periods=(24, 168)).fit(),
}
answers = {}
for name, run in cases.items():
    started = time.perf_counter()
    trend = run().trend
    answers[name] = {"seconds": time.perf_counter() - started, "trend": [float(v) for v in trend[:: points // 1000]]}
print(json.dumps(answers))
