"""Writes spectral.json: what numpy and scipy make of the series in it, and the periods that published examples have."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import signal

HERE = Path(__file__)
rng = np.random.default_rng(6)


def numbers(values):
    return [float(f"{v:.15g}") for v in values]


def series(n):
    return [round(float(v), 6) for v in rng.standard_normal(n)]


cases = []

for n in (1, 2, 8, 15, 64, 97, 100):
    re, im = series(n), series(n)
    for name, f in (("series_fft", np.fft.fft), ("series_ifft", np.fft.ifft)):
        out = f(np.array(re) + 1j * np.array(im))
        cases.append(
            {
                "function": name,
                "against": f"numpy.fft.{f.__name__}",
                "tolerance": 1e-12,
                "input": {"real": re, "imaginary": im},
                "expected": {"real": numbers(out.real), "imag": numbers(out.imag)},
            }
        )
out = np.fft.fft(re)
cases.append(
    {
        "function": "series_fft",
        "against": "numpy.fft.fft",
        "tolerance": 1e-12,
        "input": {"real": re},
        "expected": {"real": numbers(out.real), "imag": numbers(out.imag)},
    }
)

for n in (5, 24, 97, 120):
    x = series(n)
    frequency, power = signal.periodogram(np.array(x), scaling="spectrum", detrend="constant")
    cases.append(
        {
            "function": "series_periodogram",
            "against": "scipy.signal.periodogram",
            "tolerance": 1e-12,
            "input": {"series": x},
            "expected": {
                "frequency": numbers(frequency),
                "period": [None] + numbers(1 / frequency[1:]),
                "power": [0.0] + numbers(power[1:]),
            },
        }
    )

TRAFFIC = [80, 139, 87, 110, 68, 54, 50, 51, 53, 133, 86, 141, 97, 156, 94, 149, 95, 140, 77, 61]
TRAFFIC += [50, 54, 47, 133, 72, 152, 94, 148, 105, 162, 101, 160, 87, 63, 53, 55, 54, 151, 103, 189]
TRAFFIC += [108, 183, 113, 175, 113, 178, 90, 71, 62, 62, 65, 165, 109, 181, 115, 182, 121, 178, 114, 170]
KUSTO = "Kusto documentation, dataexplorer-docs"
ROUNDED = "the documentation gives two digits"
cases += [
    {
        "function": "series_periods_detect",
        "against": KUSTO,
        "tolerance": 0.002,
        "why": ROUNDED,
        "input": {"series": TRAFFIC, "min_period": 0.0, "max_period": 50.0, "num_periods": 2},
        "expected": {"periods": [14.0, 0.0], "scores": [0.84, 0.0]},
    },
    {
        "function": "series_periods_validate",
        "against": KUSTO,
        "tolerance": 0.002,
        "why": ROUNDED,
        "input": {"series": TRAFFIC, "periods": [14.0, 10.0]},
        "expected": {"periods": [14.0, 10.0], "scores": [0.84, 0.0]},
    },
]


def correlation(x, lag):
    z = np.array(x, float) - np.mean(x)
    return float((z[:-lag] @ z[lag:]) / (z @ z) * len(z) / (len(z) - lag))


wave = [round(float(v), 6) for v in np.sin(2 * np.pi * np.arange(180) / 12) + 0.4 * rng.standard_normal(180)]
periods = [4.0, 12.0, 24.0, 30.0, 3.0, 91.0]
scores = [max(0.0, min(correlation(wave, int(p)), correlation(wave, int(2 * p)))) for p in periods[:4]] + [0.0, 0.0]
cases.append(
    {
        "function": "series_periods_validate",
        "against": "numpy, autocorrelations by their definition",
        "tolerance": 1e-10,
        "input": {"series": wave, "periods": periods},
        "expected": {"periods": periods, "scores": scores},
    }
)
cases.append(
    {
        "function": "series_periods_detect",
        "against": "numpy, autocorrelations by their definition",
        "tolerance": 1e-10,
        "input": {"series": wave, "min_period": 4.0, "max_period": 20.0, "num_periods": 1},
        "expected": {"periods": [12.0], "scores": [scores[1]]},
    }
)

versions = {name: version(name) for name in ("numpy", "scipy")}
HERE.with_suffix(".json").write_text(json.dumps({"versions": versions, "cases": cases}, separators=(",", ":")) + "\n")
