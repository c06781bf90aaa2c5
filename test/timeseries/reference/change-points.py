"""Values that test/timeseries/change-points.test.ts compares with: run with ruptures, river, scipy, statsmodels and numpy.

Writes change-points.json beside itself.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
import ruptures as rpt
import scipy.stats
import statsmodels.api as sm
from river import drift
from river._river_rust.drift import AdaptiveWindowing

rng = np.random.default_rng(20240611)
CASES = []


def case(function, against, tolerance, data, expected, **more):
    CASES.append({"function": function, "against": against, "tolerance": tolerance, **more, "input": data, "expected": expected})


def segments(*parts):
    return np.round(np.concatenate([rng.normal(mean, sd, n) for n, mean, sd in parts]), 3)


SERIES = {
    "steps": segments((40, 0, 1), (35, 4, 1), (50, 1.5, 1), (25, 6, 1), (50, 5, 1)),
    "spread": segments((70, 0, 0.5), (60, 0, 4), (70, 1, 1)),
    "noise": segments((120, 10, 2)),
    "outliers": segments((60, 0, 1), (60, 5, 1)),
}
SERIES["outliers"][[10, 40, 75, 90]] = [50, -40, 60, -70]


def bic(cost, x):
    n = len(x)
    distances = np.abs(np.diff(x))
    sigma = np.median(distances) / (math.sqrt(2) * scipy.stats.norm.ppf(0.75))
    if cost == "l2":
        return 2 * sigma**2 * math.log(n)
    if cost == "normal":
        return 3 * math.log(n)
    if cost == "l1":
        return math.sqrt(math.pi / 2) * sigma * math.log(n)
    squares = (x[:, None] - x[None, :]) ** 2
    gamma = 1 / np.median(squares[np.triu_indices(n, 1)])
    return 2 * math.log(n) * np.mean(1 - np.exp(-gamma * np.diff(x) ** 2))


class Normal(rpt.base.BaseCost):
    """The likelihood of normal values; ruptures' own has the variance with n - 1, for which a cut may cost more."""

    model = "normal"
    min_size = 2

    def fit(self, signal):
        self.signal = signal.reshape(-1, 1)
        return self

    def error(self, start, end):
        return (end - start) * math.log(np.var(self.signal[start:end]))


def segmentation(name, series, cost, jump, min_size, penalty=None, changes=None):
    x = SERIES[series]
    custom = {"custom_cost": Normal()} if cost == "normal" else {"model": cost}
    algorithm = (rpt.Pelt if name == "pelt" else rpt.Binseg)(**custom, jump=jump, min_size=min_size)
    algorithm.fit(x)
    pen = bic(cost, x) if penalty is None else penalty
    found = algorithm.predict(pen=pen) if changes is None else algorithm.predict(n_bkps=changes)
    options = {"cost": cost, "jump": jump, "min_size": min_size}
    if penalty is not None:
        options["penalty"] = penalty
    if changes is not None:
        options["changes"] = changes
    what = "n_bkps" if changes is not None else "pen"
    case(
        name,
        f"ruptures.{type(algorithm).__name__}({'numpy.var as cost' if cost == 'normal' else f'model={cost!r}'}).predict({what})",
        0,
        {"series": series, **options},
        [int(at) for at in found[:-1]],
    )


for name in ("pelt", "binseg"):
    for series in ("steps", "spread", "outliers"):
        for cost in ("l2", "l1", "rbf"):
            segmentation(name, series, cost, 1, 2)
            segmentation(name, series, cost, 5, 2)
            segmentation(name, series, cost, 1, 12, penalty={"l2": 30, "l1": 12, "rbf": 4}[cost])
    for cost in ("l2", "l1", "rbf"):
        segmentation(name, "noise", cost, 1, 2)
    for series in ("steps", "spread", "noise"):
        segmentation(name, series, "normal", 1, 10)
segmentation("pelt", "steps", "l2", 1, 1, penalty=4)
segmentation("pelt", "steps", "l2", 3, 4, penalty=4)
for cost in ("l2", "l1", "rbf"):
    segmentation("binseg", "steps", cost, 1, 3, changes=5)

# Detectors of changes in streams: figures and the points at which there is a change.


def numbers(values):
    return [None if value is None or not math.isfinite(value) else float(value) for value in values]


STREAM = np.round(np.concatenate([rng.normal(0, 1, 150), rng.normal(3, 1, 120), rng.normal(3, 4, 90), rng.normal(-2, 1, 100)]), 3)
SERIES["stream"] = STREAM


def detector(function, against, tolerance, series, options, changes, figures, **more):
    case(
        function,
        against,
        tolerance,
        {"series": series, "options": options},
        {"changes": [int(i) for i in changes], "figures": {name: numbers(values) for name, values in figures.items()}},
        **more,
    )


def page_hinkley(**options):
    names = {"warmup": "min_instances"}
    ph = drift.PageHinkley(**{names.get(name, name): value for name, value in options.items()})
    changes, increase, decrease = [], [], []
    for i, x in enumerate(STREAM):
        ph.update(float(x))
        increase.append(ph._sum_increase - ph._min_increase)
        decrease.append(ph._max_decrease - ph._sum_decrease)
        if ph.drift_detected:
            changes.append(i)
    detector("page_hinkley", "river.drift.PageHinkley", 1e-9, "stream", options, changes, {"increase": increase, "decrease": decrease})


page_hinkley()
page_hinkley(threshold=12, delta=0.2, warmup=10, alpha=0.99)


def adwin(**options):
    names = {"min_window": "min_window_length", "grace": "grace_period"}
    given = dict(delta=0.002, clock=32, max_buckets=5, min_window_length=5, grace_period=10)
    given.update({names.get(name, name): value for name, value in options.items()})
    window = AdaptiveWindowing(**given)
    changes, mean, width = [], [], []
    for i, x in enumerate(STREAM):
        if window.update(float(x)):
            changes.append(i)
        width.append(window.get_width())
        mean.append(window.get_total() / window.get_width())
    detector(
        "adwin",
        "river's AdaptiveWindowing, which drift.ADWIN makes anew after every change",
        1e-9,
        "stream",
        options,
        changes,
        {"mean": mean, "width": width},
    )


adwin()
adwin(clock=1, delta=0.1, max_buckets=3, min_window=3, grace=5)
adwin(clock=8, delta=0.01)

SERIES["errors"] = np.concatenate([rng.random(200) < 0.2, rng.random(150) < 0.5, rng.random(150) < 0.15, rng.random(150) < 0.45]).astype(int)


def ddm(**options):
    names = {"warmup": "warm_start", "warning": "warning_threshold", "drift": "drift_threshold"}
    method = drift.binary.DDM(**{names.get(name, name): value for name, value in options.items()})
    changes, rate, warning = [], [], []
    for i, x in enumerate(SERIES["errors"]):
        method.update(int(x))
        rate.append(method._p.get())
        warning.append(int(method.warning_detected))
        if method.drift_detected:
            changes.append(i)
    detector("ddm", "river.drift.binary.DDM", 1e-9, "errors", options, changes, {"error_rate": rate, "warning": warning})


ddm()
ddm(warmup=20, warning=1, drift=2)

# D. Montgomery, Introduction to Statistical Quality Control, example 9.1: the upper sum is 5.28 at the 29th point, and has been above 0 for 7.
SERIES["montgomery"] = np.array(
    [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84]
    + [10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52]
)


def cusum(x, target, sigma, k, h):
    """One point after another, up to the first change."""
    z = (x - target) / sigma
    high = np.maximum.accumulate
    up, down = np.cumsum(z - k), np.cumsum(-z - k)
    # max(0, C + step) is the distance of the walk from its running minimum.
    high = up - np.minimum(0, np.minimum.accumulate(up))
    low = down - np.minimum(0, np.minimum.accumulate(down))
    over = np.flatnonzero((high > h) | (low > h))
    end = len(x) if len(over) == 0 else over[0] + 1
    return high[:end], low[:end]


def cusum_case(series, length, options, against):
    x = SERIES[series][:length].astype(float)
    warmup = options.get("warmup", 50)
    high, low, changes = [], [], []
    at = 0
    while at < len(x):
        target, sigma = options.get("mean"), options.get("sigma")
        if target is None or sigma is None:
            first = x[at : at + warmup]
            high += [math.nan] * len(first)
            low += [math.nan] * len(first)
            at += len(first)
            target = np.mean(first) if target is None else target
            sigma = np.sqrt(np.mean(np.diff(first) ** 2) / 2) if sigma is None else sigma
            if at == len(x):
                break
        h = options.get("h", 5)
        up, down = cusum(x[at:], target, sigma, options.get("k", 0.5), h)
        high += list(up)
        low += list(down)
        at += len(up)
        if up[-1] > h or down[-1] > h:
            changes.append(at - 1)
    detector("cusum", against, 1e-9, series, options, changes, {"high": high, "low": low}, length=length)


cusum_case("montgomery", 30, {"mean": 10, "sigma": 1}, "numpy: distance of the walk from its running minimum; Montgomery's example 9.1")
cusum_case("stream", 460, {}, "numpy: distance of the walk from its running minimum")
cusum_case("stream", 460, {"h": 8, "k": 1, "mean": 1, "warmup": 15}, "numpy: distance of the walk from its running minimum")


def bocpd(series, options, tolerance, why=None):
    """The recursion of the paper in its steps 3 to 8, with every run length."""
    x = SERIES[series].astype(float)
    n = len(x)
    warmup = options.get("warmup", 30)
    kappa0, alpha0 = options.get("kappa", 0.01), options.get("alpha", 1)
    isLearnt = "mean" not in options or "beta" not in options
    mean0 = options.get("mean", np.mean(x[:warmup]))
    beta0 = options.get("beta", alpha0 * np.mean(np.diff(x[:warmup]) ** 2) / 2)
    hazard = 1 / options.get("hazard", 250)
    window, threshold = options.get("window", 10), options.get("threshold", 0.5)
    joint = np.array([1.0])
    mean, kappa, alpha, beta = (np.array([value], dtype=float) for value in (mean0, kappa0, alpha0, beta0))
    probability, run_length, changes = [], [], []
    above = False
    for t in range(n):
        predictive = scipy.stats.t.pdf(x[t], 2 * alpha, loc=mean, scale=np.sqrt(beta * (kappa + 1) / (alpha * kappa)))
        growth = joint * predictive * (1 - hazard)
        change = np.sum(joint * predictive * hazard)
        joint = np.append(change, growth)
        joint /= joint.sum()
        mean, beta = np.append(mean0, (kappa * mean + x[t]) / (kappa + 1)), np.append(beta0, beta + kappa * (x[t] - mean) ** 2 / (2 * (kappa + 1)))
        kappa, alpha = np.append(kappa0, kappa + 1), np.append(alpha0, alpha + 0.5)
        # joint[r] is the probability of r points in the run that the next value goes on with; r = 0 is none.
        own = joint[1:] / joint[1:].sum()
        recent = own[: min(window, t)].sum()
        if isLearnt and t < warmup:
            probability.append(math.nan)
            run_length.append(math.nan)
        else:
            probability.append(recent)
            run_length.append(int(np.argmax(own)) + 1)
            if recent >= threshold and not above:
                changes.append(t)
        above = recent >= threshold
    detector(
        "bocpd",
        "the paper's recursion with every run length, scipy.stats.t",
        tolerance,
        series,
        options,
        changes,
        {"probability": probability, "run_length": run_length},
        **({} if why is None else {"why": why}),
    )


bocpd("stream", {"mean": 0, "kappa": 1, "alpha": 1, "beta": 1, "max_runs": 1000}, 1e-9)
bocpd("stream", {"mean": 0.5, "kappa": 0.1, "alpha": 2, "beta": 3, "hazard": 50, "window": 5, "threshold": 0.8, "max_runs": 1000}, 1e-9)
bocpd("stream", {"max_runs": 1000}, 1e-9)
bocpd("stream", {}, 1e-4, "at most 200 runs are kept, the reference keeps all")

# change_point: the same fits by brute force.

SIDE = 5


def design(n, line, *columns):
    parts = [np.ones(n)] + ([np.arange(n, dtype=float)] if line else []) + list(columns)
    return np.column_stack(parts)


def rss(x, columns):
    return sm.OLS(x, columns).fit().ssr


def change_point(x):
    n = len(x)
    criterion = lambda left, k: n * math.log(left / n) + k * math.log(n)
    t = np.arange(n)
    fits = []
    for line in (False, True):
        base = design(n, line)
        without = rss(x, base)
        fits.append((criterion(without, base.shape[1]), None, 0, 0))
        residuals = sm.OLS(x, base).fit().resid
        bumps = []
        for width in range(1, SIDE):
            for at in range(n - width + 1):
                inside = ((t >= at) & (t < at + width)).astype(float)
                level = residuals[at : at + width].mean()
                others = np.sort(np.sign(level) * np.delete(residuals, slice(at, at + width)))[::-1]
                k = min(len(others) - 1, max(4, math.floor(math.sqrt(len(others)) + 0.5)))
                spacings = np.arange(2, k + 2) * -np.diff(others[: k + 1])
                gap = abs(level) * math.sqrt(width) - others[0]
                # The sum of k exponential values is a gamma one; theirs and the gap's quotient has an F distribution.
                tail = scipy.stats.f.sf(gap / spacings.mean(), 2, 2 * k) if gap > 0 else 1
                bumps.append((rss(x, design(n, line, inside)), at + int(np.argmax(np.abs(residuals[at : at + width]))), tail, level))
        steps = [(rss(x, design(n, line, (t >= at).astype(float))), at) for at in range(SIDE, n - SIDE + 1)]
        turns = [(rss(x, design(n, True, (t >= at).astype(float), (t >= at) * t.astype(float))), at) for at in range(SIDE, n - SIDE + 1)]
        side = max(8, math.ceil(n / 20))
        squares = residuals**2
        spread = min(at * math.log(squares[:at].mean()) + (n - at) * math.log(squares[at:].mean()) for at in range(side, n - side + 1))
        p, at = distribution_change(residuals)
        fits.append((spread + (base.shape[1] + 2) * math.log(n), "distribution_change", p, at))
        for kind, tried, added in (("bump", bumps, 1), ("step_change", steps, 1), ("trend_change", turns, 2)):
            if kind == "trend_change" and not line:
                continue
            left, at, *more = min(tried)
            freedom = n - base.shape[1] - added
            p = scipy.stats.f.sf((without - left) / added / (left / freedom), added, freedom)
            p = min(1, p * len(tried))
            name = kind
            if kind == "bump":
                p = max(p, more[0])
                name = "spike" if more[1] > 0 else "dip"
            fits.append((criterion(left, base.shape[1] + added + 1), name, p, at))
    for _, name, p, at in sorted(fits, key=lambda fit: fit[0]):
        if name is None:
            break
        if p < 0.01:
            return {"type": name, "pvalue": float(p), "position": int(at)}
    slope = sm.OLS(x, design(n, True)).fit()
    hasSlope = slope.pvalues[1] < 0.01
    values = slope.resid if hasSlope else x
    p, at = distribution_change(values)
    if p < 0.01:
        return {"type": "distribution_change", "pvalue": float(p), "position": int(at)}
    if hasSlope:
        return {"type": "non_stationary", "pvalue": float(slope.pvalues[1]), "position": None}
    return {"type": "stationary", "pvalue": None, "position": None}


def distribution_change(x):
    n = len(x)
    side = max(8, math.ceil(n / 20))
    count = min(20, n - 2 * side + 1)
    shape = []
    for k in range(count):
        at = side + math.floor(k * (n - 2 * side) / max(1, count - 1) + 0.5)
        d = scipy.stats.ks_2samp(x[:at], x[at:]).statistic
        root = math.sqrt(at * (n - at) / n)
        shape.append((min(1, count * scipy.stats.kstwobign.sf((root + 0.12 + 0.11 / root) * d)), at))
    distances = np.abs(x - np.median(x))
    spread = []
    for at in range(side, n - side + 1):
        left, right = distances[:at], distances[at:]
        f, p = scipy.stats.f_oneway(left, right)
        spread.append((min(1, p * (n - 2 * side + 1)), at))
    p, at = min(min(shape), min(spread))
    return min(1, 2 * p), at


def change_case(x, **more):
    x = np.round(np.asarray(x, dtype=float), 3)
    case("change_point", "statsmodels OLS and scipy.stats by the same rules, every place tried", 1e-6, {"series": x.tolist()}, change_point(x), **more)


t60 = np.arange(60)
change_case(rng.normal(0, 1, 60))
change_case(rng.normal(0, 1, 22))
change_case(np.where(t60 < 25, 0, 3) + rng.normal(0, 1, 60))
change_case(np.where(t60 < 40, 0.1 * t60, 8 - 0.2 * (t60 - 40)) + rng.normal(0, 0.7, 60))
change_case(0.1 * t60 + np.where(t60 < 30, 0, -8) + rng.normal(0, 0.7, 60))
change_case(0.1 * t60 + rng.normal(0, 0.7, 60))
change_case(np.where(t60 == 33, 9, 0) + rng.normal(0, 1, 60))
change_case(np.where((t60 >= 20) & (t60 < 23), -6, 0) + 0.05 * t60 + rng.normal(0, 1, 60))
change_case(np.where(t60 < 30, 1, 5) * rng.normal(0, 1, 60))
change_case(np.where(np.arange(240) < 140, rng.normal(0, 1, 240), rng.choice([-1, 1], 240) * rng.uniform(0.9, 1.1, 240)))
case(
    "change_point",
    "the example of ES|QL's documentation of CHANGE_POINT",
    0,
    {"series": [0] * 12 + [42] * 13},
    {"type": "step_change", "pvalue": 0.0, "position": 12},
)

# change_points: the functions above, and numpy's means.
x = SERIES["steps"]
found = rpt.Pelt(model="l2", jump=1).fit(x).predict(pen=bic("l2", x))
rows = []
ends = [0, *found]
for before, at, after in zip(ends, ends[1:], ends[2:]):
    left, right = x[before:at], x[at:after]
    sd = math.sqrt((((left - left.mean()) ** 2).sum() + ((right - right.mean()) ** 2).sum()) / (after - before - 2))
    d = (right.mean() - left.mean()) / sd
    rows.append([at, float(left.mean()), float(right.mean()), float(left.std(ddof=1)), float(right.std(ddof=1)), d * d / (d * d + 9)])
case("change_points", "ruptures.Pelt(model='l2'), numpy.mean and numpy.std", 1e-9, {"series": "steps"}, rows)

versions = {name: version(name) for name in ("ruptures", "river", "scipy", "statsmodels", "numpy")}
series = {name: values.tolist() for name, values in SERIES.items()}
text = ",\n".join("  " + json.dumps(one) for one in CASES)
names = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in series.items())
Path(__file__).with_suffix(".json").write_text(f'{{\n "versions": {json.dumps(versions)},\n "series": {{\n{names}\n }},\n "cases": [\n{text}\n ]\n}}\n')
