"""The finance pack's functions a second time, by other people's code, on a seeded walk of 120 bars: writes data/second-implementation.csv.

    pip install TA-Lib==0.8.2 empyrical-reloaded==0.7.1 numpy pandas
    python second_implementation.py
"""

import os

import empyrical
import numpy as np
import pandas as pd
import talib

ROWS = 120
rng = np.random.default_rng(20240102)
close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.015, ROWS))), 2)
high = np.round(close * (1 + rng.uniform(0, 0.01, ROWS)), 2)
low = np.round(close * (1 - rng.uniform(0, 0.01, ROWS)), 2)
volume = rng.integers(100, 10_000, ROWS).astype(float)
# Irregular times: 10 seconds to 5 minutes apart.
seconds = np.cumsum(rng.integers(10, 300, ROWS))
times = pd.Timestamp("2024-01-02 09:30:00") + pd.to_timedelta(seconds, unit="s")

fast, slow = talib.EMA(close, 12), talib.EMA(close, 26)
macd = fast - slow
signal = np.full(ROWS, np.nan)
signal[25:] = talib.EMA(macd[25:], 9)
upper, middle, lower = talib.BBANDS(close, 20, 2, 2, 0)
# TA-Lib leaves the first bar's range out: a bar of no range before it, within the first, brings it in.
ranges = talib.ATR(np.r_[close[0], high], np.r_[close[0], low], np.r_[close[0], close], 14)[1:]
returns = np.r_[np.nan, close[1:] / close[:-1] - 1]
logs = np.r_[np.nan, np.log(close[1:] / close[:-1])]
count = np.arange(ROWS)

twap = np.full(ROWS, close[0])
for i in range(1, ROWS):
    twap[i] = np.average(close[:i], weights=np.diff(seconds[: i + 1]))

frame = pd.DataFrame(
    {
        "bar": count + 1,
        "ts": times.strftime("%Y-%m-%d %H:%M:%S"),
        "high": high,
        "low": low,
        "close": close,
        "volume": volume,
        "return": returns,
        "vwap": np.cumsum(close * volume) / np.cumsum(volume),
        "vwap_10": pd.Series(close * volume).rolling(10, min_periods=1).sum() / pd.Series(volume).rolling(10, min_periods=1).sum(),
        "twap": twap,
        "rsi": talib.RSI(close, 14),
        "macd": macd,
        "signal": signal,
        "lower": lower,
        "middle": middle,
        "upper": upper,
        "atr": ranges,
        "obv": talib.OBV(close, volume) - volume[0],
        "drawdown": [-empyrical.max_drawdown(pd.Series(returns[1 : i + 1])) if i > 0 else 0.0 for i in range(ROWS)],
        "sharpe": [empyrical.sharpe_ratio(returns[1 : i + 1], 0.0001) if i > 1 else np.nan for i in range(ROWS)],
        "sharpe_20": [empyrical.sharpe_ratio(returns[max(1, i - 19) : i + 1], 0.0001) if i > 1 else np.nan for i in range(ROWS)],
        "volatility": np.r_[np.nan, np.sqrt(252 * np.cumsum(logs[1:] ** 2) / count[1:])],
        "volatility_20": np.r_[np.nan, np.sqrt(252 * pd.Series(logs[1:] ** 2).rolling(20, min_periods=1).mean())],
    }
)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "second-implementation.csv")
frame.to_csv(path, index=False, float_format="%.12g")
