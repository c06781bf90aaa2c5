"""The iot pack's functions a second time, by other people's code or the plainest there is, on seeded rows: writes data/*.csv.

    pip install metpy==1.7.1 numpy pandas
    python second_implementation.py
"""

import os

import metpy.calc
import numpy as np
import pandas as pd
from metpy.units import units

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
rng = np.random.default_rng(20240102)


def write(name, frame):
    frame.to_csv(os.path.join(FOLDER, name), index=False, float_format="%.12g")


# Air: MetPy's heat index has the adjustments of the National Weather Service; its dew point has Bolton's constants, ours Sonntag's.
rows = 200
fahrenheit = np.round(rng.uniform(80, 112, rows), 1)
humidity = np.round(rng.uniform(2, 100, rows), 1)
heat = metpy.calc.heat_index(fahrenheit * units.degF, humidity / 100, mask_undefined=False).to("degF").magnitude
celsius = np.round(rng.uniform(-40, 50, rows), 1)
dew = metpy.calc.dewpoint_from_relative_humidity(celsius * units.degC, humidity / 100).to("degC").magnitude
write(
    "air.csv",
    pd.DataFrame({"fahrenheit": fahrenheit, "humidity": humidity, "heat_index_f": heat, "celsius": celsius, "dew_point": dew}),
)

# Signals at irregular times.
rows = 150
milliseconds = np.cumsum(rng.integers(5, 4000, rows))
ts = pd.Timestamp("2024-01-02") + pd.to_timedelta(milliseconds, unit="ms")
value = np.round(20 + np.cumsum(rng.normal(0, 0.4, rows)), 2)
power = np.round(rng.uniform(0, 3000, rows))
switch = rng.uniform(size=rows) < 0.5

kept, band = value[0], [True]
for x in value[1:]:
    band.append(bool(abs(x - kept) > 1))
    kept = x if band[-1] else kept

# The state that was the same in all samples of the last two seconds, with one at least as old; else what was believed before.
believed = [switch[0]]
for i in range(1, rows):
    run = i
    while run > 0 and switch[run - 1] == switch[i]:
        run -= 1
    believed.append(switch[i] if milliseconds[i] - milliseconds[run] >= 2000 else believed[-1])

hours = milliseconds / 3.6e6
energy = [np.trapezoid(power[: i + 1], hours[: i + 1]) / 1000 for i in range(rows)]
duty = [1.0 * switch[0]] + [np.average(switch[:i], weights=np.diff(milliseconds[: i + 1])) for i in range(1, rows)]
write(
    "signals.csv",
    pd.DataFrame(
        {
            "ts": ts.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "value": value,
            "kept": band,
            "switch": switch,
            "debounced": believed,
            "power": power,
            "energy": energy,
            "duty": duty,
        }
    ),
)
