"""Reference values of the aggregates in two steps: counters, gauges, time weights, statistics and candlesticks.

Statistics are checked against numpy and scipy. Rates, interpolation and extrapolation are computed here in the plainest way from the definitions that TimescaleDB Toolkit
and Prometheus document. Needs numpy and scipy. Writes aggregates.json beside this file.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import stats

HERE = pathlib.Path(__file__).parent
START = 1_767_225_600  # 2026-01-01, in seconds
rng = np.random.default_rng(5)
cases = []


def case(function, against, data, call, expected, tolerance=1e-9, why=None):
    plain = float(expected) if isinstance(expected, (np.floating, float)) else expected
    plain = int(plain) if isinstance(plain, np.integer) else plain
    one = {"function": function, "against": against, "tolerance": tolerance, "input": {"data": data, "call": call}, "expected": plain}
    if why is not None:
        one["why"] = why
    cases.append(one)


# Points in time: seconds and values, in the order of time; the JSON has them in another order.
seconds = START + np.cumsum(rng.integers(1, 40, 60))
steps = np.round(rng.exponential(8, 60), 3)
counter = []
level = 12.5
for i, step in enumerate(steps):
    level = round(float(level + (0 if i % 9 == 4 else step)), 3) if i not in (13, 14, 31, 50) else round(float(step), 3)
    counter.append(level)
counter = np.array(counter)
gauge = np.round(20 + np.cumsum(rng.normal(0, 2, 60)), 3)


def unrolled(v):
    """A counter as if it had never begun again."""
    lost, out = 0.0, [v[0]]
    for before, after in zip(v, v[1:]):
        lost += before if after < before else 0.0
        out.append(after + lost)
    return np.array(out)


def change(kind, a, b):
    return b if kind == "counter_agg" and b < a else b - a


def prometheus(kind, t, v, start, end):
    """promql/functions.go: extrapolatedRate, over [start, end - 1 ms]."""
    y = unrolled(v) if kind == "counter_agg" else v
    result = y[-1] - y[0]
    sampled = t[-1] - t[0]
    mean = sampled / (len(t) - 1)
    to_start, to_end = t[0] - start, end - 0.001 - t[-1]
    if kind == "counter_agg" and result > 0 and v[0] >= 0 and sampled * v[0] / result < to_start:
        to_start = sampled * v[0] / result
    covered = sampled
    covered += to_start if to_start < mean * 1.1 else mean / 2
    covered += to_end if to_end < mean * 1.1 else mean / 2
    return result * covered / sampled


def stamp(second):
    return f"TIMESTAMP '{np.datetime64(int(second), 's')}'".replace("T0", " 0").replace("T1", " 1").replace("T2", " 2")


PLAIN = "plain Python from TimescaleDB Toolkit's definitions"
PROM = "plain Python from Prometheus's extrapolatedRate"
for kind, data, v in (("counter_agg", "counter", counter), ("gauge_agg", "gauge", gauge)):
    state = f"{kind}(t, v)"
    t = seconds
    y = unrolled(v) if kind == "counter_agg" else v
    line = stats.linregress(t - START, y)
    steps_of = [change(kind, a, b) for a, b in zip(v, v[1:])]
    case("delta", PLAIN, data, f"delta({state})", sum(steps_of))
    case(kind, PLAIN, data, f"({state}).last", v[-1])
    case("rate", PLAIN, data, f"rate({state})", sum(steps_of) / (t[-1] - t[0]))
    case("time_delta", PLAIN, data, f"time_delta({state})", float(t[-1] - t[0]))
    case("idelta_left", PLAIN, data, f"idelta_left({state})", steps_of[0])
    case("idelta_right", PLAIN, data, f"idelta_right({state})", steps_of[-1])
    case("irate_left", PLAIN, data, f"irate_left({state})", steps_of[0] / (t[1] - t[0]))
    case("irate_right", PLAIN, data, f"irate_right({state})", steps_of[-1] / (t[-1] - t[-2]))
    case("num_changes", PLAIN, data, f"num_changes({state})", int(np.sum(v[1:] != v[:-1])), 0)
    case("num_elements", PLAIN, data, f"num_elements({state})", len(t), 0)
    case("first_time", PLAIN, data, f"epoch(first_time({state}))", float(t[0]))
    case("last_time", PLAIN, data, f"epoch(last_time({state}))", float(t[-1]))
    case("first_val", PLAIN, data, f"first_val({state})", v[0])
    case("last_val", PLAIN, data, f"last_val({state})", v[-1])
    case("slope", "scipy.stats.linregress", data, f"slope({state})", line.slope)
    case("intercept", "scipy.stats.linregress", data, f"intercept({state})", line.intercept + line.slope * (946_684_800 - START), 1e-8, "the line reaches back 26 years")
    case("stats_corr", "scipy.stats.linregress", data, f"stats_corr({state})", line.rvalue)
    at = int(t[-1]) + 300
    case("predict_linear", "scipy.stats.linregress", data, f"predict_linear({state}, {stamp(at)})", line.intercept + line.slope * (at - START))
    for start, end in ((START, int(t[-1]) + 5), (START - 500, int(t[-1]) + 500)):
        bounded = f"with_bounds({state}, {stamp(start)}, {stamp(end)})"
        extrapolated = prometheus(kind, t, v, start, end)
        case("extrapolated_delta", PROM, data, f"extrapolated_delta({bounded})", extrapolated)
        case("extrapolated_rate", PROM, data, f"extrapolated_rate({bounded}, 'prometheus')", extrapolated / (end - start - 0.001))
        case("with_bounds", PROM, data, f"extrapolated_delta({bounded}, 'prometheus')", extrapolated)
    # The middle third, with the outer ones as its neighbours.
    lo, hi = 20, 40
    start, end = int(t[lo]) - 1, int(t[hi])
    share_left = (t[lo] - start) / (t[lo] - t[lo - 1])
    share_right = (end - t[hi - 1]) / (t[hi] - t[hi - 1])
    inner = sum(change(kind, a, b) for a, b in zip(v[lo : hi - 1], v[lo + 1 : hi]))
    left, right = share_left * change(kind, v[lo - 1], v[lo]), share_right * change(kind, v[hi - 1], v[hi])
    part = lambda condition: f"{kind}(t, v) FILTER (WHERE {condition})"
    middle = part(f"t >= {stamp(start)} AND t < {stamp(end)}")
    before, after = part(f"t < {stamp(start)}"), part(f"t >= {stamp(end)}")
    span = f"{stamp(start)}, INTERVAL '{end - start} seconds'"
    for name, divide in (("interpolated_delta", False), ("interpolated_rate", True)):
        for neighbours, value, length in (
            (f", {before}, {after}", left + inner + right, end - start),
            (f", {before}", left + inner, t[hi - 1] - start),
            (f", NULL, {after}", inner + right, end - t[lo]),
            ("", inner, t[hi - 1] - t[lo]),
        ):
            case(name, PLAIN, data, f"{name}({middle}, {span}{neighbours})", value / length if divide else value)
y = unrolled(counter)
line = stats.linregress(seconds - START, y)
case("num_resets", PLAIN, "counter", "num_resets(counter_agg(t, v))", int(np.sum(counter[1:] < counter[:-1])), 0)
case("counter_zero_time", "scipy.stats.linregress", "counter", "epoch(counter_zero_time(counter_agg(t, v)))", START - line.intercept / line.slope, 1e-14)

# Values weighted by time.
held = np.diff(seconds)
weighted = {"locf": float(np.sum(held * gauge[:-1])), "linear": float(np.sum(held * (gauge[:-1] + gauge[1:]) / 2))}
length = float(seconds[-1] - seconds[0])
for method, integral in weighted.items():
    state = f"time_weight('{method}', t, v)"
    against = "numpy.trapezoid" if method == "linear" else PLAIN
    if method == "linear":
        assert abs(integral - np.trapezoid(gauge, seconds)) < 1e-6
    case("time_weight", against, "gauge", f"({state}).weighted_sum", integral * 1e6)
    case("average", against, "gauge", f"average({state})", integral / length)
    case("integral", against, "gauge", f"integral({state})", integral)
    case("integral", against, "gauge", f"integral({state}, 'hours')", integral / 3600)
    lo, hi = 20, 40
    start, end = int(seconds[lo]) - 1, int(seconds[hi]) - 1
    part = lambda condition: f"time_weight('{method}', t, v) FILTER (WHERE {condition})"
    middle = part(f"t >= {stamp(start)} AND t <= {stamp(end)}")
    before, after = part(f"t < {stamp(start)}"), part(f"t > {stamp(end)}")

    def at(second, i):
        """Value at a time between points i and i + 1."""
        share = (second - seconds[i]) / (seconds[i + 1] - seconds[i])
        return gauge[i] + share * (gauge[i + 1] - gauge[i]) if method == "linear" else gauge[i]

    ts = np.concatenate([[start], seconds[lo:hi], [end]]).astype(float)
    vs = np.concatenate([[at(start, lo - 1)], gauge[lo:hi], [at(end, hi - 1)]])
    whole = np.trapezoid(vs, ts) if method == "linear" else np.sum(np.diff(ts) * vs[:-1])
    span = f"{stamp(start)}, INTERVAL '{end - start} seconds'"
    case("interpolated_integral", against, "gauge", f"interpolated_integral({middle}, {span}, {before}, {after}, 'second')", whole)
    case("interpolated_average", against, "gauge", f"interpolated_average({middle}, {span}, {before}, {after})", whole / (end - start))

# Statistics.
x = np.round(rng.normal(5, 2, 80), 4)
noisy = np.round(3 * x + rng.normal(0, 4, 80), 4)


def standardised(values, power, ddof):
    """Central moment over the power of the standard deviation, both divided by n - ddof."""
    d = values - values.mean()
    return np.sum(d**power) / (len(values) - ddof) / values.std(ddof=ddof) ** power


def check(name, call, values, get, samples, populations, tolerance=1e-9):
    case(name, samples, "pairs", f"{name}({call})", get(values, 1), tolerance)
    case(name, populations, "pairs", f"{name}({call}, 'population')", get(values, 0), tolerance)


assert abs(standardised(x, 3, 0) - stats.skew(x)) < 1e-12
assert abs(standardised(x, 4, 0) - stats.kurtosis(x, fisher=False)) < 1e-12
METHODS = {
    "stddev": (lambda v, ddof: v.std(ddof=ddof), "numpy.std", "numpy.std"),
    "variance": (lambda v, ddof: v.var(ddof=ddof), "numpy.var", "numpy.var"),
    "skewness": (lambda v, ddof: standardised(v, 3, ddof), "numpy, from Toolkit's definition", "scipy.stats.skew"),
    "kurtosis": (lambda v, ddof: standardised(v, 4, ddof), "numpy, from Toolkit's definition", "scipy.stats.kurtosis"),
}
for name, (get, samples, populations) in METHODS.items():
    check(f"stats_{name}", "stats_agg(x)", x, get, samples, populations)
    check(f"{name}_x", "stats_agg(y, x)", x, get, samples, populations)
    check(f"{name}_y", "stats_agg(y, x)", noisy, get, samples, populations)
case("stats_agg", "numpy.mean", "pairs", "(stats_agg(x)).mean", x.mean())
case("stats_sum", "numpy.sum", "pairs", "stats_sum(stats_agg(x))", x.sum())
case("average", "numpy.mean", "pairs", "average(stats_agg(x))", x.mean())
case("num_vals", "numpy.size", "pairs", "num_vals(stats_agg(y, x))", x.size, 0)
for side, values in (("x", x), ("y", noisy)):
    case(f"average_{side}", "numpy.mean", "pairs", f"average_{side}(stats_agg(y, x))", values.mean())
    case(f"sum_{side}", "numpy.sum", "pairs", f"sum_{side}(stats_agg(y, x))", values.sum())
line = stats.linregress(x, noisy)
case("slope", "scipy.stats.linregress", "pairs", "slope(stats_agg(y, x))", line.slope)
case("intercept", "scipy.stats.linregress", "pairs", "intercept(stats_agg(y, x))", line.intercept)
case("x_intercept", "scipy.stats.linregress", "pairs", "x_intercept(stats_agg(y, x))", -line.intercept / line.slope)
case("stats_corr", "scipy.stats.pearsonr", "pairs", "stats_corr(stats_agg(y, x))", stats.pearsonr(x, noisy).statistic)
case("determination_coeff", "scipy.stats.linregress", "pairs", "determination_coeff(stats_agg(y, x))", line.rvalue**2)
case("covariance", "numpy.cov", "pairs", "covariance(stats_agg(y, x))", np.cov(x, noisy)[0, 1])
case("covariance", "numpy.cov", "pairs", "covariance(stats_agg(y, x), 'population')", np.cov(x, noisy, bias=True)[0, 1])

# Trades.
price = np.round(100 + np.cumsum(rng.normal(0, 1, 60)), 2)
volume = rng.integers(1, 50, 60).astype(float)
state = "candlestick_agg(t, p, n)"
ends = {"open": 0, "high": int(np.argmax(price)), "low": int(np.argmin(price)), "close": 59}
for name, i in ends.items():
    case(name, "numpy", "trades", f"{name}({state})", price[i], 0)
    case(f"{name}_time", "numpy", "trades", f"epoch({name}_time({state}))", float(seconds[i]), 0)
case("candlestick_agg", "numpy", "trades", f"({state}).turnover", np.sum(price * volume), 1e-12)
case("volume", "numpy.sum", "trades", f"volume({state})", volume.sum(), 0)
case("candlestick_vwap", "numpy.average", "trades", f"candlestick_vwap({state})", np.average(price, weights=volume), 1e-12)
case("candlestick", "plain Python from TimescaleDB Toolkit's definitions", "trades", "candlestick_vwap(candlestick(min(t), 10, 15, 9, 12, 100))", 12.0, 1e-12)

halves = lambda f, state: f"(SELECT {f}(rollup(s)) FROM (SELECT {state} AS s FROM data GROUP BY t < {stamp(seconds[30])}))"
case("rollup", PLAIN, "counter", halves("delta", "counter_agg(t, v)"), float(unrolled(counter)[-1] - counter[0]))
case("rollup", "scipy.stats.skew", "pairs", "(SELECT stats_skewness(rollup(s), 'population') FROM (SELECT stats_agg(x) AS s FROM data GROUP BY x > 5))", stats.skew(x))

order = rng.permutation(60)
micros = [int(s) * 1_000_000 for s in seconds]
data = {
    "counter": {"t": [micros[i] for i in order], "v": [float(counter[i]) for i in order]},
    "gauge": {"t": [micros[i] for i in order], "v": [float(gauge[i]) for i in order]},
    "trades": {"t": [micros[i] for i in order], "p": [float(price[i]) for i in order], "n": [float(volume[i]) for i in order]},
    "pairs": {"x": x.tolist(), "y": noisy.tolist()},
}
versions = {"numpy": np.__version__, "scipy": scipy.__version__}
(HERE / "aggregates.json").write_text(json.dumps({"versions": versions, "data": data, "cases": cases}, indent=1) + "\n")
