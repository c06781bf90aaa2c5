"""DuckDB with vectorised Python functions over Arrow (bench/udf/run.ts): a line of JSON is asked, one is answered."""

import json
import sys
import time

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

connection = duckdb.connect()


def celsius(f: pa.Array) -> pa.Array:
    return pc.divide(pc.subtract(f, 32.0), 1.8)


def distance(a: pa.Array, b: pa.Array) -> pa.Array:
    return pc.sqrt(pc.add(pc.multiply(a, a), pc.multiply(b, b)))


def weighted(n: pa.Array, f: pa.Array) -> pa.Array:
    return pc.add(pc.multiply(n, 2.0), f)


def warm(f: pa.Array) -> pa.Array:
    return pc.greater(f, 40.0)


for name, function, arguments, result in [
    ("celsius", celsius, ["DOUBLE"], "DOUBLE"),
    ("distance", distance, ["DOUBLE", "DOUBLE"], "DOUBLE"),
    ("weighted", weighted, ["DOUBLE", "DOUBLE"], "DOUBLE"),
    ("warm", warm, ["DOUBLE"], "BOOLEAN"),
]:
    connection.create_function(name, function, arguments, result, type="arrow")

for line in sys.stdin:
    request = json.loads(line)
    connection.execute(f"SET threads = {request.get('threads', 1)}")
    start = time.perf_counter()
    rows = connection.execute(request["sql"]).fetchall()
    took = (time.perf_counter() - start) * 1000
    print(json.dumps({"ms": took, "rows": rows if request.get("answer") else None}), flush=True)
