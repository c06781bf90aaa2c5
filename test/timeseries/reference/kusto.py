"""Writes kusto.json: what Kusto's documentation shows, and numpy, scipy and pandas make of the same definitions."""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

HERE = Path(__file__)
DOCUMENTATION = "Kusto documentation, dataexplorer-docs"
rng = np.random.default_rng(8)
cases = []


def case(function, against, arguments, expected, tolerance=1e-10, why=None):
    one = {"function": function, "against": against, "tolerance": tolerance}
    if why is not None:
        one["why"] = why
    cases.append({**one, "input": arguments, "expected": expected})


def numbers(values):
    return [None if math.isnan(v) else float(f"{v:.15g}") for v in values]


def nan(values):
    return np.array([np.nan if v is None else v for v in values], float)


def noisy(n, scale=1.0):
    return [round(float(v), 6) for v in scale * rng.standard_normal(n)]


# Statistics.
numbers_of_the_page = [23.0, 46.0, 23.0, 87.0, 4.0, 8.0, 3.0, 75.0, 2.0, 56.0, 13.0, 75.0, 32.0, 16.0, 29.0]
names = ["min", "min_idx", "max", "max_idx", "avg", "stdev", "variance"]
case("series_stats", DOCUMENTATION, {"series": numbers_of_the_page}, dict(zip(names, [2, 8, 87, 3, 32.8, 28.5036338535483, 812.457142857143])), 1e-12)
case("series_stats", DOCUMENTATION, {"series": [1.0, None]}, dict.fromkeys(names))
case("series_stats", "numpy", {"series": [1.0, None, 4.0], "ignore_nonfinite": True}, dict(zip(names, [1, 0, 4, 2, 2.5, np.std([1, 4], ddof=1), 4.5])))

# Lines.
page = [2.0, 5.0, 6.0, 8.0, 11.0, 15.0, 17.0, 18.0, 25.0, 26.0, 30.0, 30.0]
digits = "the documentation gives three digits"
case(
    "series_fit_line",
    DOCUMENTATION,
    {"series": page},
    {
        "rsquare": 0.982,
        "slope": 2.730,
        "variance": 98.628,
        "rvariance": 1.686,
        "interception": -1.666,
        "line_fit": [1.064, 3.7945, 6.526, 9.256, 11.987, 14.718, 17.449, 20.180, 22.910, 25.641, 28.371, 31.102],
    },
    1e-3,
    digits,
)


def line(y, start=0):
    x = np.arange(start + 1, start + 1 + len(y), dtype=float)
    y = np.array(y, float)
    kept = ~np.isnan(y)
    fit = stats.linregress(x[kept], y[kept])
    rest = y[kept] - fit.intercept - fit.slope * x[kept]
    return {
        "rsquare": fit.rvalue**2,
        "slope": fit.slope,
        "variance": float(np.var(y[kept], ddof=1)),
        "rvariance": float(rest @ rest / (kept.sum() - 1)),
        "interception": fit.intercept,
        "line_fit": numbers(fit.intercept + fit.slope * x),
    }


broken = [1, 2.2, 2.5, 4.7, 5.0, 12, 10.3, 10.3, 9, 8.3, 6.2]
gaps = [3.0, None, 5.5, 6.0, None, 9.0, 9.5, 14.0]
for y in (broken, gaps, noisy(40), [v + 1e6 for v in noisy(30)]):
    case("series_fit_line", "scipy.stats.linregress", {"series": y}, line(nan(y)), 1e-9)


def two_lines(y):
    y = np.array(y, float)
    n = len(y)

    def rest(side):
        x = np.arange(len(side), dtype=float)
        coefficients = np.polyfit(x, side, 1)
        return float(((side - np.polyval(coefficients, x)) ** 2).sum())

    sums = {k: rest(y[:k]) + rest(y[k:]) for k in range(2, n - 1)}
    split = min(sums, key=sums.get)
    left, right = line(y[:split]), line(y[split:], split)
    total = float(((y - y.mean()) ** 2).sum())
    out = {
        "rsquare": 1 - sums[split] / total,
        "split_idx": split,
        "variance": total / (n - 1),
        "rvariance": sums[split] / (n - 1),
        "line_fit": left.pop("line_fit") + right.pop("line_fit"),
    }
    for side, fit in (("right", right), ("left", left)):
        for key in ("rsquare", "slope", "interception", "variance", "rvariance"):
            out[f"{side}_{key}"] = fit[key]
    return out


steps = [round(float(v), 6) for v in np.r_[np.linspace(0, 5, 30), np.linspace(9, 2, 25)] + 0.3 * rng.standard_normal(55)]
for y in (broken, steps, noisy(25)):
    case("series_fit_2lines", "numpy.polyfit at every split", {"series": y}, two_lines(y), 1e-8)


def polynomial(y, x, degree):
    a, b = nan(y), np.array(x, float)
    coefficients = np.polyfit(b, a, degree)
    fit = np.polyval(coefficients, b)
    rest, total = ((a - fit) ** 2).sum(), ((a - a.mean()) ** 2).sum()
    return {
        "rsquare": 1 - rest / total,
        "coefficients": numbers(coefficients),
        "variance": total / (len(a) - 1),
        "rvariance": rest / (len(a) - 1),
        "poly_fit": numbers(fit),
    }


y = noisy(40)
for degree in (0, 1, 2, 5):
    case("series_fit_poly", "numpy.polyfit", {"y": y, "degree": degree}, polynomial(y, np.arange(1, 41), degree), 1e-8)
x = [round(float(v), 6) for v in np.sort(rng.uniform(-2.3, 2.7, 40))]
case("series_fit_poly", "numpy.polyfit", {"y": y, "x": x, "degree": 5}, polynomial(y, x, 5), 1e-8)

# Seasons.
for series in (
    [2, 5, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1],
    [8, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10],
    [1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6],
):
    expected = {25: [1, 2, 3, 4, 3, 2] * 4 + [1], 20: [10, 12, 14, 12, 10] * 4, 12: [0] * 12}[len(series)]
    case("series_seasonal", DOCUMENTATION, {"series": series}, expected, 0)
case("series_seasonal", DOCUMENTATION, {"series": [1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], "period": 3}, [1.5, 3.5, 5.5] * 4, 0)
case("series_seasonal", DOCUMENTATION, {"series": [1, 3, 5, 1, 3, 5, 2, 4, 6], "period": 3}, [1, 3, 5] * 3, 0)


def decompose(series, period, trend, test_points=0):
    y = nan(series)
    n = len(y)
    learnt = n - test_points
    phase = np.arange(n) % period if period > 0 else np.zeros(n, int)
    medians = pd.Series(y[:learnt]).groupby(phase[:learnt]).median()
    seasonal = medians.reindex(phase).to_numpy() if period > 0 else np.zeros(n)
    rest = (y - seasonal)[:learnt]
    if trend == "none":
        level = np.zeros(n)
    elif trend == "avg":
        level = np.full(n, np.nanmean(rest))
    else:
        kept = ~np.isnan(rest)
        fit = stats.linregress(np.arange(learnt)[kept], rest[kept])
        level = fit.intercept + fit.slope * np.arange(n)
    baseline = seasonal + level
    return {"baseline": numbers(baseline), "seasonal": numbers(seasonal), "trend": numbers(level), "residual": numbers(y - baseline)}


def scores(values, low, high):
    y = nan(values)
    known = np.sort(y[~np.isnan(y)])
    n = len(known)
    first, third = np.percentile(known, [25, 75])
    under, over = np.percentile(known[: n * high // 100], [25, 75])
    from_below = np.percentile(known[n * low // 100 :], [25, 75])
    out = np.where(y > third, (y - over) / (over - under), np.where(y < first, (y - from_below[0]) / (from_below[1] - from_below[0]), 0.0))
    return numbers(np.nan_to_num(out))


t = np.arange(150)
wave = [round(float(v), 6) for v in 10 + 0.02 * t + 4 * np.sin(2 * np.pi * t / 15) + 0.5 * rng.standard_normal(150)]
for i in (40, 77, 120):
    wave[i] += 6 if i != 77 else -7
wave[90] = None
for trend in ("avg", "linefit", "none"):
    case("series_decompose", "pandas and scipy, by its definition", {"series": wave, "seasonality": 15, "trend": trend}, decompose(wave, 15, trend), 1e-9)
case("series_decompose", "pandas and scipy, by its definition", {"series": wave, "trend": "linefit"}, decompose(wave, 15, "linefit"), 1e-9)
case("series_decompose", "pandas and scipy, by its definition", {"series": wave, "seasonality": 0, "trend": "linefit"}, decompose(wave, 0, "linefit"), 1e-9)
fit = decompose(wave, 15, "linefit", 20)
case("series_decompose", "pandas and scipy, by its definition", {"series": wave, "seasonality": 15, "trend": "linefit", "test_points": 20}, fit, 1e-9)
case("series_decompose_forecast", "pandas and scipy, by its definition", {"series": wave, "points": 20, "seasonality": 15, "trend": "linefit"}, fit["baseline"], 1e-9)
for method, low, high in (("ctukey", 10, 90), ("tukey", 0, 100)):
    fit = decompose(wave, 15, "linefit")
    points = scores(fit["residual"], low, high)
    flags = [1 if s > 1.5 else -1 if s < -1.5 else 0 for s in points]
    expected = {"ad_flag": flags, "ad_score": points, "baseline": fit["baseline"]}
    case("series_decompose_anomalies", "pandas and numpy, by its definition", {"series": wave, "trend": "linefit", "method": method}, expected, 1e-9)

page = [30, 28, 5, 27, 31, 38, 29, 80, 25, 37, 30]
shown = [0.0, 0.0, -3.206896551724138, -0.1724137931034483, 0.0, 2.6666666666666667, 0.0, 16.666666666666669, -0.4482758620689655, 2.3333333333333337, 0.0]
case("series_outliers", DOCUMENTATION, {"series": page}, shown, 1e-14)
spiky = noisy(60)
spiky[7], spiky[30], spiky[44] = 12.0, -9.0, None
case("series_outliers", "numpy.percentile, by its definition", {"series": spiky}, scores(spiky, 10, 90))
case("series_outliers", "numpy.percentile, by its definition", {"series": spiky, "kind": "tukey"}, scores(spiky, 0, 100))
case("series_outliers", "numpy.percentile, by its definition", {"series": spiky, "min_percentile": 20.0, "max_percentile": 70.0}, scores(spiky, 20, 70))
holed = [None if v == 12.0 else v for v in spiky]
case("series_outliers", "numpy.percentile, by its definition", {"series": spiky, "ignore_val": 12.0}, scores(holed, 10, 90))

# Missing values.
page = [None, 111.0, None, 36.0, 41.0, None, None, 16.0, 61.0, 33.0, None, None]
inner = [111.0, 73.5, 36.0, 41.0, 32.667, 24.333, 16.0, 61.0, 33.0]
case("series_fill_linear", DOCUMENTATION, {"series": page}, [111.0] + inner + [33.0, 33.0], 1e-4, digits)
case("series_fill_linear", DOCUMENTATION, {"series": page, "edges": False}, [None] + inner + [None, None], 1e-4, digits)
case("series_fill_linear", DOCUMENTATION, {"series": [None] * 4}, [0.0] * 4, 0)
case("series_fill_linear", DOCUMENTATION, {"series": [None] * 4, "constant": 3.14159}, [3.14159] * 4, 0)
frame = pd.Series(nan(page))
case("series_fill_linear", "pandas.Series.interpolate", {"series": page, "edges": False}, numbers(frame.interpolate(limit_area="inside")))
case("series_fill_forward", "pandas.Series.ffill", {"series": page}, numbers(frame.ffill()), 0)
case("series_fill_backward", "pandas.Series.bfill", {"series": page}, numbers(frame.bfill()), 0)
case("series_fill_const", "pandas.Series.fillna", {"series": page, "constant": -1.5}, numbers(frame.fillna(-1.5)), 0)
marked = [-999.0 if v is None else v for v in page]
case("series_fill_forward", "pandas.Series.ffill", {"series": marked, "placeholder": -999.0}, [-999.0] + numbers(frame.ffill())[1:], 0)

# Pairs and elements.
case("series_magnitude", DOCUMENTATION, {"series": [1, 2, 3, 4]}, 5.4772255750516612, 1e-15)
case("series_cosine_similarity", DOCUMENTATION, {"a": [0.1, 0.2, 0.1, 0.2], "b": [0.11, 0.2, 0.11, 0.21]}, 0.99935343825504, 1e-13)
case("series_cosine_similarity", DOCUMENTATION, {"a": [0.1, 0.2, 0.1, 0.2], "b": [1, 2, 3, 4]}, 0.923760430703401, 1e-14)
a, b = noisy(30), noisy(30)
case("series_dot_product", "numpy.dot", {"a": a, "b": b}, float(np.dot(a, b)))
case("series_divide", DOCUMENTATION, {"a": [1, 2, 4], "b": [4, 2, 1]}, [0.25, 1.0, 4.0], 0)
for name, f in (("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply), ("divide", np.divide)):
    case(f"series_{name}", f"numpy.{f.__name__}", {"a": a, "b": b}, [float(v) for v in f(a, b)], 0)
case("series_pow", "numpy.power", {"a": [abs(v) for v in a], "b": b}, [float(v) for v in np.power(np.abs(a), b)], 1e-14)
for name, f in (("greater", np.greater), ("greater_equals", np.greater_equal), ("less", np.less), ("less_equals", np.less_equal), ("equals", np.equal), ("not_equals", np.not_equal)):
    case(f"series_{name}", f"numpy.{f.__name__}", {"a": [1, 2, 3], "b": [2, 2, 2]}, [bool(v) for v in f([1, 2, 3], [2, 2, 2])], 0)
for name, f in (("abs", np.abs), ("sign", np.sign), ("floor", np.floor), ("ceiling", np.ceil)):
    case(f"series_{name}", f"numpy.{f.__name__}", {"series": a}, [float(v) for v in f(a)], 0)
case("series_exp", "numpy.exp", {"series": a}, [float(v) for v in np.exp(a)], 1e-14)
for name, f in (("sin", np.sin), ("cos", np.cos), ("tan", np.tan), ("atan", np.arctan)):
    case(f"series_{name}", f"numpy.{f.__name__}", {"series": a}, [float(v) for v in f(a)], 1e-14)
small = [v / 4 for v in a]
for name, f in (("asin", np.arcsin), ("acos", np.arccos)):
    case(f"series_{name}", f"numpy.{f.__name__}", {"series": small}, [float(v) for v in f(small)], 1e-14)
case("series_log", "numpy.log", {"series": [abs(v) for v in a]}, [float(v) for v in np.log(np.abs(a))], 1e-14)

versions = {name: version(name) for name in ("numpy", "scipy", "pandas")}
HERE.with_suffix(".json").write_text(json.dumps({"versions": versions, "cases": cases}, separators=(",", ":")) + "\n")
