"""Values that test/timeseries/anomalies.test.ts compares with: run with statsmodels, stumpy, river, rrcf, scipy, pandas and numpy.

Writes anomalies.json beside itself. Inputs are given by formulas or stored.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import river.anomaly
import rrcf
import scipy.stats
import stumpy
from sklearn.metrics import precision_recall_fscore_support
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.seasonal import STL

rng = np.random.default_rng(20240501)
CASES = []


def numbers(values):
    return [None if not np.isfinite(value) else float(value) for value in np.asarray(values, dtype=float)]


def case(function, method, against, tolerance, data, expected, **more):
    CASES.append(
        {"function": function, "method": method, "against": against, "tolerance": tolerance, **more, "input": data, "expected": expected}
    )


def score(deviation):
    deviation = np.abs(deviation)
    return deviation**2 / (deviation**2 + 9)


noise = np.round(rng.normal(10, 2, 120), 4)
noise[70] = 25.0
noise[100] = -3.5
N = len(noise)

# Statistics of all points before each.
past = [noise[:i] for i in range(N)]
WARMUP = 30


def judged(deviation_of):
    return [None if i < WARMUP else float(score(deviation_of(past[i], noise[i]))) for i in range(N)]


case("anomaly_score", "zscore", "numpy.mean, numpy.std(ddof=1) of the points before", 1e-9, numbers(noise), judged(lambda p, x: (x - p.mean()) / p.std(ddof=1)))

frame = pd.Series(noise)
mean = frame.ewm(alpha=0.05, adjust=True).mean().shift(1)
std = frame.ewm(alpha=0.05, adjust=True).std(bias=False).shift(1)
case("anomaly_score", "ewma", "pandas.Series.ewm(alpha=0.05, adjust=True).mean and .std, shifted", 1e-9, numbers(noise), [None if i < WARMUP else float(score((noise[i] - mean[i]) / std[i])) for i in range(N)])

case("anomaly_score", "mad", "numpy.median, scipy.stats.median_abs_deviation(scale='normal') of the 40 points before", 1e-9, numbers(noise),
     judged(lambda p, x: (x - np.median(p[-40:])) / scipy.stats.median_abs_deviation(p[-40:], scale="normal")), options={"window": 40})
case("anomaly_score", "hampel", "numpy.median, scipy.stats.median_abs_deviation(scale='normal') of the 21 points before", 1e-9, numbers(noise),
     [None if i < 7 else float(score((noise[i] - np.median(noise[max(0, i - 21):i])) / scipy.stats.median_abs_deviation(noise[max(0, i - 21):i], scale="normal"))) for i in range(N)])


def fences(p, x):
    p = p[-40:]
    q1, q2, q3 = np.percentile(p, [25, 50, 75])
    z = scipy.stats.norm.ppf(0.75)
    sigma = scipy.stats.iqr(p, scale="normal")
    if x > q3:
        return z + (x - q3) / sigma
    if x < q1:
        return z + (q1 - x) / sigma
    return z * (x - q2) / (q3 - q2) if x >= q2 else z * (q2 - x) / (q2 - q1)


case("anomaly_score", "iqr", "numpy.percentile, scipy.stats.iqr(scale='normal') of the 40 points before", 1e-9, numbers(noise), judged(fences), options={"window": 40})

# The place of a value in a large sample; the sketch holds about 200 centroids.
sample = np.round(rng.exponential(3, 1024), 3)
probes = [0.05, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 15.0]
places = [scipy.stats.norm.ppf((np.sum(sample < p) + 0.5 * np.sum(sample == p)) / len(sample)) for p in probes]
case("anomaly_score", "quantile", "scipy.stats.norm.ppf of the exact share below, numpy", 0.1, numbers(sample), numbers(places), probes=probes,
     why="absolute, in standard deviations: a sketch of about 200 centroids against exact ranks")

# One-step-ahead expectations of the additive Holt-Winters filter, from the same initial states.
M = 12
season = np.round(20 + 0.3 * np.arange(96) + 5 * np.sin(2 * np.pi * np.arange(96) / M) + rng.normal(0, 1, 96), 4)
first = season[: 2 * M]
slope, intercept = np.polyfit(np.arange(2 * M), first, 1)
detrended = first - intercept - slope * np.arange(2 * M)
initial = (detrended[:M] + detrended[M:]) / 2
with np.errstate(all="ignore"):
    model = ExponentialSmoothing(season, trend="add", seasonal="add", seasonal_periods=M, initialization_method="known",
                                 initial_level=intercept - slope, initial_trend=slope, initial_seasonal=initial)
    fit = model.fit(smoothing_level=0.2, smoothing_trend=0.02, smoothing_seasonal=0.1, optimized=False)
case("anomaly", "holt_winters", "statsmodels.tsa.holtwinters.ExponentialSmoothing(initialization_method='known').fit(optimized=False).fittedvalues", 1e-9,
     numbers(season), numbers(fit.fittedvalues), options={"season_length": M}, skip=2 * M + 6)

# Hour of the week: median of the last four weeks, root mean square of past distances.
weeks = 7
phases = 28
weekly = np.round(np.tile(np.sin(np.arange(phases)) * 4, weeks) + rng.normal(0, 1, phases * weeks), 4)
expected, scores, square, seen = [], [], 0.0, 0
for i, value in enumerate(weekly):
    before = weekly[i % phases : i : phases][-4:]
    usual = np.median(before) if len(before) else np.nan
    expected.append(usual)
    scores.append(None if seen < WARMUP or np.isnan(usual) else float(score((value - usual) / np.sqrt(square))))
    if not np.isnan(usual):
        seen += 1
        square += ((value - usual) ** 2 - square) / min(seen, 1000)
case("anomaly_score", "seasonal", "numpy.median of the same phase in the last four cycles, computed directly", 1e-9, numbers(weekly), scores,
     options={"cycle": phases * 3600, "phases": phases})

# What `auto` does with hourly points, written again without running state: records in values, and against the same hour of the day and of the week.
LENGTH, LEARNT = 900, 100
waves = np.round(10 + 3 * np.sin(2 * np.pi * np.arange(LENGTH) / 24) + rng.normal(0, 0.6, LENGTH), 3)
waves[500] += 6
waves[700:712] = 8.5


def auto(values):
    usual = {1: np.zeros(len(values))}
    for cycle in (24, 168):
        usual[cycle] = np.array([np.median(values[max(i - 4 * cycle, i % cycle) : i : cycle]) if i >= cycle else np.nan for i in range(len(values))])
    scores, resting, loudest = [None] * LEARNT, 0, 0.0
    for i in range(LEARNT, len(values)):
        squares, quiet = 0.0, 0.0
        for cycle, baseline in usual.items():
            left = (values - baseline)[:i]
            left = left[~np.isnan(left)]
            if len(left) < LEARNT / 2:
                continue
            here = values[i] - baseline[i]
            deviation = abs(here - left.mean()) / max(left.std(), 0.01 * values[:i].std())
            if here < left.min() or here > left.max():
                squares += deviation**2
            else:
                quiet = max(quiet, deviation)
        loud = np.sqrt(squares)
        if resting > 0:
            resting -= 1
        else:
            loudest = 0.0
        if loud > 1.5 * loudest:
            loudest, resting = loud, LEARNT // 4
            scores.append(float(score(loud)))
        else:
            muted = max(loud, quiet)
            scores.append(float(score(muted / (1 + muted))))
    return scores


case("anomaly_score", "auto", "the same written again over whole arrays, numpy", 1e-9, numbers(waves), auto(waves), options={"warmup": LEARNT})

# What a decomposition leaves over.
monthly = season.copy()
monthly[40] += 12
monthly[77] -= 9
rest = STL(monthly, period=M, robust=True).fit().resid
case("detect_anomalies", "stl", "statsmodels.tsa.seasonal.STL(robust=True), scipy.stats.median_abs_deviation(scale='normal')", 1e-6, numbers(monthly),
     [float(score((r - np.median(rest)) / scipy.stats.median_abs_deviation(rest, scale="normal"))) for r in rest], options={"season_length": M})
level = np.round(monthly - 0.3 * np.arange(len(monthly)), 4)
rest = level - STL(level, period=M, seasonal=10 * len(level) + 1, seasonal_deg=0, robust=True).fit().seasonal
case("detect_anomalies", "s_h_esd", "statsmodels.tsa.seasonal.STL, numpy, scipy.stats.t", 1e-6, numbers(level), None, part="outliers", options={"season_length": M})

# Generalised ESD: Rosner's example as the NIST handbook gives it (section 1.3.5.17.3), with its published statistics and critical values.
rosner = [-0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65, 1.69, 1.70, 1.76, 1.77, 1.81,
          1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92,
          2.92, 2.93, 3.21, 3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01]
published = {"statistics": [3.118, 2.942, 3.179, 2.810, 2.815, 2.848, 2.279, 2.310, 2.101, 2.067],
             "critical": [3.158, 3.151, 3.143, 3.136, 3.128, 3.120, 3.111, 3.103, 3.094, 3.085], "outliers": 3}
case("detect_anomalies", "s_h_esd", "Rosner's example in the NIST/SEMATECH e-Handbook, 1.3.5.17.3", 6e-4, rosner, published, part="esd",
     why="absolute: printed to three decimals")


def esd_values(values, most, alpha, robust):
    values = np.asarray(values, dtype=float)
    statistics, critical = [], []
    n = len(values)
    for i in range(1, most + 1):
        center = np.median(values) if robust else values.mean()
        spread = scipy.stats.median_abs_deviation(values, scale="normal") if robust else values.std(ddof=1)
        at = np.argmax(np.abs(values - center))
        statistics.append(abs(values[at] - center) / spread)
        values = np.delete(values, at)
        t = scipy.stats.t.ppf(1 - alpha / (2 * (n - i + 1)), n - i - 1)
        critical.append((n - i) * t / np.sqrt((n - i - 1 + t * t) * (n - i + 1)))
    return {"statistics": numbers(statistics), "critical": numbers(critical), "outliers": max([i + 1 for i in range(most) if statistics[i] > critical[i]], default=0)}


case("detect_anomalies", "s_h_esd", "numpy, scipy.stats.t, the formulas of Rosner (1983)", 1e-9, rosner, esd_values(rosner, 10, 0.05, False), part="esd")
untied = [round(value + 0.00013 * i * i, 5) for i, value in enumerate(rosner)]
case("detect_anomalies", "s_h_esd", "numpy, scipy.stats.t, median_abs_deviation", 1e-9, untied, esd_values(untied, 10, 0.05, True), part="esd", robust=True)



def outliers(values, most):
    values, places, found, suspects = np.asarray(values, dtype=float), np.arange(len(values)), 0, []
    n = len(values)
    for i in range(1, most + 1):
        center, spread = np.median(values), scipy.stats.median_abs_deviation(values, scale="normal")
        at = np.argmax(np.abs(values - center))
        suspects.append(int(places[at]))
        t = scipy.stats.t.ppf(1 - 0.05 / (2 * (n - i + 1)), n - i - 1)
        if abs(values[at] - center) / spread > (n - i) * t / np.sqrt((n - i - 1 + t * t) * (n - i + 1)):
            found = i
        values, places = np.delete(values, at), np.delete(places, at)
    return sorted(suspects[:found])


next(c for c in CASES if c.get("part") == "outliers")["expected"] = outliers(rest, len(rest) // 10)
tails = [[t, v, float(scipy.stats.t.sf(t, v))] for t in (0.1, 1.0, 2.5, 6.0, 30.0) for v in (1, 2, 3, 10, 57, 1000)]
case("detect_anomalies", "s_h_esd", "scipy.stats.t.sf", 1e-10, None, tails, part="student")

# Matrix profile.
steps = 400
walk = np.round(np.sin(np.arange(steps) / 7) * 3 + rng.normal(0, 0.3, steps), 4)
walk[250:262] = np.round(rng.normal(0, 2, 12), 4)
W = 24
profile = stumpy.stump(walk, W)
left = np.full(len(profile), np.inf)
for i in range(len(profile)):
    stop = i - int(np.ceil(W / stumpy.config.STUMPY_EXCL_ZONE_DENOM))
    if stop >= 1:
        left[i] = np.min(stumpy.mass(walk[i : i + W], walk[: stop - 1 + W]))
case("matrix_profile", "matrix_profile", "stumpy.stump, stumpy.mass", 1e-6, numbers(walk), {"window": W, "profile": numbers(profile[:, 0]), "left": numbers(left)})
flat = walk.copy()
flat[100:140] = 1.5
flat[300] = np.nan
profile = stumpy.stump(flat, W)
case("matrix_profile", "matrix_profile", "stumpy.stump", 1e-6, numbers(flat), {"window": W, "profile": numbers(profile[:, 0])})

# Half-space trees and random cut forest: agreement of ranks. Two clusters, and points that lie away from them.
cloud = np.vstack([rng.normal([0, 0], 1, (700, 2)), rng.normal([6, 6], 0.7, (500, 2))])
rng.shuffle(cloud)
odd = rng.choice(np.arange(700, 1200), 25, replace=False)
cloud[odd] = rng.uniform(-8, 14, (25, 2))
cloud = np.round(cloud, 3)


def half_space(seed):
    low, high = cloud[:250].min(axis=0), cloud[:250].max(axis=0)
    half = (high - low) / 2
    model = river.anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=250, seed=seed,
                                         limits={c: (low[c] - half[c], high[c] + half[c]) for c in range(2)})
    result = []
    for point in cloud:
        x = {c: float(point[c]) for c in range(2)}
        result.append(model.score_one(x))
        model.learn_one(x)
    return np.array(result)


START = 600
one, other = half_space(1), half_space(2)
agreement = scipy.stats.spearmanr(one[START:], other[START:])[0]
case("anomaly_score", "half_space_trees", "river.anomaly.HalfSpaceTrees", 0.1, "cloud", numbers(np.round((one + other) / 2, 5)), start=START,
     agreement=round(float(agreement), 4), odd=sorted(int(i) for i in odd),
     why="rank agreement: Spearman's correlation with it may be this much below that of two of its own runs with other seeds")

# Trees of a whole sample: inserting points one by one must give the same distribution. (rrcf's own insert_point does not.)
some = cloud[700:900]


def displacements(seeds):
    result = np.zeros(len(some))
    for seed in seeds:
        tree = rrcf.RCTree(some, random_state=seed)
        result += [tree.codisp(i) for i in range(len(some))]
    return result / len(seeds)


one, other = displacements(range(100)), displacements(range(100, 200))
case("anomaly_score", "rcf", "rrcf.RCTree(points), RCTree.codisp", 0.02, "cloud", numbers(np.round((one + other) / 2, 5)), start=700,
     agreement=round(float(scipy.stats.spearmanr(one, other)[0]), 4), odd=sorted(int(i) for i in odd),
     why="rank agreement: Spearman's correlation with the mean of 200 trees may be this much below that of two halves of them")

# Measures.
truth = np.zeros(300, dtype=int)
for a, b in ((40, 52), (120, 121), (200, 240), (290, 300)):
    truth[a:b] = 1
detected = np.zeros(300, dtype=int)
for a, b in ((45, 60), (100, 105), (198, 205), (210, 220), (239, 245), (295, 300)):
    detected[a:b] = 1


def runs(flags):
    edges = np.diff(np.concatenate([[0], flags, [0]]))
    return list(zip(np.where(edges == 1)[0], np.where(edges == -1)[0] - 1))


def bias(length, kind):
    i = np.arange(1, length + 1)
    return {"flat": np.ones(length), "front": length - i + 1, "back": i, "middle": np.where(i <= length / 2, i, length - i + 1)}[kind].astype(float)


def reward(ranges, others, alpha, kind):
    total = 0.0
    for a, b in ranges:
        weights = bias(b - a + 1, kind)
        meeting = [(c, d) for c, d in others if c <= b and d >= a]
        if not meeting:
            continue
        omega = sum(weights[max(a, c) - a : min(b, d) - a + 1].sum() for c, d in meeting) / weights.sum()
        total += alpha + (1 - alpha) * omega * (1 / len(meeting))
    return total / len(ranges)


p, r, f, _ = precision_recall_fscore_support(truth, detected, average="binary")
case("detection_measures", "points", "sklearn.metrics.precision_recall_fscore_support", 1e-12, [truth.tolist(), detected.tolist()], [p, r, f])
for kind in ("flat", "front", "middle", "back"):
    p, r = reward(runs(detected), runs(truth), 0, "flat"), reward(runs(truth), runs(detected), 0.2, kind)
    case("detection_measures", "ranges", "the formulas of Tatbul et al. (2018), numpy", 1e-12, [truth.tolist(), detected.tolist()], [p, r, 2 * p * r / (p + r)],
         options={"existence": 0.2, "bias": kind})


def range_auc_pr(labels, scores, window):
    plain = labels.sum()
    extended = labels.astype(float)
    for s, e in runs(labels):
        after = np.arange(e, min(e + window // 2, len(labels)))
        if window:
            extended[after] += np.sqrt(1 - (after - e) / window)
        before = np.arange(max(s - window // 2, 0), s)
        if window:
            extended[before] += np.sqrt(1 - (s - before) / window)
    extended = np.minimum(1, extended)
    segments = runs((extended > 0).astype(int))
    ordered = -np.sort(-scores)
    positives = (plain + extended.sum()) / 2
    recalls, precisions = [0.0], []
    for i in np.linspace(0, len(scores) - 1, 250).astype(int):
        said = scores >= ordered[i]
        product = extended * said
        hit = product.sum()
        existence = np.mean([product[a : b + 1].sum() > 0 for a, b in segments])
        recalls.append(min(hit / positives, 1) * existence)
        precisions.append(hit / said.sum())
    return float(np.dot(np.diff(recalls), precisions))


ranked = np.round(rng.normal(0, 1, 300) + 1.5 * truth, 2)
case("vus_pr", "vus", "the formulas of Paparrizos et al. (2022), numpy", 1e-9, [truth.tolist(), numbers(ranked)],
     {"auc": [[w, range_auc_pr(truth, ranked, w)] for w in (0, 1, 5, 20)], "vus": float(np.mean([range_auc_pr(truth, ranked, w) for w in range(21)])), "longest": 20})



def nab(series, standard=(1.0, 0.11, 1.0)):
    """The benchmark's sweep (nab/sweeper.py) over lists of (labels, scores)."""
    tp, fp, fn = standard

    def sigmoid(x):
        return -1.0 if x > 3 else 2 / (1 + np.exp(5 * x)) - 1

    points, windows = [], 0
    for labels, scores in series:
        spans, probation = runs(labels), int(np.floor(0.15 * min(len(labels), 5000)))
        for i, value in enumerate(scores):
            inside = [k for k, (a, b) in enumerate(spans) if a <= i <= b]
            gone = [(a, b) for a, b in spans if b < i]
            if inside:
                a, b = spans[inside[0]]
                worth = sigmoid(-(b - i + 1) / (b - a + 1)) * tp / sigmoid(-1.0)
            else:
                worth = fp * (sigmoid((i - gone[-1][1]) / max(gone[-1][1] - gone[-1][0], 1e-9)) if gone else -1.0)
            if i >= probation:
                points.append((value, worth, windows + inside[0] if inside else None))
        windows += len(spans)
    best = -fn * windows
    for threshold in sorted({value for value, _, _ in points}):
        parts, alarms = [-fn] * windows, 0.0
        for value, worth, window in points:
            if value < threshold:
                continue
            if window is None:
                alarms += worth
            else:
                parts[window] = max(parts[window], worth)
        best = max(best, sum(parts) + alarms)
    return 100 * (best + fn * windows) / (tp * windows + fn * windows)


quiet = np.zeros(200, dtype=int)
quiet[120:140] = 1
muted = np.round(rng.normal(0, 1, 200) + quiet, 2)
case("nab_score", "nab", "the benchmark's sweep (numenta/NAB, nab/sweeper.py) written again in Python", 1e-9,
     [[truth.tolist(), numbers(ranked)], [quiet.tolist(), numbers(muted)]],
     [nab([(truth, ranked)]), nab([(quiet, muted)]), nab([(truth, ranked), (quiet, muted)])])

versions = {name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "stumpy", "river", "rrcf")}
text = json.dumps({"versions": versions, "cloud": [numbers(point) for point in cloud], "cases": CASES}, separators=(",", ":"))
(Path(__file__).parent / "anomalies.json").write_text(text + "\n")
print(len(text), "bytes,", len(CASES), "cases")
