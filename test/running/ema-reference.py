"""Writes ema-reference.json: exponentially weighted means as pandas gives them."""

import json
import math
from pathlib import Path

import pandas as pd

values = [math.sin(i * 1.7) * 10 + i * 0.25 for i in range(40)]
for gap in (0, 3, 4, 11, 25, 26, 27):
    values[gap] = None
seconds = [i * 30 + (i * i * 7) % 29 for i in range(40)]
series = pd.Series(values, dtype=float)
times = pd.Series(pd.to_datetime([s * 1_000_000_000 for s in seconds]))


def cells(result):
    return [None if math.isnan(x) else x for x in result]


cases = {
    "alpha => 0.3": series.ewm(alpha=0.3).mean(),
    "alpha => 1": series.ewm(alpha=1).mean(),
    "alpha => 0.3, adjust => false": series.ewm(alpha=0.3, adjust=False).mean(),
    "half_life => 2.5": series.ewm(halflife=2.5).mean(),
    "n => 9": series.ewm(span=9).mean(),
    "n => 9, adjust => false": series.ewm(span=9, adjust=False).mean(),
    "half_life => INTERVAL '45' SECOND": series.ewm(halflife="45s", times=times).mean(),
}
out = {
    "versions": {"pandas": pd.__version__},
    "values": values,
    "seconds": seconds,
    "cases": {options: cells(result) for options, result in cases.items()},
}
Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
