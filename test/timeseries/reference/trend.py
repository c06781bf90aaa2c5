"""Values that test/timeseries/trend.test.ts compares with: run with pymannkendall, scipy and numpy.

Writes trend.json beside itself.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pymannkendall as mk
import scipy.stats

rng = np.random.default_rng(20240612)
CASES = []
AIR = json.loads((Path(__file__).parent / "air-passengers.json").read_text())["values"]


def plain(value):
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None


def numbers(x):
    return [None if math.isnan(value) else float(value) for value in x]


def kendall(x, function, options=None, **given):
    result = function(np.asarray(x, dtype=float), **given)
    # pymannkendall has 1 - cdf, which loses the digits of small tails.
    assert math.isclose(result.p, 2 * scipy.stats.norm.sf(abs(result.z)), rel_tol=1e-9, abs_tol=1e-14)
    result = result._replace(p=2 * scipy.stats.norm.sf(abs(result.z)))
    names = dict(trend="trend", h="significant", p="pvalue", z="z", Tau="tau", s="s", var_s="variance", slope="slope", intercept="intercept")
    CASES.append(
        {
            "function": "mann_kendall",
            "against": f"pymannkendall.{function.__name__}",
            "tolerance": 1e-9,
            "input": {"series": numbers(np.asarray(x, dtype=float)), **(options or {})},
            "expected": {names[name]: plain(value) for name, value in result._asdict().items()},
        }
    )


walk = np.round(np.cumsum(rng.normal(0.02, 1, 100)), 3)
ties = rng.integers(0, 6, 80) + np.arange(80) // 30
gaps = np.round(0.03 * np.arange(70) + rng.normal(0, 1, 70), 3)
gaps[[3, 17, 18, 50]] = math.nan
short = np.array([5.0, 3.0, 4.0])
long = np.round(0.002 * np.arange(450) + rng.normal(0, 1, 450), 2)
season = np.round(np.tile([0, 4, 8, 3], 20) - 0.02 * np.arange(80) + rng.normal(0, 0.5, 80), 3)
sparse = season[:79].copy()
sparse[[0, 13, 40]] = math.nan

for x in (walk, ties, gaps, short, long, AIR):
    kendall(x, mk.original_test)
kendall(gaps, mk.original_test, {"alpha": 0.001}, alpha=0.001)
for x in (walk, ties, long, AIR):
    kendall(x, mk.hamed_rao_modification_test, {"method": "hamed_rao"})
    kendall(x, mk.hamed_rao_modification_test, {"method": "hamed_rao", "lags": 3}, lag=3)
for x in (season, sparse):
    kendall(x, mk.seasonal_test, {"method": "seasonal", "season_length": 4}, period=4)
kendall(AIR, mk.seasonal_test, {"method": "seasonal", "season_length": 12}, period=12)
kendall(long, mk.seasonal_test, {"method": "seasonal", "season_length": 7}, period=7)

for x in (walk, AIR):
    CASES.append(
        {
            "function": "trend_direction",
            "against": "pymannkendall.original_test",
            "tolerance": 0,
            "input": {"series": numbers(np.asarray(x, dtype=float))},
            "expected": mk.original_test(np.asarray(x, dtype=float)).trend,
        }
    )


def theil(y, x=None, confidence=None):
    y = np.asarray(y, dtype=float)
    result = scipy.stats.theilslopes(y, x, alpha=confidence or 0.95)
    data = {"y": y.tolist()}
    if x is not None:
        data["x"] = np.asarray(x, dtype=float).tolist()
    if confidence is not None:
        data["confidence"] = confidence
    CASES.append(
        {
            "function": "theil_sen",
            "against": "scipy.stats.theilslopes",
            "tolerance": 1e-9,
            "input": data,
            "expected": {"slope": result.slope, "intercept": result.intercept, "low_slope": result.low_slope, "high_slope": result.high_slope},
        }
    )


theil(walk)
theil(ties, confidence=0.8)
theil(long, confidence=0.99)
theil(AIR)
theil(short)
theil(rng.normal(0, 1, 60).round(2), rng.integers(0, 12, 60))
theil(rng.normal(0, 1, 420).round(1), rng.integers(0, 90, 420))

versions = {name: version(name) for name in ("pymannkendall", "scipy", "numpy")}
text = ",\n".join("  " + json.dumps(one) for one in CASES)
Path(__file__).with_suffix(".json").write_text(f'{{\n "versions": {json.dumps(versions)},\n "cases": [\n{text}\n ]\n}}\n')
