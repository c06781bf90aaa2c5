"""Writes tests.json: unit-root, stationarity, portmanteau and accuracy tests as statsmodels gives them."""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import adfuller, diebold_mariano_test, kpss

warnings.filterwarnings("ignore")
HERE = Path(__file__)
rng = np.random.default_rng(12)
AIR = json.loads((HERE.parent / "air-passengers.json").read_text())["values"]


def rounded(values):
    return [round(float(v), 4) for v in values]


def ar(n, phi):
    x = [0.0]
    for e in rng.standard_normal(n):
        x.append(phi * x[-1] + e)
    return rounded(x[1:])


cases = []


def add(function, against, tolerance, given, expected):
    cases.append({"function": function, "against": against, "tolerance": tolerance, "input": given, "expected": expected})


for x in (ar(40, 0.5), ar(120, 0.9), rounded(np.cumsum(rng.standard_normal(150))), rounded(10 + 0.1 * np.arange(60) + rng.standard_normal(60)), AIR):
    for regression in ("n", "c", "ct", "ctt"):
        for choice in ("aic", "bic", "t-stat"):
            statistic, p, lags, points, critical, _ = adfuller(x, regression=regression, autolag=choice)
            add(
                "adf",
                "statsmodels.tsa.stattools.adfuller",
                1e-9,
                {"series": x, "regression": regression, "autolag": choice},
                {
                    "statistic": statistic,
                    "p_value": p,
                    "lags": lags,
                    "points": points,
                    "critical_1": critical["1%"],
                    "critical_5": critical["5%"],
                    "critical_10": critical["10%"],
                },
            )
    statistic, p, lags, points, _ = adfuller(x, maxlag=3, autolag=None)
    add("adf", "statsmodels.tsa.stattools.adfuller", 1e-9, {"series": x, "lags": 3, "autolag": "none"}, {"statistic": statistic, "p_value": p, "lags": 3, "points": points})
    for regression in ("c", "ct"):
        for asked in ("auto", 0, 5):
            statistic, p, lags, critical = kpss(x, regression, nlags=asked)
            add(
                "kpss",
                "statsmodels.tsa.stattools.kpss",
                1e-9,
                {"series": x, "regression": regression, **({} if asked == "auto" else {"lags": asked})},
                {
                    "statistic": statistic,
                    "p_value": p,
                    "lags": lags,
                    "critical_1": critical["1%"],
                    "critical_2_5": critical["2.5%"],
                    "critical_5": critical["5%"],
                    "critical_10": critical["10%"],
                },
            )
    for lags, parameters in ((1, 0), (6, 0), (7, 2), (12, 5), (None, 0)):
        row = acorr_ljungbox(x, lags=lags and [lags], model_df=parameters).iloc[-1]
        add(
            "ljung_box",
            "statsmodels.stats.diagnostic.acorr_ljungbox",
            1e-9,
            {"series": x, "model_df": parameters, **({} if lags is None else {"lags": lags})},
            {"statistic": row["lb_stat"], "p_value": row["lb_pvalue"]},
        )

for n in (12, 25, 60):
    y = rounded(20 + np.cumsum(rng.standard_normal(n)))
    a = rounded(y + rng.standard_normal(n))
    b = rounded(y + 1.3 * rng.standard_normal(n))
    for loss, criterion in (("squared", "mse"), ("absolute", "mad"), ("percentage", "mape")):
        for horizon in (1, 4):
            for harvey in (True, False):
                for lags in (None, horizon - 1):
                    result = diebold_mariano_test(np.array(y), np.array(a), np.array(b), criterion=criterion, horizon=horizon, harvey_adj=harvey, lags=lags)
                    add(
                        "diebold_mariano",
                        "statsmodels.tsa.stattools.diebold_mariano_test",
                        1e-9,
                        {"actual": y, "forecast_a": a, "forecast_b": b, "loss": loss, "horizon": horizon, "harvey": harvey, **({} if lags is None else {"lags": lags})},
                        {"statistic": result.statistic, "p_value": result.pvalue},
                    )


def plain(value):
    return float(value) if isinstance(value, np.floating) else int(value)


HERE.with_suffix(".json").write_text(
    json.dumps({"versions": {name: version(name) for name in ("numpy", "statsmodels")}, "cases": cases}, separators=(",", ":"), default=plain) + "\n"
)
