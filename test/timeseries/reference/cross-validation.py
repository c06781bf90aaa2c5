"""Conformal bounds, rolling origins and measures of forecasts on AirPassengers, by statsforecast and scikit-learn. Writes cross-validation.json beside it."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, root_mean_squared_error
from statsforecast import StatsForecast
from statsforecast.models import Naive, SeasonalNaive
from statsforecast.utils import ConformalIntervals

folder = Path(__file__).parent
stored = json.loads((folder / "air-passengers.json").read_text())
y = np.array(stored if isinstance(stored, list) else stored["values"], dtype=float)
df = pd.DataFrame({"unique_id": "a", "ds": np.arange(len(y)), "y": y})
cases = []

for name, model in (("seasonal_naive", SeasonalNaive(12)), ("naive", Naive())):
    sf = StatsForecast(models=[model], freq=1)
    rows = sf.forecast(df=df, h=6, level=[80, 95], prediction_intervals=ConformalIntervals(n_windows=2, h=6)).iloc[:, 2:]
    columns = [rows.iloc[:, k].tolist() for k in range(5)]
    cases.append({
        "function": "forecast",
        "against": "statsforecast.utils.ConformalIntervals",
        "tolerance": 1e-9,
        "input": {"model": name, "horizon": 6, "windows": 2},
        "expected": {"mean": columns[0], "lower80": columns[2], "upper80": columns[3], "lower95": columns[1], "upper95": columns[4]},
    })

sf = StatsForecast(models=[SeasonalNaive(12)], freq=1)
for sliding in (None, 60):
    cv = sf.cross_validation(df=df, h=6, n_windows=4, step_size=5, input_size=sliding, level=[95])
    cases.append({
        "function": "ts_cv",
        "against": "statsforecast.StatsForecast.cross_validation",
        "tolerance": 1e-9,
        "input": {"model": "seasonal_naive", "horizon": 6, "folds": 4, "step": 5, "window": sliding},
        "expected": {
            "cutoff": cv["cutoff"].tolist(),
            "actual": cv["y"].tolist(),
            "forecast": cv["SeasonalNaive"].tolist(),
        },
    })

one = sf.cross_validation(df=df, h=12, n_windows=1, level=[95])
actual, mean = one["y"].to_numpy(), one["SeasonalNaive"].to_numpy()
lower, upper = one["SeasonalNaive-lo-95"].to_numpy(), one["SeasonalNaive-hi-95"].to_numpy()
train = y[:-12]
scale = np.abs(train[12:] - train[:-12]).mean()
inside = (actual >= lower) & (actual <= upper)
outside = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
cases.append({
    "function": "compare_forecasts",
    "against": "scikit-learn, sklearn.metrics, and numpy",
    "tolerance": 1e-5,
    "why": "statsforecast's bounds are of the deviation with another divisor, in single precision",
    "input": {"model": "seasonal_naive", "horizon": 12, "folds": 1},
    "expected": {
        "mae": mean_absolute_error(actual, mean),
        "rmse": root_mean_squared_error(actual, mean),
        "mape": float(np.mean(100 * np.abs(actual - mean) / np.abs(actual))),
        "smape": float(np.mean(200 * np.abs(actual - mean) / (np.abs(actual) + np.abs(mean)))),
        "mase": float(np.abs(actual - mean).mean() / scale),
        "rmsse": float(np.sqrt(((actual - mean) ** 2).mean() / ((train[12:] - train[:-12]) ** 2).mean())),
        "coverage": float(inside.mean()),
        "msis": float((upper - lower + 2 / 0.05 * outside).mean() / scale),
        "pinball": (mean_pinball_loss(actual, lower, alpha=0.025) + mean_pinball_loss(actual, upper, alpha=0.975)) / 2,
    },
})

versions = {name: version(name) for name in ("statsforecast", "scikit-learn", "numpy")}
(folder / "cross-validation.json").write_text(json.dumps({"versions": versions, "cases": cases}, indent=1) + "\n")
