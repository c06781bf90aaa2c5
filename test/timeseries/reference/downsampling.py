"""Reference values of lttb and m4.

lttb is computed here from the thesis of Steinarsson (2013), m4 by the SQL of Jugel et al. (2014) on DuckDB. Needs numpy and duckdb. Writes downsampling.json beside this file.
"""

import json
import pathlib

import duckdb
import numpy as np

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)
N = 150
t = np.cumsum(rng.integers(1, 20, N)).astype(float)
v = np.round(np.cumsum(rng.normal(0, 1, N)), 3)
cases = []


def lttb(x, y, count):
    """Buckets of equal numbers between the first and the last point; of each the point of the largest triangle."""
    n = len(x)
    if count >= n:
        return list(range(n))
    edges = [int(np.floor(k * (n - 2) / (count - 2))) + 1 for k in range(count - 1)]
    kept = [0]
    for k in range(count - 2):
        after = range(edges[k + 1], min(int(np.floor((k + 2) * (n - 2) / (count - 2))) + 1, n))
        cx, cy = x[list(after)].mean(), y[list(after)].mean()
        ax, ay = x[kept[-1]], y[kept[-1]]
        areas = [abs((ax - cx) * (y[i] - ay) - (ax - x[i]) * (cy - ay)) for i in range(edges[k], edges[k + 1])]
        kept.append(edges[k] + int(np.argmax(areas)))
    return kept + [n - 1]


def m4(x, y, columns):
    db = duckdb.connect()
    db.execute("CREATE TABLE d (i INTEGER, t DOUBLE, v DOUBLE)")
    db.executemany("INSERT INTO d VALUES (?, ?, ?)", [(i, float(a), float(b)) for i, (a, b) in enumerate(zip(x, y))])
    rows = db.execute(
        """WITH c AS (SELECT *, least($1 - 1, floor((t - min(t) OVER ()) * $1 / (max(t) OVER () - min(t) OVER ()))) AS k FROM d),
             a AS (SELECT k, min(t) AS t1, max(t) AS t2, min(v) AS v1, max(v) AS v2 FROM c GROUP BY k),
             e AS (SELECT c.*, row_number() OVER (PARTITION BY c.k, c.v ORDER BY c.t) AS place FROM c)
           SELECT DISTINCT e.i FROM e JOIN a USING (k) WHERE e.t IN (t1, t2) OR (e.v IN (v1, v2) AND e.place = 1) ORDER BY 1""",
        [columns],
    ).fetchall()
    return [i for (i,) in rows]


for name, function, against in (("lttb", lttb, "plain Python from Steinarsson 2013"), ("m4", m4, "duckdb, the SQL of Jugel et al. 2014")):
    for count in (3, 10, 37, 149, 400):
        kept = function(t, v, count)
        call = f"{name}(t, v, {count})"
        cases.append({"function": name, "against": against, "tolerance": 0, "input": {"data": "line", "call": f"list_transform({call}, p -> epoch(p.time))"}, "expected": [float(t[i]) for i in kept]})
        cases.append({"function": name, "against": against, "tolerance": 0, "input": {"data": "line", "call": f"list_transform({call}, p -> p.value)"}, "expected": [float(v[i]) for i in kept]})

order = rng.permutation(N)
data = {"line": {"t": [int(t[i]) * 1_000_000 for i in order], "v": [float(v[i]) for i in order]}}
versions = {"numpy": np.__version__, "duckdb": duckdb.__version__}
(HERE / "downsampling.json").write_text(json.dumps({"versions": versions, "data": data, "cases": cases}) + "\n")
