"""Writes smoothing-filters.json: what pandas, scipy, statsmodels, numpy and scikit-learn make of the series in it."""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import signal, stats
from sklearn.preprocessing import MinMaxScaler
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.tsa.holtwinters import ExponentialSmoothing

HERE = Path(__file__)
AIR = [float(v) for v in json.loads(HERE.with_name("air-passengers.json").read_text())["values"]]
rng = np.random.default_rng(7)


def numbers(values):
    return [None if math.isnan(v) else float(f"{v:.15g}") for v in values]


def noisy(n):
    return [round(float(v), 6) for v in np.cumsum(rng.standard_normal(n))]


def gappy(n, share=0.2):
    values = noisy(n)
    return [None if rng.random() < share else v for v in values]


def nan(values):
    return np.array([np.nan if v is None else v for v in values], float)


cases = []


def case(function, against, arguments, expected, tolerance=1e-10, why=None):
    one = {"function": function, "against": against, "tolerance": tolerance}
    if why is not None:
        one["why"] = why
    cases.append({**one, "input": arguments, "expected": expected})


# Exponentially weighted means.
for x in (noisy(60), gappy(60), [None, None] + noisy(10)):
    frame = pd.Series(nan(x))
    case("locf", "pandas.Series.ffill", {"series": x}, numbers(frame.ffill()), 0)
    for adjust in (True, False):
        for name in ("series_ema", "ema"):
            case(name, "pandas.Series.ewm", {"series": x, "alpha": 0.3, "adjust": adjust}, numbers(frame.ewm(alpha=0.3, adjust=adjust).mean()))
        case("series_ema", "pandas.Series.ewm", {"series": x, "span": 9.0, "adjust": adjust}, numbers(frame.ewm(span=9, adjust=adjust).mean()))
    case("series_ema", "pandas.Series.ewm", {"series": x, "half_life": 4.0}, numbers(frame.ewm(halflife=4).mean()))
seconds = np.cumsum(rng.integers(1, 40, 50))
x = noisy(50)
uneven = pd.Series(x).ewm(halflife=pd.Timedelta(seconds=30), times=pd.to_datetime(seconds, unit="s")).mean()
case("series_ema", "pandas.Series.ewm", {"series": x, "half_life": 30.0, "times": [int(s) * 1_000_000 for s in seconds]}, numbers(uneven))


# Holt and Holt-Winters, from the starting values that the functions state.
def holt_winters(x, m, alpha, beta, gamma, seasonal):
    y = np.array(x)
    if m is None:
        slope = y[1] - y[0]
        start = {"initial_level": y[0] - slope, "initial_trend": slope}
    else:
        level = y[:m].mean()
        figures = y[:m] - level if seasonal == "add" else y[:m] / level
        start = {"initial_level": level, "initial_trend": (y[m : 2 * m].mean() - level) / m, "initial_seasonal": figures}
    model = ExponentialSmoothing(y, trend="add", seasonal=seasonal, seasonal_periods=m, initialization_method="known", **start)
    # statsmodels' smoothing_trend is the weight of the newest change, as ours; smoothing_seasonal likewise.
    smoothing = {"smoothing_level": alpha, "smoothing_trend": beta}
    if m is not None:
        smoothing["smoothing_seasonal"] = gamma
    return model.fit(optimized=False, **smoothing)


for x in (noisy(40), AIR[:60]):
    fit = holt_winters(x, None, 0.4, 0.2, None, None)
    # Two values give the trend: there is none, nor is anything expected, before.
    trend, fitted = [None] + numbers(fit.trend)[1:], [None, None] + numbers(fit.fittedvalues)[2:]
    expected = {"level": numbers(fit.level), "trend": trend, "fitted": fitted}
    for name in ("series_double_exponential", "double_exponential"):
        case(name, "statsmodels.tsa.holtwinters.ExponentialSmoothing", {"series": x, "alpha": 0.4, "beta": 0.2}, expected)
for kind, name in (("add", "additive"), ("mul", "multiplicative")):
    fit = holt_winters(AIR, 12, 0.3, 0.1, 0.4, kind)
    # The first two seasons give the start: nothing is said before their end.
    parts = {"level": fit.level, "trend": fit.trend, "seasonal": fit.season}
    expected = {key: [None] * 23 + numbers(value)[23:] for key, value in parts.items()}
    expected["fitted"] = [None] * 24 + numbers(fit.fittedvalues)[24:]
    arguments = {"series": AIR, "period": 12, "alpha": 0.3, "beta": 0.1, "gamma": 0.4, "seasonal": name}
    for function in ("series_triple_exponential", "triple_exponential"):
        case(function, "statsmodels.tsa.holtwinters.ExponentialSmoothing", arguments, expected)


# Hampel's filter, from rolling medians.
def hampel(x, window, sigmas):
    frame = pd.Series(nan(x))
    rolling = frame.rolling(window, center=True, min_periods=1)
    median = rolling.median()
    spread = rolling.apply(lambda w: np.nanmedian(np.abs(w - np.nanmedian(w))), raw=True)
    scale = 1 / stats.norm.ppf(0.75)
    out = frame.where(~((frame - median).abs() > sigmas * scale * spread), median)
    return numbers(out.where(frame.notna()))


spiky = noisy(80)
for i in (5, 6, 33, 79):
    spiky[i] += 25
case("series_hampel", "pandas rolling medians", {"series": spiky, "window": 7, "sigmas": 3.0}, hampel(spiky, 7, 3))
case("series_hampel", "pandas rolling medians", {"series": spiky, "window": 15, "sigmas": 2.0}, hampel(spiky, 15, 2))
holes = gappy(60)
holes[11] = 99.0
case("series_hampel", "pandas rolling medians", {"series": holes, "window": 5, "sigmas": 3.0}, hampel(holes, 5, 3))

# Savitzky and Golay.
x = noisy(60)
for window, degree, derivative, step in ((5, 2, 0, 1.0), (11, 3, 0, 1.0), (11, 3, 1, 0.5), (21, 4, 2, 2.0), (7, 0, 0, 1.0), (7, 2, 3, 1.0)):
    out = signal.savgol_filter(x, window, degree, deriv=derivative, delta=step)
    arguments = {"series": x, "window": window, "degree": degree, "derivative": derivative, "step": step}
    case("series_savgol", "scipy.signal.savgol_filter", arguments, numbers(out), 1e-9)

# LOESS.
x = noisy(70)
x[20] += 15
position = np.arange(70.0)
for fraction, rounds, delta in ((2 / 3, 3, 0.0), (0.3, 0, 0.0), (0.2, 2, 0.0), (0.4, 3, 5.0), (1.0, 1, 0.0), (0.02, 1, 0.0)):
    out = lowess(np.array(x), position, frac=fraction, it=rounds, delta=delta, return_sorted=False)
    arguments = {"series": x, "fraction": fraction, "iterations": rounds, "delta": delta}
    case("series_loess", "statsmodels.nonparametric.smoothers_lowess.lowess", arguments, numbers(out))
ties = [float(v) for v in np.sort(rng.integers(0, 40, 70))]
out = lowess(np.array(x), np.array(ties), frac=0.5, it=2, return_sorted=False)
case("series_loess", "statsmodels.nonparametric.smoothers_lowess.lowess", {"series": x, "fraction": 0.5, "iterations": 2, "x": ties}, numbers(out))

# Linear filters.
x = noisy(50)
weights = [0.5, 1.0, 2.0, 1.0, 0.25]
scaled = np.array(weights) / sum(weights)
case("series_fir", "scipy.signal.lfilter", {"series": x, "filter": weights}, numbers(signal.lfilter(scaled, 1, x)))
case("series_fir", "scipy.signal.lfilter", {"series": x, "filter": [1.0, -1.0]}, numbers(signal.lfilter([1, -1], 1, x)))
case("series_fir", "numpy.convolve", {"series": x, "filter": weights, "center": True}, numbers(np.convolve(x, scaled, "same")))
even = {"series": x, "filter": [1.0, 2.0, 3.0, 4.0], "normalize": False, "center": True}
case("series_fir", "scipy.signal.convolve", even, numbers(signal.convolve(x, [1, 2, 3, 4], "same")))
b, a = signal.butter(3, 0.2)
for numerators, denominators in ((b, a), ([1.0], [1.0, -1.0]), ([1.0, 0.5, 0.2], [2.0]), ([0.3], [2.0, -0.5, 0.1])):
    arguments = {"series": x, "numerators": list(map(float, numerators)), "denominators": list(map(float, denominators))}
    case("series_iir", "scipy.signal.lfilter", arguments, numbers(signal.lfilter(numerators, denominators, x)), 1e-9)

# Changes and scales.
x = gappy(40)
frame = pd.Series(nan(x))
case("series_derivative", "numpy.diff", {"series": x, "step": 0.5}, [None] + numbers(np.diff(nan(x)) / 0.5))
y = noisy(40)
case("series_derivative", "numpy.gradient", {"series": y, "step": 2.0, "method": "central"}, numbers(np.gradient(y, 2.0)))
when = np.cumsum(rng.integers(1, 9, 40))
micros = [int(s) * 1_000_000 for s in when]
case("series_derivative", "numpy.gradient", {"series": y, "times": micros, "method": "central"}, numbers(np.gradient(y, when.astype(float))))
for name in ("series_derivative", "derivative"):
    case(name, "numpy.diff", {"series": y, "times": micros}, [None] + numbers(np.diff(y) / np.diff(when)))
case("percent_change", "pandas.Series.pct_change", {"series": x}, numbers(100 * frame.pct_change(fill_method=None)))
for lag in (1, 3):
    case("series_percent_change", "pandas.Series.pct_change", {"series": x, "lag": lag}, numbers(100 * frame.pct_change(lag, fill_method=None)))
case("series_normalize", "sklearn.preprocessing.MinMaxScaler", {"series": x}, numbers(MinMaxScaler().fit_transform(nan(x).reshape(-1, 1)).ravel()))
for ddof in (0, 1):
    case("series_z_score", "scipy.stats.zscore", {"series": x, "ddof": ddof}, numbers(stats.zscore(nan(x), ddof=ddof, nan_policy="omit")))

versions = {name: version(package) for name, package in (("pandas", "pandas"), ("scipy", "scipy"), ("statsmodels", "statsmodels"), ("numpy", "numpy"), ("sklearn", "scikit-learn"))}
HERE.with_suffix(".json").write_text(json.dumps({"versions": versions, "cases": cases}, separators=(",", ":")) + "\n")
