"""Writes arima.json: likelihoods, forecasts and estimates of ARIMA models as statsmodels gives them, and a regression with Fourier terms."""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.deterministic import DeterministicProcess, Fourier
from statsmodels.tsa.statespace.sarimax import SARIMAX

warnings.filterwarnings("ignore")
HERE = Path(__file__)
rng = np.random.default_rng(13)
AIR = np.array(json.loads((HERE.parent / "air-passengers.json").read_text())["values"], dtype=float)


def stationary(n):
    e = rng.standard_normal(n + 2)
    x = [0.0, 0.0]
    for t in range(2, n + 2):
        x.append(0.6 * x[-1] - 0.2 * x[-2] + e[t] + 0.4 * e[t - 1])
    return np.round(np.array(x[2:]) + 5, 4)


SERIES = {"air": AIR, "log_air": np.log(AIR), "stationary": stationary(90), "short": stationary(25)}
REGRESSORS = {
    name: np.round(np.column_stack([np.sin(np.arange(1, len(y) + 7) / 3), np.cumsum(rng.standard_normal(len(y) + 6))]), 4)
    for name, y in SERIES.items()
}
cases = []


def model(name, order, seasonal, constant, regressors, simple):
    y = SERIES[name]
    n = len(y)
    columns = []
    if constant == "mean":
        columns.append(np.ones(n + 6))
    if constant == "drift":
        columns.append(np.arange(1.0, n + 7))
    if regressors:
        columns.extend(REGRESSORS[name].T)
    exog = np.column_stack(columns) if columns else None
    made = SARIMAX(
        y,
        exog=None if exog is None else exog[:n],
        order=order,
        seasonal_order=seasonal,
        simple_differencing=simple,
        use_exact_diffuse=not simple,
        concentrate_scale=True,
    )
    return made, None if exog is None else exog[n:]


def given(name, order, seasonal, constant, regressors):
    return {"series": name, "order": [*order, *seasonal], "constant": constant, "regressors": regressors}


def into_sarimax(coefficients, order, seasonal):
    """statsmodels has regressors first, then ar, ma, sar, sma, as here behind them."""
    arma = order[0] + order[2] + seasonal[0] + seasonal[2]
    return np.concatenate([coefficients[arma:], coefficients[:arma]])


FIXED = [
    ("air", (2, 1, 1), (0, 1, 0, 12), "none", False, [0.5960, 0.2143, -0.9819]),
    ("log_air", (0, 1, 1), (0, 1, 1, 12), "none", False, [-0.4018, -0.5569]),
    ("log_air", (1, 0, 1), (1, 0, 0, 12), "mean", False, [0.95, -0.4, 0.9, 5.5]),
    ("log_air", (2, 0, 1), (1, 1, 1, 12), "drift", True, [0.9, 0.05, -0.4, 0.1, -0.6, 0.01, 0.02, -0.01]),
    ("stationary", (2, 0, 2), (0, 0, 0, 0), "mean", False, [0.5, -0.2, 0.3, 0.25, 5.1]),
    ("stationary", (0, 0, 3), (0, 0, 0, 0), "none", True, [0.9, 0.4, 0.2, 0.5, -0.2]),
    ("stationary", (5, 1, 0), (0, 0, 2, 4), "drift", False, [-0.3, -0.3, -0.2, 0.1, 0.05, -0.4, -0.2, 0.003]),
    ("stationary", (1, 2, 4), (0, 0, 0, 0), "none", False, [0.5, -1.1, 0.1, 0.05, 0.02]),
    ("short", (1, 0, 1), (1, 0, 1, 5), "mean", False, [0.5, 0.6, 0.4, 0.8, 5]),
    ("short", (0, 0, 0), (0, 1, 1, 4), "drift", False, [-0.5, 0.01]),
]
for name, order, seasonal, constant, regressors, coefficients in FIXED:
    x = into_sarimax(np.array(coefficients), order, seasonal)
    differenced, _ = model(name, order, seasonal, constant, regressors, True)
    likelihood = float(differenced.smooth(x).llf)
    whole, future = model(name, order, seasonal, constant, regressors, False)
    result = whole.smooth(x)
    forecast = result.get_forecast(12 if future is None else 6, exog=future)
    cases.append(
        {
            "function": "forecast",
            "kind": "fixed",
            "against": "statsmodels.tsa.statespace.sarimax.SARIMAX",
            "tolerance": 1e-7,
            "input": given(name, order, seasonal, constant, regressors) | {"coefficients": coefficients},
            "expected": {
                "log_likelihood": likelihood,
                "mean": forecast.predicted_mean.tolist(),
                # Deviations in units of that of one innovation, as divisors of its variance differ.
                "relative": (np.asarray(forecast.se_mean) / np.sqrt(result.scale)).tolist(),
            },
        }
    )

ESTIMATED = [
    ("log_air", (0, 1, 1), (0, 1, 1, 12), "none", False),
    ("log_air", (2, 0, 1), (1, 1, 0, 12), "none", False),
    ("log_air", (1, 0, 0), (1, 1, 0, 12), "drift", False),
    ("air", (2, 1, 1), (0, 1, 0, 12), "none", False),
    ("air", (1, 1, 1), (0, 0, 0, 0), "drift", True),
    ("stationary", (2, 0, 1), (0, 0, 0, 0), "mean", False),
    ("stationary", (1, 0, 1), (0, 0, 0, 0), "mean", True),
    ("short", (1, 0, 0), (0, 0, 0, 0), "mean", False),
]
for name, order, seasonal, constant, regressors in ESTIMATED:
    made, _ = model(name, order, seasonal, constant, regressors, True)
    best = made.fit(disp=0, maxiter=500)
    for _ in range(3):
        best = made.fit(best.params, method="nm", disp=0, maxiter=20000, xtol=1e-10, ftol=1e-13)
    k = len(best.params) - (order[0] + order[2] + seasonal[0] + seasonal[2])
    cases.append(
        {
            "function": "forecast",
            "kind": "estimated",
            "against": "statsmodels.tsa.statespace.sarimax.SARIMAX.fit",
            "tolerance": 1e-4,
            "why": "the likelihood is flat where both searches end: it agrees to 1e-8",
            "input": given(name, order, seasonal, constant, regressors),
            "expected": {"log_likelihood": float(best.llf), "coefficients": np.concatenate([best.params[k:], best.params[:k]]).tolist()},
        }
    )

y = SERIES["log_air"]
regressions = []
for harmonics in range(1, 7):
    process = DeterministicProcess(np.arange(1, len(y) + 1), constant=True, order=1, additional_terms=[Fourier(12, harmonics)], drop=True)
    x = process.in_sample()
    if harmonics == 6:
        # The sine of half the frequency of points is zero but for rounding.
        x = x.drop(columns=[name for name in x.columns if name.startswith("sin(6")])
    fit = OLS(y, x).fit()
    k = x.shape[1] + 1
    regressions.append((fit.aic + 2 + 2 * k * (k + 1) / (len(y) - k - 1), harmonics, fit, process.out_of_sample(18)[x.columns]))
_, harmonics, fit, future = min(regressions, key=lambda one: one[0])
prediction = fit.get_prediction(future).summary_frame(alpha=0.1)
cases.append(
    {
        "function": "forecast",
        "kind": "linear",
        "against": "statsmodels.regression.linear_model.OLS",
        "tolerance": 1e-9,
        "input": {"series": "log_air", "season": 12, "level": 0.9},
        "expected": {
            "harmonics": harmonics,
            "mean": prediction["mean"].tolist(),
            "lower": prediction["obs_ci_lower"].tolist(),
            "upper": prediction["obs_ci_upper"].tolist(),
        },
    }
)

HERE.with_suffix(".json").write_text(
    json.dumps(
        {
            "versions": {name: version(name) for name in ("numpy", "statsmodels")},
            "series": {name: SERIES[name].tolist() for name in ("stationary", "short")},
            "regressors": {name: REGRESSORS[name].T.tolist() for name in REGRESSORS},
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
