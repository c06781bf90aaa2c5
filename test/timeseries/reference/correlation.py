"""Writes correlation.json: autocorrelations, partial ones and cross-correlations as statsmodels and numpy give them."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from statsmodels.tsa.stattools import acf, ccf, pacf

HERE = Path(__file__)
rng = np.random.default_rng(11)
AIR = json.loads((HERE.parent / "air-passengers.json").read_text())["values"]


def walk(n):
    return [round(float(v), 4) for v in np.cumsum(rng.standard_normal(n))]


def ar(n):
    x = [0.0, 0.0]
    for e in rng.standard_normal(n):
        x.append(0.7 * x[-1] - 0.3 * x[-2] + e)
    return [round(v, 4) for v in x[2:]]


def numbers(values):
    return [None if np.isnan(v) else float(v) for v in values]


cases = []


def add(function, against, tolerance, given, expected):
    cases.append({"function": function, "against": against, "tolerance": tolerance, "input": given, "expected": expected})


gaps = ar(80)
gaps[7] = gaps[30] = gaps[31] = None
for x in (walk(30), ar(150), AIR):
    for lags, adjusted in ((10, False), (14, True), (len(x) - 1, False)):
        add("acf", "statsmodels.tsa.stattools.acf", 1e-12, {"series": x, "lags": lags, "adjusted": adjusted}, numbers(acf(x, nlags=lags, adjusted=adjusted)))
    add("acf", "statsmodels.tsa.stattools.acf", 1e-12, {"series": x}, numbers(acf(x)))
    for alpha in (0.05, 0.2):
        r, bounds = acf(x, nlags=12, alpha=alpha)
        add(
            "acf_bounds",
            "statsmodels.tsa.stattools.acf",
            1e-12,
            {"series": x, "lags": 12, "confidence_level": 1 - alpha},
            {"acf": numbers(r), "lower": numbers(bounds[:, 0]), "upper": numbers(bounds[:, 1])},
        )
    for method in ("ywm", "yw", "ols"):
        add("pacf", "statsmodels.tsa.stattools.pacf", 1e-9, {"series": x, "lags": 12, "method": method}, numbers(pacf(x, nlags=12, method=method)))
values = np.array([np.nan if v is None else v for v in gaps])
add("acf", "statsmodels.tsa.stattools.acf", 1e-12, {"series": gaps, "lags": 15}, numbers(acf(values, nlags=15, missing="conservative")))
add("acf", "statsmodels.tsa.stattools.acf", 1e-12, {"series": gaps, "lags": 15, "adjusted": True}, numbers(acf(values, nlags=15, missing="conservative", adjusted=True)))
for a, b in ((walk(40), ar(40)), (ar(120), walk(120))):
    for adjusted in (True, False):
        add("ccf", "statsmodels.tsa.stattools.ccf", 1e-12, {"x": a, "y": b, "lags": 20, "adjusted": adjusted}, numbers(ccf(a, b, adjusted=adjusted, nlags=21)))
    add("series_pearson_correlation", "numpy.corrcoef", 1e-12, {"a": a, "b": b}, float(np.corrcoef(a, b)[0, 1]))

HERE.with_suffix(".json").write_text(
    json.dumps({"versions": {name: version(name) for name in ("numpy", "statsmodels")}, "cases": cases}, separators=(",", ":")) + "\n"
)
