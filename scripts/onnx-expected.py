"""Scores the models of test/ml/models with onnxruntime for Python and writes what they gave to test/ml/expected.

    python3 scripts/onnx-expected.py        (needs onnxruntime and numpy)

The graphs are run as they are: a ZipMap's list of maps is written as a list of the probabilities in the order of its labels.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parent.parent / "test" / "ml"
ROWS = 200


def titanic(random, pclass):
    """Passengers, some of a class, sex or port that the model has never seen."""
    return {
        "pclass": pclass,
        "sex": random.choice(["male", "female", "", "Männlich"], ROWS, p=[0.5, 0.4, 0.05, 0.05]).tolist(),
        "age": random.uniform(0, 80, ROWS).astype(np.float32).tolist(),
        "fare": random.exponential(30, ROWS).astype(np.float32).tolist(),
        "embarked": random.choice(["S", "C", "Q", "Z"], ROWS).tolist(),
    }


def inputs_of(name, random):
    if name == "pipeline_titanic":
        return titanic(random, random.choice(["1", "2", "3", "9"], ROWS).tolist())
    if name == "pipeline_titanic_nozipmap":
        return titanic(random, random.integers(1, 5, ROWS).tolist())
    name_and_width = {"logreg_iris": ("X", 2), "rf_iris": ("float_input", 4), "treecl": ("input", 20)}
    graph_input, width = name_and_width[name]
    return {graph_input: random.uniform(-1, 8, (ROWS, width)).astype(np.float32).tolist()}


def tensor_of(value, onnx_type):
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(string)": object}
    tensor = np.array(value, dtype=kinds[onnx_type])
    return tensor if tensor.ndim == 2 else tensor.reshape(-1, 1)


def plain(output):
    """An output as JSON, and the labels of its classes where it is a list of maps."""
    if isinstance(output, list):
        labels = sorted(output[0])
        return [[float(row[label]) for label in labels] for row in output], labels
    return output.tolist(), None


for path in sorted((ROOT / "models").glob("*.onnx")):
    inputs = inputs_of(path.stem, np.random.default_rng(7))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = {i.name: tensor_of(inputs[i.name], i.type) for i in session.get_inputs()}
    outputs = []
    for info, value in zip(session.get_outputs(), session.run(None, feeds)):
        values, labels = plain(value)
        outputs.append({"name": info.name, "values": values, **({"labels": labels} if labels else {})})
    target = ROOT / "expected" / f"{path.stem}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"rows": ROWS, "inputs": inputs, "outputs": outputs}) + "\n", encoding="utf-8")
    print(f"{target.name}: {ROWS} rows")
