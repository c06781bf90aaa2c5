"""Reference values of the exponential smoothing, theta, CES, intermittent and simple forecasters.

Needs statsforecast, statsmodels and numpy. Writes smoothing.json beside this file; air-passengers.json holds the series.
"""

import decimal
import json
import pathlib

import numpy as np
import scipy
import statsforecast
import statsmodels
from scipy.stats import norm
from statsforecast import models
from statsforecast.ces import auto_ces, forecast_ces
from statsforecast.ets import admissible, ets_f, forecast_ets
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

HERE = pathlib.Path(__file__).parent
AIR = np.array(json.loads((HERE / "air-passengers.json").read_text())["values"], dtype=float)


def walk(n, seed):
    """A level that wanders and noise around it: what simple exponential smoothing is the best forecast of."""
    rng = np.random.default_rng(seed)
    return np.round(200 + np.cumsum(rng.normal(0, 3, n)) + rng.normal(0, 5, n), 3)


def trended(n, seed):
    """A trend that wanders, too."""
    rng = np.random.default_rng(seed)
    slope = 1.5 + np.cumsum(rng.normal(0, 0.2, n))
    return np.round(150 + np.cumsum(slope) + rng.normal(0, 3, n), 3)


def intermittent(n, seed):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 0.3, rng.integers(1, 9, n), 0).astype(float)


SERIES = {
    "walk": walk(100, 11),
    "trended": trended(100, 12),
    "quarterly": np.round(trended(60, 13) + np.tile([12.0, -5.0, -15.0, 8.0], 15), 3),
    "intermittent": intermittent(80, 14),
    "late": np.concatenate([np.zeros(7), intermittent(40, 15)]),
    "air": AIR,
}
CASES = []


def case(function, against, tolerance, given, expected, why=None):
    row = {"function": function, "against": against, "tolerance": tolerance, "input": given, "expected": expected}
    if why is not None:
        row["why"] = why
    CASES.append(row)


def numbers(values):
    return [None if not np.isfinite(v) else float(v) for v in np.asarray(values, dtype=float)]


# The simple methods, with bounds.
for function, make in {
    "naive": lambda m: models.Naive(),
    "seasonal_naive": lambda m: models.SeasonalNaive(season_length=m),
    "drift": lambda m: models.RandomWalkWithDrift(),
    "mean": lambda m: models.HistoricAverage(),
}.items():
    for name, m in (("air", 12), ("walk", 1)):
        f = make(m).forecast(SERIES[name], h=15, level=[80, 95], fitted=True)
        expected = {
            "mean": numbers(f["mean"]),
            "lower": [numbers(f["lo-80"]), numbers(f["lo-95"])],
            "upper": [numbers(f["hi-80"]), numbers(f["hi-95"])],
            "fitted": numbers(f["fitted"]),
        }
        against = f"statsforecast.models.{type(make(m)).__name__}"
        case(function, against, 1e-9, {"kind": "model", "series": name, "season": m, "levels": [0.8, 0.95]}, expected)

# Intermittent demand.
for function, model in {
    "croston": models.CrostonClassic(),
    "croston_optimized": models.CrostonOptimized(),
    "sba": models.CrostonSBA(),
    "tsb": models.TSB(0.1, 0.1),
}.items():
    for name in ("intermittent", "late"):
        f = model.forecast(SERIES[name], h=3, fitted=function != "croston_optimized")
        expected = {"mean": numbers(f["mean"])}
        if "fitted" in f:
            # TSB's fit of the points before the first demand is 0; Croston's have none here, and the reference says 0.
            first = 1 if function == "tsb" else int(np.flatnonzero(SERIES[name])[0]) + 1
            expected["fitted"] = [None] * first + numbers(f["fitted"])[first:]
        case(function, f"statsforecast.models.{type(model).__name__}", 1e-6, {"kind": "model", "series": name, "season": 1, "levels": []}, expected)

# Theta: searched for, and with given parameters.
KINDS = {"theta": "STM", "optimized_theta": "OTM", "dynamic_theta": "DSTM", "dynamic_optimized_theta": "DOTM", "auto_theta": None}
for function, kind in KINDS.items():
    for name, m in (("air", 12), ("air", 1), ("walk", 1), ("trended", 1), ("quarterly", 4)):
        fit = auto_theta(SERIES[name].copy(), m, kind)
        f = forecast_theta(fit, 12)
        case(function, "statsforecast.theta.auto_theta", 1e-6, {"kind": "model", "series": name, "season": m, "levels": []}, {"mean": numbers(f["mean"])})
        if kind is None:
            continue
        given = {"level": 180.0, "alpha": 0.37, "theta": 2.0 if kind in ("STM", "DSTM") else 3.4}
        fit = auto_theta(SERIES[name].copy(), 1, kind, initial_smoothed=given["level"], alpha=given["alpha"], theta=given["theta"])
        f = forecast_theta(fit, 12)
        expected = {"mean": numbers(f["mean"]), "fitted": [None] + numbers(SERIES[name] - fit["residuals"])[1:]}
        case(function, "statsforecast.theta.forecast_theta", 1e-9, {"kind": "theta", "model": kind, "series": name, "given": given}, expected)

# CES: searched for, by season.
for name, m in (("air", 12), ("walk", 1), ("quarterly", 4)):
    for season in "NSPF" if m > 1 else "N":
        fit = auto_ces(SERIES[name].copy(), m, season)
        f = forecast_ces(fit, 15)
        expected = {"mean": numbers(f["mean"]), "fitted": numbers(fit["fitted"]), "aicc": float(fit["aicc"])}
        case("ces", "statsforecast.ces.auto_ces", 1e-6, {"kind": "ces", "season_kind": season, "series": name, "season": m}, expected)
    f = forecast_ces(auto_ces(SERIES[name].copy(), m, "Z"), 15)
    case("ces", "statsforecast.models.AutoCES", 1e-6, {"kind": "model", "series": name, "season": m, "levels": []}, {"mean": numbers(f["mean"])})

# ETS with given parameters: criterion, fits, forecasts, and the bounds where the reference's formulas are the textbook's.
ETS_NAMES = {"ANN": "ses", "AAN": "holt", "AAdN": "damped", "AAA": "holt_winters", "MAM": "holt_winters_multiplicative"}
PARAMETERS = {"alpha": 0.31, "beta": 0.07, "gamma": 0.12, "phi": 0.93}


def first_state(y, m, trend, season):
    state = [float(np.mean(y[: max(4, m)]))]
    if trend != "N":
        state.append(0.8)
    if season != "N":
        wave = np.sin(2 * np.pi * np.arange(m) / m) * (10 if season == "A" else 0.1) + (season == "M")
        state.extend(wave[::-1])
    return np.array(state)


def statsmodels_forecast(spec, y, m, state):
    season = spec[-1]
    model = ETSModel(
        y,
        error="add" if spec[0] == "A" else "mul",
        trend="add",
        damped_trend=True,
        seasonal="add" if season == "A" else None,
        seasonal_periods=m if m > 1 else None,
        initialization_method="known",
        initial_level=state[0],
        initial_trend=state[1],
        initial_seasonal=state[2:][::-1] if season != "N" else None,
    )
    given = [PARAMETERS[k] for k in (("alpha", "beta", "gamma", "phi") if season != "N" else ("alpha", "beta", "phi"))]
    return model.smooth(np.array(given)).forecast(15)


for error in "AM":
    for trend in ("N", "A", "Ad"):
        for season in "NAM":
            if error == "A" and season == "M":
                continue
            spec = error + trend + season
            for name, m in (("air", 12), ("quarterly", 4)) if season != "N" else (("trended", 1),):
                y = SERIES[name]
                state = first_state(y, m, trend, season)
                par = np.concatenate(
                    [
                        [
                            PARAMETERS["alpha"],
                            PARAMETERS["beta"] if trend != "N" else np.nan,
                            PARAMETERS["gamma"] if season != "N" else np.nan,
                            PARAMETERS["phi"] if trend == "Ad" else np.nan,
                        ],
                        state,
                    ]
                )
                count = int(np.sum(np.isfinite(par[:4]))) + len(state) - (season != "N") + 1
                given = {"components": f"{error}{trend[0]}{season}{'D' if trend == 'Ad' else 'N'}", "m": m, "par": par, "fit": None, "n_params": count}
                fit = ets_f(y, m, model=given)
                expected = {
                    "criterion": float(-2 * fit["loglik"]),
                    "fitted": numbers(fit["fitted"]),
                    "mean": numbers(forecast_ets(fit, 15)["mean"]),
                    "sigma2": float(fit["sigma2"]),
                }
                against = "statsforecast.ets.ets_f, given parameters"
                if trend == "Ad":
                    # statsforecast adds the first power of phi twice ahead; statsmodels does not, but moves a multiplicative season otherwise.
                    if season == "M":
                        level, slope, *past = fit["states"][-1]
                        steps = np.cumsum(PARAMETERS["phi"] ** np.arange(1, 16))
                        expected["mean"] = numbers((level + steps * slope) * np.resize(past[::-1], 15))
                        against += "; numpy from its last state for the damped forecasts"
                    else:
                        expected["mean"] = numbers(statsmodels_forecast(spec, y, m, state))
                        against += "; statsmodels.tsa.exponential_smoothing.ets.ETSModel for the damped forecasts"
                if season != "M" and spec not in ("MAA", "MAdN", "MAdA"):
                    # One call a step: the formulas of a season take the horizon for every step.
                    last = [forecast_ets(fit, h, [95]) for h in range(1, 16)]
                    widths = [f["hi-95"][-1] - f["mean"][-1] for f in last]
                    expected["upper"] = [numbers(np.array(expected["mean"]) + widths)]
                size = len(state) - 1 - (trend != "N")
                case(
                    ETS_NAMES.get(spec, "auto_ets"),
                    against,
                    1e-9,
                    {
                        "kind": "ets",
                        "spec": spec,
                        "series": name,
                        "season": m,
                        "level": state[0],
                        "trend": state[1] if trend != "N" else 0,
                        "figures": list(state[::-1][:size]),
                        "count": count,
                    },
                    expected,
                )

# The deviations of forecasts under a multiplicative error, by simulation.
rng = np.random.default_rng(2008)
for trend in ("N", "A", "Ad"):
    for season in "NAM":
        m, h, paths, sigma = 4, 10, 400_000, 0.05
        phi = PARAMETERS["phi"] if trend == "Ad" else 1.0
        beta = PARAMETERS["beta"] if trend != "N" else 0.0
        level, slope = np.full(paths, 200.0), np.full(paths, 2.0 if trend != "N" else 0.0)
        figures = {"N": [], "A": [20, -5, -30, 15], "M": [1.2, 0.9, 0.8, 1.1]}[season]
        now = [np.full(paths, float(v)) for v in figures]
        deviations = []
        for step in range(h):
            q = level + phi * slope
            s = now[step % m] if season != "N" else 0
            f = q * s if season == "M" else q + s
            e = rng.normal(0, sigma, paths)
            deviations.append(float(np.std(f * (1 + e))))
            d = f * e / s if season == "M" else f * e
            level = q + PARAMETERS["alpha"] * d
            slope = phi * slope + beta * d
            if season != "N":
                now[step % m] = s + PARAMETERS["gamma"] * (f * e / q if season == "M" else f * e)
        spec = f"M{trend}{season}"
        case(
            ETS_NAMES.get(spec, "auto_ets"),
            "numpy, 400,000 simulated paths",
            0.01,
            {"kind": "ets_deviation", "spec": spec, "level": 200, "trend": 2 if trend != "N" else 0, "figures": figures, "sigma": sigma},
            {"deviations": deviations},
            "the simulated deviations are themselves off by up to 0.5 %",
        )

# ETS searched for: the likelihood that another search reaches.
for spec, name, m in (
    ("ANN", "walk", 1),
    ("AAN", "trended", 1),
    ("AAdN", "trended", 1),
    ("AAA", "quarterly", 4),
    ("AAA", "air", 12),
    ("MAM", "air", 12),
    ("MNN", "walk", 1),
    ("MAdM", "air", 12),
    ("ANA", "quarterly", 4),
):
    y = SERIES[name]
    fit = ETSModel(
        y,
        error="add" if spec[0] == "A" else "mul",
        trend="add" if spec[1] == "A" else None,
        damped_trend="d" in spec,
        seasonal={"N": None, "A": "add", "M": "mul"}[spec[-1]],
        seasonal_periods=m if m > 1 else None,
        bounds={"smoothing_trend": (1e-4, 0.9999), "damping_trend": (0.8, 0.98)} if "d" in spec else None,
    ).fit(disp=False, maxiter=5000)
    n = len(y)
    criterion = -2 * fit.llf - n * (np.log(2 * np.pi / n) + 1)
    case(
        ETS_NAMES.get(spec, "auto_ets"),
        "statsmodels.tsa.exponential_smoothing.ets.ETSModel.fit",
        1e-4,
        {"kind": "ets_search", "spec": spec, "series": name, "season": m},
        {"criterion": float(criterion), "mean": numbers(fit.forecast(12))},
        "two searches of one flat likelihood; ours reaches the same or a better one",
    )

# Which parameters make a model that forgets its past.
rng = np.random.default_rng(10)
for m in (4, 12):
    for trend in ("A", "Ad"):
        points = []
        for _ in range(40):
            alpha = rng.uniform(0.01, 0.99)
            point = [alpha, alpha * rng.uniform(0, 1) ** 2, (1 - alpha) * rng.uniform(0, 1), rng.uniform(0.8, 0.98) if trend == "Ad" else 1.0]
            points.append([round(v, 4) for v in point])
        allowed = [bool(admissible(a, b, g, np.nan if trend == "A" else phi, m)) for a, b, g, phi in points]
        case(
            "auto_ets",
            "statsforecast.ets.admissible",
            0,
            {"kind": "forecastable", "spec": f"A{trend}A", "season": m, "points": points},
            {"values": [int(v) for v in allowed]},
        )

# Values that statsforecast's own tests expect (tests/test_models.py and tests/test_theta.py at commit a580cf97, Apache-2.0), as printed there.
PUBLISHED = "statsforecast's tests, published values"
ROUNDED = "the published values are those of R, which that library's tests compare to whole numbers"
for function, mean in (("mean", [280.2986]), ("naive", [432.0]), ("drift", [434.2378, 436.4755])):
    case(function, PUBLISHED, 1e-6, {"kind": "model", "series": "air", "season": 1, "levels": []}, {"mean": mean})
for function, m, mean, tolerance in (
    ("theta", 1, [432.9292, 434.2578, 435.5864, 436.915, 438.2435], 1e-6),
    ("theta", 12, [440.7886, 429.0739, 490.4933, 476.4663, 480.4363], 1e-3),
    ("optimized_theta", 1, [433.72150701, 435.83452245, 437.94753789, 440.06055334, 442.17356878], 1e-6),
    ("optimized_theta", 12, [442.8492, 432.1255, 495.1706, 482.1585, 487.328], 1e-3),
    ("dynamic_theta", 1, [432.9292, 434.252, 435.5693, 436.8809, 438.1871], 1e-6),
    ("dynamic_theta", 12, [440.7631, 429.0512, 490.4711, 476.4495, 480.4251], 1e-3),
    ("dynamic_optimized_theta", 1, [432.5131, 433.4257, 434.3344, 435.2391, 436.1399], 5e-3),
    ("dynamic_optimized_theta", 12, [442.972, 432.3586, 495.5702, 482.6789, 487.9888], 1e-3),
):
    why = {} if tolerance == 1e-6 else {"why": ROUNDED}
    case(function, PUBLISHED, tolerance, {"kind": "model", "series": "air", "season": m, "levels": []}, {"mean": mean}, **why)

# The normal distribution, by sums in 80 digits: scipy's tails are off by 3e-14.
decimal.getcontext().prec = 80


def exact_cdf(x):
    """0.5 + density(x) (x + x^3/3 + x^5/15 + ...)."""
    x = decimal.Decimal(x)
    pi = decimal.Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
    density = (-x * x / 2).exp() / (2 * pi).sqrt()
    term = total = x
    k = 3
    while abs(term) > abs(total) * decimal.Decimal("1e-79"):
        term *= x * x / k
        total += term
        k += 2
    return decimal.Decimal("0.5") + density * total


points = [-12, -10, -5.5, -3.01, -2.99, -1, -0.1, 0.3, 1.96, 2.5, 4, 8]
case("normal_cdf", "Python's decimal, 80 digits", 1e-15, {"kind": "cdf", "x": points}, {"values": [float(exact_cdf(x)) for x in points]})
shares = [1e-300, 1e-20, 1e-5, 0.01, 0.2, 0.5, 0.7, 0.975, 0.9999]
case("normal_quantile", "scipy.stats.norm.ppf", 1e-14, {"kind": "quantile", "p": shares}, {"values": [float(norm.ppf(p)) for p in shares]})

result = {
    "versions": {"statsforecast": statsforecast.__version__, "statsmodels": statsmodels.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "series": {name: numbers(values) for name, values in SERIES.items() if name != "air"},
    "cases": CASES,
}
(HERE / "smoothing.json").write_text(json.dumps(result, separators=(",", ":")).replace('{"function"', '\n{"function"') + "\n")
