"""Writes decomposition.json: what statsmodels and statsforecast make of the series in it."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from statsforecast.models import MSTL as MSTLForecast
from statsforecast.models import Naive, RandomWalkWithDrift
from statsforecast.mstl import mstl as statsforecast_mstl
from statsmodels.tsa.seasonal import MSTL, STL

HERE = Path(__file__)
AIR = json.loads(HERE.with_name("air-passengers.json").read_text())["values"]
rng = np.random.default_rng(5)


def seasonal(n, periods, noise):
    t = np.arange(n)
    y = 20 + 0.03 * t + noise * rng.standard_normal(n)
    for i, period in enumerate(periods):
        y = y + (3 - i) * np.sin(2 * np.pi * t / period) + np.cos(4 * np.pi * t / period)
    return [round(float(v), 6) for v in y]


def numbers(values):
    return [float(f"{v:.13g}") for v in values]


def parts(fit):
    return {
        "seasonal": numbers(fit.seasonal),
        "trend": numbers(fit.trend),
        "residual": numbers(fit.resid),
        "baseline": numbers(np.asarray(fit.seasonal) + fit.trend),
    }


cases = []


def stl(series, period, robust=False, **windows):
    names = {"seasonal_window": "seasonal", "trend_window": "trend", "low_pass_window": "low_pass"}
    fit = STL(np.array(series, float), period=period, robust=robust, **{names[k]: v for k, v in windows.items()}).fit()
    cases.append(
        {
            "function": "stl",
            "against": "statsmodels.tsa.seasonal.STL",
            "tolerance": 1e-10,
            "input": {"series": series, "period": period, "robust": robust, **windows},
            "expected": parts(fit),
        }
    )


def mstl(series, periods, robust=False, windows=None, iterations=2):
    fit = MSTL(
        np.array(series, float),
        periods=tuple(periods),
        windows=None if windows is None else tuple(windows),
        iterate=iterations,
        stl_kwargs={"robust": robust},
    ).fit()
    table = np.asarray(fit.seasonal).reshape(len(series), -1).T
    used = sorted(p for p in periods if p < len(series) / 2)
    cases.append(
        {
            "function": "mstl",
            "against": "statsmodels.tsa.seasonal.MSTL",
            "tolerance": 1e-10,
            "input": {"series": series, "periods": periods, "robust": robust, "windows": windows, "iterations": iterations},
            "expected": {
                "periods": used,
                "seasonal": [numbers(row) for row in table],
                "trend": numbers(fit.trend),
                "residual": numbers(fit.resid),
                "baseline": numbers(table.sum(axis=0) + fit.trend),
            },
        }
    )


stl(AIR, 12)
stl(AIR, 12, robust=True)
stl(AIR, 12, seasonal_window=13, trend_window=23, low_pass_window=15)
short = seasonal(15, [7], 0.3)
stl(short, 7)
stl(seasonal(31, [4], 0.5), 4, robust=True)
spiked = seasonal(120, [12], 0.2)
spiked[17] += 30
spiked[80] -= 25
stl(spiked, 12, robust=True, seasonal_window=35)

two = seasonal(160, [6, 30], 0.3)
mstl(two, [30, 6])
mstl(two, [6, 30], robust=True, iterations=1)
mstl(two, [6, 30], windows=[9, 13])
mstl(two, [6])
mstl(two, [6, 90])

# The forecaster's decomposition, with constants instead of lines along each phase, as R's mstl has them.
table = statsforecast_mstl(np.array(two, float), period=[6, 30])
cases.append(
    {
        "function": "mstl",
        "against": "statsforecast.mstl.mstl",
        "tolerance": 1e-10,
        "degree": 0,
        "input": {"series": two, "periods": [6, 30]},
        "expected": {
            "periods": [6, 30],
            "seasonal": [numbers(table["seasonal6"]), numbers(table["seasonal30"])],
            "trend": numbers(table["trend"]),
            "residual": numbers(table["remainder"]),
        },
    }
)

# Forecasts: the model of what is left without the seasons, which repeat.
for name, forecaster in (("mstl_naive", Naive()), ("mstl_drift", RandomWalkWithDrift())):
    for series, seasons in ((AIR, [12]), (two, [6, 30])):
        values = np.array(series, float)
        out = MSTLForecast(season_length=seasons, trend_forecaster=forecaster).forecast(values, h=40, level=[90])
        cases.append(
            {
                "function": name,
                "against": "statsforecast.models.MSTL",
                "tolerance": 1e-10,
                "input": {"series": series, "seasons": seasons},
                "expected": {"mean": numbers(out["mean"]), "lower": numbers(out["lo-90"]), "upper": numbers(out["hi-90"])},
            }
        )

# The form over tables: the same, with the sum of the seasons and each of them.
fit = STL(np.array(AIR, float), period=12).fit()
cases.append(
    {
        "function": "ts_decompose",
        "against": "statsmodels.tsa.seasonal.STL",
        "tolerance": 1e-10,
        "input": {"series": AIR, "season_length": [12]},
        "expected": {"trend": numbers(fit.trend), "seasonal": numbers(fit.seasonal), "remainder": numbers(fit.resid)},
    }
)
fit = MSTL(np.array(two), periods=(6, 30), stl_kwargs={"robust": True}).fit()
cases.append(
    {
        "function": "ts_decompose",
        "against": "statsmodels.tsa.seasonal.MSTL",
        "tolerance": 1e-10,
        "input": {"series": two, "season_length": [6, 30], "robust": True},
        "expected": {
            "trend": numbers(fit.trend),
            "seasonal": numbers(np.asarray(fit.seasonal).sum(axis=1)),
            "seasonal_6": numbers(np.asarray(fit.seasonal)[:, 0]),
            "seasonal_30": numbers(np.asarray(fit.seasonal)[:, 1]),
            "remainder": numbers(fit.resid),
        },
    }
)

# The example of ClickHouse's documentation of seriesDecomposeSTL, to the digits it prints.
cases.append(
    {
        "function": "stl",
        "against": "ClickHouse documentation, seriesDecomposeSTL",
        "tolerance": 1e-6,
        "input": {"series": [10.1, 20.45, 40.34] * 8, "period": 3},
        "expected": {
            "seasonal": [-13.53, -3.18, 16.71] * 8,
            "trend": [23.63] * 24,
            "baseline": [10.1, 20.45, 40.34] * 8,
        },
    }
)

versions = {name: version(name) for name in ("statsmodels", "statsforecast")}
HERE.with_suffix(".json").write_text(json.dumps({"versions": versions, "cases": cases}, separators=(",", ":")) + "\n")
