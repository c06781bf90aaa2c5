"""Reference values of the measures of forecasts. Needs utilsforecast, scikit-learn, pandas and numpy; writes forecast-accuracy.json beside this file."""

import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
import utilsforecast
from sklearn import metrics
from utilsforecast import losses

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(77)
season = 4
training = np.round(60 + 10 * np.tile([1.0, -1.0, 2.0, -2.0], 10) + rng.normal(0, 4, 40), 3)
actual = np.round(60 + 10 * np.tile([1.0, -1.0, 2.0, -2.0], 3) + rng.normal(0, 4, 12), 3)
forecast = np.round(actual + rng.normal(1, 5, 12), 3)
lower, upper = forecast - 6, forecast + 7
frame = pd.DataFrame({"unique_id": "s", "ds": range(12), "y": actual, "f": forecast, "f-lo-95": lower, "f-hi-95": upper})
train = pd.DataFrame({"unique_id": "s", "ds": range(-40, 0), "y": training})


def of(loss, *args, **kwargs):
    return float(loss(frame, ["f"], *args, **kwargs)["f"].iloc[0])


def quantile(q):
    return float(losses.quantile_loss(frame, {"f": "f"}, q=q)["f"].iloc[0])


scale = float(np.mean(np.abs(training[season:] - training[:-season])))
# MSIS as the M4 competition's R code writes it: no library has it.
outside = 2 / 0.05 * ((lower - actual) * (actual < lower) + (actual - upper) * (actual > upper))
naive = np.full(12, training[-1])
naive_smape = float(np.mean(200 * np.abs(actual - naive) / (np.abs(actual) + np.abs(naive))))
smape = 200 * of(losses.smape)
mase = of(losses.mase, season, train)
ROWS = [
    ("mae", "sklearn.metrics.mean_absolute_error", float(metrics.mean_absolute_error(actual, forecast))),
    ("mse", "sklearn.metrics.mean_squared_error", float(metrics.mean_squared_error(actual, forecast))),
    ("rmse", "utilsforecast.losses.rmse", of(losses.rmse)),
    ("mape", "utilsforecast.losses.mape, times 100", 100 * of(losses.mape)),
    ("smape", "utilsforecast.losses.smape, times 200", smape),
    ("mase", "utilsforecast.losses.mase", mase),
    ("rmsse", "utilsforecast.losses.rmsse", of(losses.rmsse, season, train)),
    ("coverage", "utilsforecast.losses.coverage", float(losses.coverage(frame, ["f"], 95)["f"].iloc[0])),
    ("msis", "numpy, the formula of the M4 competition", float(np.mean(upper - lower + outside) / scale)),
    ("pinball_0.1", "utilsforecast.losses.quantile_loss", quantile(0.1)),
    ("pinball_0.8", "sklearn.metrics.mean_pinball_loss", float(metrics.mean_pinball_loss(actual, forecast, alpha=0.8))),
    ("owa", "numpy, the formula of the M4 competition", (smape / naive_smape + mase / (np.mean(np.abs(actual - naive)) / scale)) / 2),
]
cases = [
    {"function": name.split("_")[0], "against": against, "tolerance": 1e-12, "input": name, "expected": value} for name, against, value in ROWS
]
result = {
    "versions": {"utilsforecast": utilsforecast.__version__, "sklearn": sklearn.__version__, "numpy": np.__version__},
    "season": season,
    "training": list(training),
    "actual": list(actual),
    "forecast": list(forecast),
    "cases": cases,
}
(HERE / "forecast-accuracy.json").write_text(json.dumps(result, indent=1) + "\n")
