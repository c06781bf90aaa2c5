"""Reference values of the sketches: the exact answers by numpy, and what Apache DataSketches makes of the same values.

The values follow from formulas that the test has as well. Needs numpy and datasketches. Writes sketches.json beside this file.
"""

import importlib.metadata
import json
import pathlib
from collections import Counter

import datasketches
import numpy as np

HERE = pathlib.Path(__file__).parent
N = 20_000
i = np.arange(N)
# As the test makes them: a heavy tail, both signs, and a skewed choice of words.
heavy = np.exp(((i * 7919) % N + 0.5) / N * 8 - 4)
both = ((i * 7919) % N - 8000) / 100.0
zipf = [f"w{int(np.floor(np.sqrt((k * 7919) % N)))}" for k in range(N)]
few = [f"w{(k * k) % 97}" for k in range(N)]
cases = []


def case(function, against, call, expected, tolerance, why=None):
    one = {"function": function, "against": against, "tolerance": tolerance, "input": {"data": "sketched", "call": call}, "expected": expected}
    if why is not None:
        one["why"] = why
    cases.append(one)


PS = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999]
for name, values in (("heavy", heavy), ("both_signs", both)):
    exact = np.quantile(values, PS, method="lower")
    digest = datasketches.tdigest_double(200)
    for v in values:
        digest.update(v)
    for p, e in zip(PS, exact):
        own = abs(e) * 0.01 + 0.011
        why = "within the sketch's accuracy of one per cent"
        case("ddsketch", "numpy.quantile", f"approx_percentile({p}, ddsketch({name}))", float(e), own / max(1, abs(e)), why)
        case("uddsketch", "numpy.quantile", f"approx_percentile({p}, uddsketch(2000, 0.005, {name}))", float(e), own / max(1, abs(e)), why)
        # Ranks are what a t-digest is sure of: 0.4 % in the middle, less at the ends.
        rank = f"approx_percentile_rank({float(e)!r}, tdigest({name}))"
        case("tdigest", "numpy.quantile", rank, p, 0.005 * 4 * p * (1 - p) + 0.0005, "ranks of a t-digest of 200 are off by about q (1 - q) / 50")
        case("approx_percentile_rank", "datasketches.tdigest_double", rank, digest.get_rank(float(e)), 0.004, "both are estimates")
        # In values that is the rank's error times the slope there: 8 times the value of the heavy tail, 200 of the other.
        slope = 8 * abs(e) if name == "heavy" else 200
        off = (0.005 * 4 * p * (1 - p) + 0.0005) * slope
        case("approx_percentile", "numpy.quantile", f"approx_percentile({p}, tdigest({name}))", float(e), off / max(1, abs(e)), "ranks of a t-digest of 200 are off by about q (1 - q) / 50")
    for sketch in (f"tdigest({name})", f"ddsketch({name})"):
        case("average", "numpy.mean", f"average({sketch})", float(values.mean()), 1e-9)
        case("num_vals", "numpy.size", f"num_vals({sketch})", N, 0)
        case("min_val", "numpy.min", f"min_val({sketch})", float(values.min()), 1e-12, "exp differs in its last digit")
        case("max_val", "numpy.max", f"max_val({sketch})", float(values.max()), 1e-12, "exp differs in its last digit")
case("approx_percentile_array", "numpy.quantile", "approx_percentile_array([0.1, 0.9], ddsketch(heavy))", [float(e) for e in np.quantile(heavy, [0.1, 0.9], method="lower")], 0.012, "within the sketch's accuracy of one per cent")
case("max_error", "Masson, Rim and Lee 2019", "max_error(ddsketch(heavy, 0.02))", 0.02, 1e-12)
# 8 natural logarithms of values in buckets 2 a wide each need 400 buckets at a = 0.01: 100 are had after two collapses.
a = 0.01
while 8 / np.log((1 + a) / (1 - a)) > 100:
    a = 2 * a / (1 + a * a)
case("uddsketch", "Epicoco et al. 2020: a becomes 2 a / (1 + a^2)", "max_error(uddsketch(110, 0.01, heavy))", float(a), 1e-9)

for bits, registers in ((12, 4096), (14, 16384)):
    for distinct in (1, 50, 3000, N):
        sketch = datasketches.hll_sketch(bits, datasketches.tgt_hll_type.HLL_8)
        for k in range(N):
            sketch.update(int(k % distinct))
        call = f"distinct_count(hyperloglog({registers}, i % {distinct}))"
        bound = 4 * 1.04 / np.sqrt(registers)
        case("hyperloglog", "the true count", call, distinct, float(bound), "within four standard errors")
        case("distinct_count", "datasketches.hll_sketch", call, sketch.get_estimate(), float(2 * bound), "both are estimates")
case("stderror", "Flajolet et al. 2007: 1.04 / sqrt(m)", "stderror(hyperloglog(4096, i))", 1.04 / 64, 1e-12)


def most(words, count):
    return [w for w, _ in sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))[:count]]


frequent = datasketches.frequent_strings_sketch(12)
for w in few:
    frequent.update(w)
top = [item[0] for item in sorted(frequent.get_frequent_items(datasketches.frequent_items_error_type.NO_FALSE_POSITIVES), key=lambda item: (-item[1], item[0]))[:5]]
assert top == most(few, 5)
case("topn_agg", "datasketches.frequent_strings_sketch", "topn(topn_agg(5, few))", top, 0)
case("topn", "collections.Counter", "topn(topn_agg(5, few), 3)", most(few, 3), 0)
case("topn", "collections.Counter", "topn(topn_agg(5, zipf))", most(zipf, 5), 0)
case("approx_top_k", "collections.Counter", "approx_top_k(few, 4)", most(few, 4), 0)
case("into_values", "collections.Counter", "into_values(topn_agg(5, few))[1][2]", Counter(few)[top[0]] / N, 1e-12)
case("min_frequency", "collections.Counter", f"min_frequency(topn_agg(5, few), '{top[0]}')", Counter(few)[top[0]] / N, 1e-12)
case("max_frequency", "collections.Counter", f"max_frequency(topn_agg(5, few), '{top[0]}')", Counter(few)[top[0]] / N, 1e-12)

versions = {"numpy": np.__version__, "datasketches": importlib.metadata.version("datasketches")}
(HERE / "sketches.json").write_text(json.dumps({"versions": versions, "data": {}, "cases": cases}, indent=1) + "\n")
