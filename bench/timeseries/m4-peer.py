"""The table of m4.ts with statsforecast's models: the figures beside ours.

    WEIR_DATA=folder python m4-peer.py [model ...] [--group hourly|weekly] [--series 50]

Measures as m4.ts does: sMAPE, MASE, OWA against Naive2 (computed here with numpy), MSIS and coverage of the 95 % intervals, means over the series.
"""

import argparse
import csv
import os
import pathlib
import time
import warnings

import numpy as np
from statsforecast import models

warnings.filterwarnings("ignore")

MODELS = {
    "seasonal_naive": lambda m: models.SeasonalNaive(m),
    "holt_winters": lambda m: models.HoltWinters(m),
    "auto_ets": lambda m: models.AutoETS(m),
    "theta": lambda m: models.Theta(m),
    "optimized_theta": lambda m: models.OptimizedTheta(m),
    "dynamic_theta": lambda m: models.DynamicTheta(m),
    "dynamic_optimized_theta": lambda m: models.DynamicOptimizedTheta(m),
    "auto_theta": lambda m: models.AutoTheta(m),
    "ces": lambda m: models.AutoCES(m),
    "auto_arima": lambda m: models.AutoARIMA(season_length=m),
}
GROUPS = {"hourly": ("Hourly", 24, 48), "weekly": ("Weekly", 1, 13)}


def read(path):
    with open(path) as file:
        return [np.array([float(v) for v in row[1:] if v not in ("", "NA")]) for row in list(csv.reader(file))[1:]]


def naive2(y, m, h):
    """The last value of the seasonally adjusted series, the season put back, as the M4 organisers do."""
    seasonal = False
    if m > 1 and len(y) >= 3 * m:
        d = y - y.mean()
        r = np.array([d[k:] @ d[: len(d) - k] for k in range(1, m + 1)]) / (d @ d)
        seasonal = abs(r[-1]) > 1.645 * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2)) / len(y))
    if not seasonal:
        return np.full(h, y[-1])
    weights = np.ones(m + 1) / m if m % 2 == 0 else np.ones(m) / m
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    half = m // 2
    ratio = y[half : len(y) - half] / np.convolve(y, weights, "valid")
    phases = np.arange(half, len(y) - half) % m
    figures = np.array([ratio[phases == p].mean() for p in range(m)])
    figures /= figures.mean()
    last = y[-1] / figures[(len(y) - 1) % m]
    return last * figures[(len(y) + np.arange(h)) % m]


def smape(a, f):
    return np.mean(200 * np.abs(a - f) / (np.abs(a) + np.abs(f)))


arguments = argparse.ArgumentParser()
arguments.add_argument("models", nargs="*")
arguments.add_argument("--group")
arguments.add_argument("--series", type=int)
options = arguments.parse_args()
folder = pathlib.Path(os.environ["WEIR_DATA"]) / "m4"
for key, (name, m, h) in GROUPS.items():
    if options.group not in (None, key):
        continue
    train, test = (read(folder / f"{name}-{part}.csv")[: options.series] for part in ("train", "test"))
    scales = [np.mean(np.abs(y[m:] - y[:-m])) for y in train]
    base = [naive2(y, m, h) for y in train]
    base_smape = np.mean([smape(a, f) for a, f in zip(test, base)])
    base_mase = np.mean([np.mean(np.abs(a - f)) / s for a, f, s in zip(test, base, scales)])
    print(f"{name}, {len(train)} series; naive2 {base_smape:.3f} {base_mase:.3f}")
    for model in options.models or [k for k in MODELS if k != "auto_arima"]:
        rows, refused, started = [], 0, time.perf_counter()
        for y, a, s in zip(train, test, scales):
            try:
                f = MODELS[model](m).forecast(y.copy(), h=h, level=[95])
            except Exception:
                refused += 1
                f = models.SeasonalNaive(m).forecast(y.copy(), h=h, level=[95])
            mean, low, high = f["mean"], f["lo-95"], f["hi-95"]
            score = high - low + 40 * (np.maximum(0, low - a) + np.maximum(0, a - high))
            rows.append((smape(a, mean), np.mean(np.abs(a - mean)) / s, np.mean(score) / s, np.mean((a >= low) & (a <= high))))
        e = np.mean(rows, axis=0)
        owa = (e[0] / base_smape + e[1] / base_mase) / 2
        seconds = time.perf_counter() - started
        print(f"{model:28}{e[0]:8.3f}{e[1]:8.3f}{owa:8.3f}{e[2]:9.3f}{100 * e[3]:8.1f}%{seconds:9.1f}{refused:6}", flush=True)
